import AnomalyDetection
import LinearAlgebra
import Testing
import VAE

struct RollingStatisticsTests {
    private let stretch = SampleStretch(slots: 900, seed: 1)

    /// The six numbers of one channel as their definitions have them, over the newest slots and the step into the first of them.
    private func numbers(_ stretch: SampleStretch, endingIn end: Int, length: Int, channel: Int) -> [Double] {
        let values = ((end + 1 - length)...end).map { Double(stretch[$0, channel]) }
        let before = Double(stretch[end - length, channel])
        let mean = values.reduce(0, +) / Double(length)
        let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(length)).squareRoot()
        let (largest, smallest) = (values.max() ?? 0, values.min() ?? 0)
        let steps = zip([before] + values, values).reduce(0) { $0 + abs($1.1 - $1.0) } / Double(length)
        return [mean, deviation, largest - smallest, largest, smallest, steps]
    }

    @Test(arguments: RollingStatistics.lengths, UInt64(1)...2)
    func `the error is the mean squared difference of standardized numbers from the nearest remembered ones`(
        length: Int, seed: UInt64
    ) throws {
        let part = try stretch.memory(RollingStatistics.self, lengths: [length])
        let table = part.tables[0]
        func standardized(_ stretch: SampleStretch, _ end: Int) -> [Double] {
            let ofChannels = (0..<2).map { numbers(stretch, endingIn: end, length: length, channel: $0) }
            return (0..<12).map {
                let number = ofChannels[$0 % 2][$0 / 2] - Double(table.center[$0])
                return min(max(number * Double(table.factors[$0]), -20), 20)
            }
        }
        var kept = stretch
        kept.values = part.slots.values
        let remembered = table.ends.map { standardized(kept, $0) }
        var other = SampleStretch(slots: 700, seed: seed + 10)
        for slot in 420..<440 { other[slot, 0] += 3 }
        let ends = Array(400..<460)
        let found = part.ratios(of: other.block(part.layout, endingIn: ends))
        for (row, end) in ends.enumerated() {
            let own = standardized(other, end)
            let distances = remembered.map { squaredDistance($0, own) }
            let expected: Double = distances.min() ?? 0
            #expect(abs(Double(found[row]) - expected / 12) < 1e-3 * expected / 12 + 1e-5, "row \(row)")
        }
    }

    @Test(arguments: ["level", "spread", "spike", "pace"]) func `what it measures is seen and its channel named`(
        what: String
    ) throws {
        let part = try stretch.memory(RollingStatistics.self)
        let usual = SampleStretch(slots: 700, phasesOf: 1, seed: 9)
        var odd = usual
        var random = RandomSource(seed: 4)
        for slot in 570..<600 {
            switch what {
            case "level": odd[slot, 1] += 2
            case "spread": odd[slot, 1] *= 2.5
            case "spike": odd[slot, 1] += slot == 590 ? 6 : 0
            default: odd[slot, 1] += Float(random.normal())
            }
        }
        func ratios(_ stretch: SampleStretch) -> [Float] {
            part.ratios(of: stretch.block(part.layout, endingIn: 560..<600))
        }
        let (plain, found) = (ratios(usual), ratios(odd))
        #expect(found[39] > 4 * (plain.max() ?? .infinity), "\(found[39]), \(plain.max() ?? 0)")
        let shares = part.explanation(of: odd.block(part.layout, endingIn: 560..<600), row: 39).shares
        #expect(shares[1] > 4 * shares[0])
    }

    @Test func `a number is no farther than twenty deviations, and a number that never moved no infinite one`() throws {
        var still = stretch
        for index in still.values.indices { still.values[index] = 1 }
        let part = try still.memory(RollingStatistics.self)
        #expect(part.tables.allSatisfy { $0.factors.allSatisfy { $0 == 50 } }, "a deviation of at least 0.02")
        var moved = still
        for slot in 500..<900 { moved[slot, 0] = 8 }
        let found = part.ratios(of: moved.block(part.layout, endingIn: [499, 600, 501]))
        #expect(found[0] == 0 && found[1] == 3 * 400 / 12, "mean, largest and smallest of a channel at the limit")
        #expect(found[2].isFinite && found[2] <= 6 * 400 / 12)
    }
}
