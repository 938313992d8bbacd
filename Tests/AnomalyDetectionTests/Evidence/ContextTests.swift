import AnomalyDetection
import LinearAlgebra
import RealModule
import Testing
import VAE

struct ContextTests {
    private let stretch = SampleStretch(channels: 2, slots: 1_200, seed: 1)

    /// A course as its definition has it: the mean of each of 32 blocks less the mean of them all.
    private func course(_ stretch: SampleStretch, endingIn end: Int, length: Int) -> [Double] {
        let block = length / 32
        var course = [Double](repeating: 0, count: 64)
        for channel in 0..<2 {
            for place in 0..<32 {
                let first = end + 1 - length + place * block
                course[place * 2 + channel] =
                    (first..<(first + block)).reduce(0.0) { $0 + Double(stretch[$1, channel]) } / Double(block)
            }
            let mean = (0..<32).reduce(0.0) { $0 + course[$1 * 2 + channel] } / 32
            for place in 0..<32 { course[place * 2 + channel] -= mean }
        }
        return course
    }

    @Test(arguments: Context.lengths) func `a course is the means of blocks without their mean`(length: Int) {
        let found = Context.features(of: stretch.values, channelCount: 2, endingIn: [400, 777], length: length)
        #expect(found.rowCount == 2 && found.columnCount == 64)
        for (row, end) in [400, 777].enumerated() {
            for (cell, expected) in course(stretch, endingIn: end, length: length).enumerated() {
                #expect(abs(Double(found[row, cell]) - expected) < 1e-5)
            }
        }
    }

    @Test(arguments: Context.lengths, UInt64(1)...2)
    func `the error is the squared distance in coordinates to the nearest, and the energy outside them`(
        length: Int, seed: UInt64
    ) throws {
        let part = try stretch.memory(Context.self, lengths: [length])
        let table = part.tables[0]
        let dimensions = table.directions.count / 64
        #expect(dimensions == 16)
        func split(_ course: [Double]) -> (inside: [Double], energy: Double) {
            let centered = course.enumerated().map { $1 - Double(table.center[$0]) }
            let inside = (0..<dimensions).map { dimension in
                (0..<64).reduce(0.0) { $0 + centered[$1] * Double(table.directions[$1 * dimensions + dimension]) }
            }
            return (inside, centered.reduce(0) { $0 + $1 * $1 })
        }
        var kept = stretch
        kept.values = part.slots.values
        let remembered = table.ends.map { split(course(kept, endingIn: $0, length: length)).inside }
        let other = SampleStretch(slots: 700, seed: seed + 10)
        let ends = Array(400..<440)
        let found = part.ratios(of: other.block(part.layout, endingIn: ends))
        for (row, end) in ends.enumerated() {
            let (inside, energy) = split(course(other, endingIn: end, length: length))
            let distances = remembered.map { squaredDistance($0, inside) }
            let nearest: Double = distances.min() ?? 0
            let explained: Double = inside.reduce(0) { $0 + $1 * $1 }
            let expected: Double = (nearest + max(0, energy - explained)) / 64
            #expect(abs(Double(found[row]) - expected) < 1e-3 * expected + 1e-5)
        }
    }

    @Test func `a slow change is odd, a level of its own is not`() throws {
        let part = try stretch.memory(Context.self)
        let usual = SampleStretch(slots: 700, phasesOf: 1, seed: 8)
        var (raised, drifting) = (usual, usual)
        for slot in 0..<700 {
            raised[slot, 0] += 5
            drifting[slot, 1] += 0.02 * Float(max(0, slot - 400))
        }
        func ratios(_ stretch: SampleStretch) -> [Float] {
            part.ratios(of: stretch.block(part.layout, endingIn: 560..<600))
        }
        let (plain, level, drift) = (ratios(usual), ratios(raised), ratios(drifting))
        for row in 0..<40 {
            #expect(abs(level[row] - plain[row]) < 1e-3)
            #expect(drift[row] > 5 * plain[row])
        }
        let shares = part.explanation(of: drifting.block(part.layout, endingIn: 560..<600), row: 39).shares
        #expect(shares[1] > 5 * shares[0])
    }

    @Test(arguments: [(1, 32), (31, 32 * 31), (32, 16 * 32), (62, 16 * 62), (64, 8 * 64)])
    func `many channels have fewer blocks`(channels: Int, cells: Int) {
        #expect(Context.featureCount(channelCount: channels) == cells)
    }

    @Test func `courses that are all the same have a table, and any other is odd`() throws {
        let flat = SampleStretch(slots: 600, seed: 1, swings: false)
        var still = flat
        for index in still.values.indices { still.values[index] = 0.5 }
        let part = try still.memory(Context.self)
        #expect(part.ratios(of: still.block(part.layout, endingIn: [500])) == [0])
        let other = part.ratios(of: flat.block(part.layout, endingIn: [500]))
        #expect(other[0].isFinite && other[0] > 0)
    }
}
