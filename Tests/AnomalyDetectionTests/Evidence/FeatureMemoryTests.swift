import AnomalyDetection
import Testing

struct FeatureMemoryTests {
    @Test func `the larger of the lengths counts, each in units of its own`() throws {
        try check(Context.self, scales: [0.02, 0.05])
        try check(RollingStatistics.self, scales: [0.5, 2])
    }

    private func check<Part: FeatureMemory>(_ kind: Part.Type, scales: [Float]) throws {
        let stretch = SampleStretch(channels: 2, slots: 1_200, seed: 1)
        var both = try stretch.memory(kind)
        var single = try Part.lengths.map { try stretch.memory(kind, lengths: [$0]) }
        for (index, scale) in scales.enumerated() {
            both.tables[index].scale = scale
            single[index].tables[0].scale = scale
        }
        let other = SampleStretch(slots: 700, seed: 5)
        let found = both.ratios(of: other.block(both.layout, endingIn: 400..<440))
        let alone = single.map { $0.ratios(of: other.block($0.layout, endingIn: 400..<440)) }
        for row in 0..<40 { #expect(found[row] == max(alone[0][row], alone[1][row]), "\(both.kind)") }
    }
}
