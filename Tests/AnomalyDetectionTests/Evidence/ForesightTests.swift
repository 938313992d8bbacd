import AnomalyDetection
import LinearAlgebra
import Testing
import VAE

struct ForesightTests {
    private let stretch = SampleStretch(seed: 1)

    @Test(arguments: UInt64(1)...3) func `the ratio is the larger of the horizons' errors over the newest slots`(
        seed: UInt64
    ) throws {
        let network = try stretch.network()
        let part = stretch.foresight(network)
        let other = SampleStretch(phasesOf: 1, seed: seed + 10)
        let ends = Array(60..<200)
        let windows = other.series(endingIn: ends).windows(endingIn: ends, slotCount: SampleStretch.length)
        let foretold = network.network.reconstruct(windows).foretold
        let missing: Set<[Int]> = [[150, 0], [151, 0], [170, 1]]
        var reader = PartReader(part, network)
        let found = reader.ratios(of: other, endingIn: ends, missing: missing)
        for slot in 60 + 32 + 8..<200 {
            var largest = 0.0
            for (index, horizon) in part.horizons.enumerated() {
                var (sum, count) = (0.0, 0.0)
                for earlier in (slot - 31)...slot {
                    for channel in 0..<2 where !missing.contains([earlier, channel]) {
                        let error = Double(
                            other[earlier, channel] - foretold[earlier - horizon - 60, index * 2 + channel])
                        sum += error * error * Double(part.inverseVariances[index * 2 + channel])
                        count += 1
                    }
                }
                largest = max(largest, sum / count / Double(part.scales[index]))
            }
            #expect(abs(Double(found[slot - 60]) / largest - 1) < 1e-4, "slot \(slot)")
        }
    }

    @Test func `until eight slots were foretold nothing is said, and nobody is named`() throws {
        let network = try stretch.network()
        var reader = PartReader(stretch.foresight(network), network)
        let ends = Array(100..<120)
        let found = reader.ratios(of: stretch, endingIn: ends)
        #expect(found.prefix(8).allSatisfy(\.isNaN) && found.dropFirst(8).allSatisfy(\.isFinite))
        let block = stretch.block(reader.part.layout, endingIn: ends)
        #expect(reader.explanation(of: block, row: 3).shares == [0, 0])
        #expect(reader.explanation(of: block, row: 19).shares.allSatisfy { $0 > 0 })
    }

    /// A reading's own window cannot show that it came too early, but what was foretold before can.
    @Test(arguments: UInt64(1)...3) func `a course that turns another way than was foretold is odd`(seed: UInt64) throws
    {
        let network = try stretch.network()
        var other = SampleStretch(phasesOf: 1, seed: seed + 10)
        // From here on a channel goes backward in time, each value as usual.
        for slot in 300..<360 { other[slot, 0] = SampleStretch(phasesOf: 1, seed: seed + 10)[600 - slot, 0] }
        var reader = PartReader(stretch.foresight(network), network)
        let found = reader.ratios(of: other, endingIn: Array(100..<340))
        #expect((found[205..<240].max() ?? 0) > 3 * (found[60..<200].max() ?? .infinity))
    }

    @Test func `the newest slots say all that is known, to the last bit`() throws {
        let network = try stretch.network()
        let part = stretch.foresight(network)
        let missing: Set<[Int]> = [[270, 0], [281, 1]]
        var whole = PartReader(part, network)
        let expected = whole.ratios(of: stretch, endingIn: Array(60..<320), missing: missing)
        let needed = ForesightState.slotsToPrime(horizons: part.horizons)
        for start in [250, 261, 263, 299] {
            var late = PartReader(part, network)
            let ends = Array((start - needed)..<320)
            let found = late.ratios(of: stretch, endingIn: ends, missing: missing).dropFirst(needed)
            #expect(found.map(\.bitPattern) == expected[(start - 60)...].map(\.bitPattern), "from slot \(start)")
        }
    }

    /// What stands in for readings that did not come is no ground to foretell others from.
    @Test func `a window with a long gap foretells nothing`() throws {
        let network = try stretch.network()
        let part = stretch.foresight(network)
        var other = SampleStretch(phasesOf: 1, seed: 12)
        for slot in 300..<312 { for channel in 0..<2 { other[slot, channel] = other[299, channel] } }
        let ends = Array(200..<300) + Array(312..<400)
        var reader = PartReader(part, network)
        let found = reader.ratios(of: other, endingIn: ends, gaps: Set(300..<312))
        let before = found[50..<100].max() ?? 0
        // Within the window of the gap the part rests; what it says behind it comes from windows without it.
        let behind = found[(100 + SampleStretch.length)...]
        #expect(behind.allSatisfy { $0.isNaN || $0 < 2 * before }, "\(behind.max() ?? 0), \(before)")
        #expect(behind.contains { $0.isFinite })
    }
}
