import AnomalyDetection
import Testing

struct HistoryPlanTests {
    private static let second: Int64 = 1_000_000_000
    private static let day = 86_400

    private func times(_ range: Range<Int>, interval: Int = 1) -> [Timestamp] {
        range.map { SampleReadings.start.advanced(byNanoseconds: Int64($0 * interval) * Self.second) }
    }

    private func seconds(_ time: Timestamp) -> Int {
        Int(time.nanoseconds(since: SampleReadings.start) / Self.second)
    }

    private let plan = HistoryPlan(limit: 20_000, span: 7 * 86_400 * 1_000_000_000)

    @Test(arguments: [1, 3, 10]) func `a quick stream's history reaches back days in stretches`(days: Int) throws {
        let count = days * Self.day
        let newest = times((count - 20_000)..<count)
        let stretches = try #require(plan.stretches(oldest: SampleReadings.start, newest: newest))
        #expect(stretches.count == 29)
        #expect(stretches.count * plan.readingsInStretch + plan.newestCount <= 20_000)
        let oldest = max(0, count - 1 - 7 * Self.day)
        #expect(seconds(stretches[0].lowerBound) == oldest)
        for (earlier, later) in zip(stretches, stretches.dropFirst()) {
            // A gap that a training takes for one: longer than any window.
            #expect(seconds(later.lowerBound) - seconds(earlier.upperBound) > 2 * 512)
        }
        #expect(try #require(stretches.last).upperBound < newest[newest.count - plan.newestCount])
        #expect(stretches.allSatisfy { seconds($0.upperBound) - seconds($0.lowerBound) == 511 })
        // Every hour of the day is met within the span, where there are enough days.
        if days > 3 {
            let hours = Set(stretches.map { seconds($0.lowerBound) % Self.day / 3_600 / 2 })
            #expect(hours.count == 12, "\(hours.sorted())")
        }
    }

    @Test func `where the newest readings reach back far enough, or are all there is, they are the history`() {
        #expect(plan.stretches(oldest: SampleReadings.start, newest: times(0..<20_000, interval: 60)) == nil)
        #expect(plan.stretches(oldest: SampleReadings.start, newest: times(0..<19_999)) == nil)
        // Half as many again as fit: gaps would be many and short.
        #expect(plan.stretches(oldest: SampleReadings.start, newest: times(10_000..<30_000)) == nil)
        let short = HistoryPlan(limit: 1_000, span: plan.span)
        #expect(short.stretches(oldest: SampleReadings.start, newest: times(99_000..<100_000)) == nil)
    }

    @Test func `readings around the moment when normal changed are among them`() throws {
        let count = 3 * Self.day
        let newest = times((count - 20_000)..<count)
        for change in stride(from: 1_000, to: 230_000, by: 7_919) {
            let pinned = SampleReadings.start.advanced(byNanoseconds: Int64(change) * Self.second)
            let stretches = try #require(
                plan.stretches(oldest: SampleReadings.start, newest: newest, pinned: pinned))
            #expect(stretches.contains { $0.contains(pinned) }, "second \(change)")
            for (earlier, later) in zip(stretches, stretches.dropFirst()) {
                #expect(earlier.upperBound < later.lowerBound)
            }
        }
    }

    @Test func `memory bounds what is held, and what was learned says so`() {
        var settings = DetectorSettings()
        let roomy = HistoryPlan(settings, channelCount: 4, reason: .schedule)
        #expect(roomy.limit == 20_000)
        settings.trainingMemory = 16 * 1_048_576
        let tight = HistoryPlan(settings, channelCount: 4, reason: .schedule)
        #expect((1_000..<6_000).contains(tight.limit))
        #expect(HistoryPlan(settings, channelCount: 64, reason: .schedule).limit < tight.limit)
        let choice = tight.choice(for: times(0..<tight.limit), asked: settings.historyReadings)
        #expect(choice?.contains("retrain.memory") == true)
        #expect(roomy.choice(for: times(0..<20_000), asked: settings.historyReadings) == nil)
        // What is new counts where a new normal is to be learned.
        #expect(HistoryPlan(settings, channelCount: 4, reason: .newNormal).span == 0)
    }
}
