/// Two versions of a stream, measured as the gate measures them, on the same readings and the same injected faults.
package struct ModelComparison: Sendable {
    /// The first and the last of the readings.
    package let times: ClosedRange<Timestamp>
    /// How many they are.
    package let readings: Int
    /// How many copies of them have a fault.
    package let injectedFaults: Int
    /// The numbers of each version, by name: `log_likelihood`, `calibration_error`, `alerts`, `found_spike` and so on.
    package let numbers: [[String: Double]]

    /// Measures two versions on the newest clean stretch of a history; nil where there is none.
    package init?(
        _ first: StreamModel, _ second: StreamModel, on history: TrainingHistory, labels: TrainingLabels,
        settings: DetectorSettings, seed: UInt64
    ) {
        var history = history
        history.isAlerting = TrainingSelection(history, labels: labels, budget: nil).isExcluded
        guard let clean = Self.newestCleanStretch(of: history) else { return nil }
        let yardstick = first.profiles + second.profiles.dropFirst(first.profiles.count)
        let tail = HeldOutTail(
            history[0..<clean.upperBound], tailStart: clean.lowerBound, yardstick: yardstick, seed: seed,
            settings: settings)
        let measures = [first, second].map { tail.measures(of: $0) }
        let likelihood = measures[0].likelihood.difference(from: measures[1].likelihood)
        numbers = zip(measures, [likelihood.own, likelihood.other]).map { measures, likelihood in
            var numbers = measures.numbers
            if likelihood.isFinite { numbers["log_likelihood"] = likelihood }
            return numbers
        }
        times = history.times[clean.lowerBound]...history.times[clean.upperBound - 1]
        readings = clean.count
        injectedFaults = tail.faults.copies.count
    }

    private static func newestCleanStretch(of history: TrainingHistory) -> Range<Int>? {
        var end = history.count
        while end > 0 {
            guard let last = history.isAlerting[..<end].lastIndex(of: false) else { return nil }
            let start = (history.isAlerting[...last].lastIndex(of: true) ?? -1) + 1
            if last + 1 - start >= TailChoice.fewestReadings { return start..<(last + 1) }
            end = start
        }
        return nil
    }
}
