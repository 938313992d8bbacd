import AnomalyDetection
import Testing

/// Expects two runs to have scored and told the same, to the last bit.
func expectEqual(
    _ run: EngineRun, _ other: EngineRun, _ comment: Comment, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(run.rows.count == other.rows.count, comment, sourceLocation: sourceLocation)
    for (left, right) in zip(run.rows, other.rows) {
        #expect(firstDifference(left, right) == nil, comment, sourceLocation: sourceLocation)
    }
    #expect(firstDifference(run.told, other.told) == nil, comment, sourceLocation: sourceLocation)
    #expect(run.settledAlerts == other.settledAlerts, comment, sourceLocation: sourceLocation)
    let (alerts, otherAlerts) = (run.alerts.sorted { $0.key < $1.key }, other.alerts.sorted { $0.key < $1.key })
    #expect(
        firstDifference(alerts.map(\.value), otherAlerts.map(\.value)) == nil, comment, sourceLocation: sourceLocation)
}

/// The first place at which two lists are not the same, in words; nil where they are.
func firstDifference<Element: Equatable>(_ left: [Element], _ right: [Element]) -> String? {
    for (index, (first, second)) in zip(left, right).enumerated() where first != second {
        return "at \(index): \(first) is not \(second)"
    }
    return left.count == right.count ? nil : "\(left.count) elements are not \(right.count)"
}

extension EngineRun {
    /// What was told of one stream, without the alerts' numbers.
    func unnumbered(_ stream: Int) -> [AlertTransition] {
        told.filter { $0.alert.stream.index == stream }.map { transition in
            var transition = transition
            transition.alert.id = 0
            return transition
        }
    }
}
