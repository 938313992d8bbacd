import AnomalyDetection
import Testing

struct NoveltyTests {
    private func profile(_ values: [Double]) -> ChannelProfile { ChannelProfile(learnedFrom: values) }

    /// A window of raw readings, (slots × channels), normalized by the profiles; NaN is missing.
    private func block(_ readings: [[Double]], _ profiles: [ChannelProfile], gaps: Set<Int> = []) -> WindowBlock {
        let layout = WindowLayout(length: readings.count, channels: Array(profiles.indices))
        var block = WindowBlock(layout: layout)
        let values = readings.flatMap { row in
            row.enumerated().map { $1.isNaN ? Float(0) : profiles[$0].normalized($1) }
        }
        let presence = readings.enumerated().flatMap { slot, row in
            row.map { gaps.contains(slot) ? Presence.gap : $0.isNaN ? Presence.missing : Presence.observed }
        }
        block.append(values, presence, channelCount: profiles.count, lastSlot: readings.count - 1)
        return block
    }

    private func window(_ value: (Int) -> [Double]) -> [[Double]] { (0..<Novelty.length).map(value) }

    @Test(arguments: [0, 1, 5, 32]) func `each slot with a value never seen on a constant channel counts`(novel: Int) {
        let profiles = [profile([Double](repeating: 3.5, count: 100))]
        let part = Novelty(profiles: profiles, watched: [0])
        let readings = window { [$0 >= Novelty.length - novel ? 4 : 3.5] }
        #expect(part.ratios(of: block(readings, profiles)) == [Float(novel) / 32])
    }

    @Test func `a few-valued channel may take each of its values and no other`() {
        let profiles = [profile((0..<300).map { [0, 40, 90][$0 % 3] })]
        let part = Novelty(profiles: profiles, watched: [0])
        #expect(part.ratios(of: block(window { [[0, 40, 90][$0 % 3]] }, profiles)) == [0])
        #expect(part.ratios(of: block(window { [$0 == 31 ? 41 : 40] }, profiles)) == [1 / 32])
    }

    @Test(arguments: [-5.0, 0.7, 1.01, 2, 1_000]) func `a value beyond a rare one is novel all the same`(value: Double)
    {
        // One in five hundred is so rare that it lies 22 deviations from the mean.
        let profiles = [profile((0..<5_000).map { $0 % 500 == 9 ? 1 : 0 })]
        #expect(profiles[0].role == .state)
        let part = Novelty(profiles: profiles, watched: [0])
        #expect(part.ratios(of: block(window { [$0 % 2 == 0 ? 0 : 1] }, profiles)) == [0])
        #expect(part.ratios(of: block(window { [$0 == 30 ? value : 1] }, profiles)) == [1 / 32])
    }

    @Test func `a channel that is not watched may take any value`() {
        let profiles = [profile([Double](repeating: 1, count: 50))]
        let part = Novelty(profiles: profiles, watched: [])
        #expect(part.ratios(of: block(window { [Double($0)] }, profiles)) == [0])
    }

    @Test func `a channel that always reported counts as novel where it is missing`() {
        let profiles = [profile((0..<200).map { Double($0) }), profile((0..<200).map { Double($0 % 7) })]
        let part = Novelty(profiles: profiles, watched: [])
        let readings = window { [$0 >= 22 ? .nan : 5, 3] }
        #expect(part.ratios(of: block(readings, profiles)) == [10 / 32])
        let explanation = part.explanation(of: block(readings, profiles))
        #expect(explanation.shares == [10, 0])
        #expect(explanation.expected == nil)
    }

    @Test func `a channel that was often missing may be missing`() {
        let profiles = [profile((0..<200).map { $0.isMultiple(of: 10) ? .nan : Double($0) })]
        let part = Novelty(profiles: profiles, watched: [])
        #expect(part.ratios(of: block(window { _ in [.nan] }, profiles)) == [0])
    }

    @Test func `slots without any reading do not count`() {
        let profiles = [profile((0..<200).map { Double($0) })]
        let part = Novelty(profiles: profiles, watched: [])
        let readings = window { [$0 >= 20 ? .nan : 5] }
        #expect(part.ratios(of: block(readings, profiles, gaps: Set(20..<32))) == [0])
    }

    @Test func `the worst channel counts`() {
        let profiles = (0..<3).map { _ in profile([Double](repeating: 1, count: 50)) }
        let part = Novelty(profiles: profiles, watched: [0, 1, 2])
        let readings = window { [1, $0 > 29 ? 2 : 1, $0 > 24 ? 0 : 1] }
        #expect(part.ratios(of: block(readings, profiles)) == [7 / 32])
        #expect(part.explanation(of: block(readings, profiles)).shares == [0, 2, 7])
    }
}
