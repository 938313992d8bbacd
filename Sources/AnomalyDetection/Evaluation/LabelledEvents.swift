/// The labelled events of a series: its runs of anomalous readings.
package struct LabelledEvents: Sendable, Equatable {
    /// Whether each reading is labelled anomalous.
    package let labels: [Bool]
    /// The runs, first and last reading included, in order.
    package let ranges: [ClosedRange<Int>]
    /// How many readings are labelled anomalous.
    package let anomalousCount: Int

    /// The events that the labels make.
    package init(labels: [Bool]) {
        self.labels = labels
        ranges = Self.runs(of: labels)
        anomalousCount = labels.count { $0 }
    }

    /// How many readings are labelled normal.
    package var normalCount: Int { labels.count - anomalousCount }

    /// Whether both kinds of readings occur, without which nothing can be measured.
    package var canMeasure: Bool { anomalousCount > 0 && normalCount > 0 }

    /// The stretches over which flags are set, first and last place included.
    package static func runs(of flags: [Bool]) -> [ClosedRange<Int>] {
        var runs: [ClosedRange<Int>] = []
        var start: Int?
        for (index, flag) in flags.enumerated() {
            if flag {
                start = start ?? index
            } else if let begun = start {
                runs.append(begun...(index - 1))
                start = nil
            }
        }
        if let start { runs.append(start...(flags.count - 1)) }
        return runs
    }
}
