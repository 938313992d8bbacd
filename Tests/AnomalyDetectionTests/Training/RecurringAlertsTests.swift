import AnomalyDetection
import Testing

/// Which alerts are taken for normal because they come again and again.
struct RecurringAlertsTests {
    private static let hour: Int64 = 3_600 * 1_000_000_000
    /// Where alerts were flagged, ten readings each.
    private static let starts = [100, 300, 500]

    /// 700 readings, one an hour, around 10 with a channel at 3 beside it; what they are within alerts says `value`.
    private func history(_ value: (_ alert: Int, _ place: Int) -> Double) -> TrainingHistory {
        var values: [Double] = []
        var isAlerting: [Bool] = []
        for reading in 0..<700 {
            let alert = Self.starts.firstIndex { ($0..<($0 + 10)).contains(reading) }
            values.append(alert.map { value($0, reading - Self.starts[$0]) } ?? 10 + Double(reading % 7) / 7)
            values.append(3)
            isAlerting.append(alert != nil)
        }
        return TrainingHistory(
            channelCount: 2,
            times: (0..<700).map { SampleReadings.start.advanced(byNanoseconds: Int64($0) * Self.hour) },
            values: values, isAlerting: isAlerting)
    }

    private func selection(
        _ history: TrainingHistory, _ labels: TrainingLabels = TrainingLabels(),
        budget: FalseAlarmBudget? = FalseAlarmBudget(count: 1, period: 365 * 24 * hour)
    ) -> TrainingSelection {
        TrainingSelection(history, labels: labels, budget: budget)
    }

    private func stretch(of alert: Int, in history: TrainingHistory) -> ClosedRange<Timestamp> {
        history.times[Self.starts[alert]]...history.times[Self.starts[alert] + 9]
    }

    @Test func `three that look alike are learned from`() {
        let selection = selection(history { alert, place in 20 + Double(alert + place) / 10 })
        #expect(selection.recurringCount == 3)
        #expect(selection.exclusions.isEmpty)
        #expect(selection.labelledNormal.count == 30)
    }

    @Test func `what looks like no other is not learned from`() {
        let selection = selection(history { alert, place in [20, 20, -5][alert] + Double(place) / 10 })
        #expect(selection.recurringCount == 0)
        #expect(selection.exclusions.map(\.reason) == [.alerted, .alerted, .alerted])
    }

    @Test func `one that somebody confirmed keeps all that look like it out`() {
        let history = history { _, place in 20 + Double(place) / 10 }
        let selection = selection(history, TrainingLabels(confirmed: [stretch(of: 1, in: history)]))
        #expect(selection.recurringCount == 0)
        #expect(selection.exclusions.map(\.reason) == [.alerted, .confirmed, .alerted])
    }

    @Test func `alerts that were asked for are not learned from`() {
        let history = history { _, place in 20 + Double(place) / 10 }
        #expect(selection(history, budget: FalseAlarmBudget(count: 1, period: 24 * Self.hour)).recurringCount == 0)
        #expect(selection(history, budget: nil).recurringCount == 0)
    }

    @Test func `an alert that goes on counts for none`() {
        var history = history { _, place in 20 + Double(place) / 10 }
        history = history[0..<505]
        #expect(selection(history).recurringCount == 0)
    }

    @Test func `readings beside what was called normal are learned from too, whatever they settled to`() {
        var history = history { _, place in 20 + Double(place) / 10 }
        history.settledScores = [Float](repeating: 9, count: history.count)
        selection(history).apply(to: &history)
        #expect(!history.isAlerting.contains(true))
        let beside = history.settledScores[(100 - 64)..<(110 + 64)]
        let spared = beside.count { $0.isNaN }
        #expect(spared == beside.count)
        #expect(history.settledScores[0] == 9)
        #expect(history.settledScores[200] == 9)
    }
}
