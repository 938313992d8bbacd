import AnomalyDetection
import Testing

/// Which readings are learned from, and the ledger of those that are not.
struct TrainingSelectionTests {
    private func time(_ second: Int) -> Timestamp {
        SampleReadings.start.advanced(byNanoseconds: Int64(second) * SampleReadings.second)
    }

    /// Twenty readings, alerting in 4..<8 and 12..<15.
    private var history: TrainingHistory {
        TrainingHistory(
            channelCount: 1, times: (0..<20).map(time), values: Array(repeating: 1, count: 20),
            isAlerting: (0..<20).map { (4..<8).contains($0) || (12..<15).contains($0) })
    }

    private func ledger(_ labels: TrainingLabels) -> [String] {
        TrainingSelection(history, labels: labels, budget: nil).exclusions.map { entry in
            let first = entry.times.lowerBound.nanoseconds(since: SampleReadings.start) / SampleReadings.second
            return "\(entry.reason.rawValue) \(first)+\(entry.count)"
        }
    }

    @Test func `alerts are left out`() {
        #expect(ledger(TrainingLabels()) == ["alerted 4+4", "alerted 12+3"])
    }

    @Test func `a false alarm is learned from, from its first flagged reading to its last`() {
        #expect(ledger(TrainingLabels(normal: [time(5)...time(6)])) == ["alerted 12+3"])
        #expect(ledger(TrainingLabels(normal: [time(5)...time(13)])) == [])
        #expect(ledger(TrainingLabels(normal: [time(0)...time(2)])) == ["alerted 4+4", "alerted 12+3"])
    }

    @Test func `what was confirmed and maintenance are left out, whatever else they are`() {
        #expect(
            ledger(TrainingLabels(confirmed: [time(3)...time(9)])) == ["confirmed 3+7", "alerted 12+3"])
        #expect(
            ledger(TrainingLabels(normal: [time(4)...time(7)], maintenance: [time(6)...time(13)]))
                == ["maintenance 6+8", "alerted 14+1"])
    }

    @Test func `labels outside of the history say nothing`() {
        #expect(ledger(TrainingLabels(confirmed: [time(50)...time(60)])) == ["alerted 4+4", "alerted 12+3"])
    }
}
