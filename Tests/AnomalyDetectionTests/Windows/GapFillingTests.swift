import AnomalyDetection
import Testing

/// What stands in the slots in which no reading came.
struct GapFillingTests {
    private func history(_ readings: [(second: Int64, values: [Double])]) -> StreamHistory {
        let profile = ChannelProfile(role: .continuous, center: 0, spread: 1, knownValues: [], missingShare: 0)
        var history = StreamHistory(channelCount: 2, keptSlots: 16)
        for (second, values) in readings {
            _ = history.append(
                values.span, at: Timestamp(nanoseconds: second * SampleReadings.second), profiles: [profile, profile],
                cadence: Cadence(interval: SampleReadings.second, isRegular: true))
        }
        return history
    }

    @Test func `a channel goes in a straight line from reading to reading`() {
        let history = history([(0, [1, -2]), (4, [3, 2])])
        let newest = history.values[history.window(length: 5)]
        #expect(Array(newest) == [1, -2, 1.5, -1, 2, 0, 2.5, 1, 3, 2])
        #expect(history.presence[history.window(length: 5)].count { $0 == Presence.gap } == 6)
    }

    @Test func `a channel without a value where the gap ends stands still in it`() {
        let history = history([(0, [1, -2]), (2, [.nan, 2])])
        #expect(Array(history.values[history.window(length: 3)]) == [1, -2, 1, 0, 1, 2])
    }
}
