import AnomalyDetection
import LinearAlgebra
import Testing
import VAE

struct MemoryTests {
    private let stretch = SampleStretch(seed: 1)

    /// A window less the mean of each channel, and if `isShape` brought to a deviation of one.
    private func formed(_ window: [Float], isShape: Bool) -> [Double] {
        var result = window.map { Double($0) }
        for channel in 0..<2 {
            let cells = Array(stride(from: channel, to: window.count, by: 2))
            let mean = cells.map { result[$0] }.reduce(0, +) / Double(cells.count)
            for cell in cells { result[cell] -= mean }
        }
        guard isShape else { return result }
        let deviation = (result.reduce(0) { $0 + $1 * $1 } / Double(window.count)).squareRoot()
        return result.map { $0 / max(deviation, 0.2) }
    }

    private func window(_ stretch: SampleStretch, endingIn end: Int) -> [Float] {
        Array(stretch.values[((end + 1 - SampleStretch.length) * 2)..<((end + 1) * 2)])
    }

    /// The errors against the nearest of the remembered windows, found by comparing with each: evenly and to the newest, of courses
    /// and of shapes.
    private func errors(_ own: [Float], _ remembered: [[Float]]) -> [Double] {
        [false, true].flatMap { isShape in
            let formed = self.formed(own, isShape: isShape)
            let others = remembered.map { self.formed($0, isShape: isShape) }
            func distance(_ other: [Double]) -> Double {
                zip(formed, other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            }
            let nearest = others.min { distance($0) < distance($1) } ?? []
            let total = (1...SampleStretch.length).reduce(0.0) { $0 + Double($1 * $1) }
            var newest = 0.0
            for cell in formed.indices {
                let weight = Double((cell / 2 + 1) * (cell / 2 + 1)) / total
                newest += weight * (formed[cell] - nearest[cell]) * (formed[cell] - nearest[cell]) / 2
            }
            return [distance(nearest) / Double(own.count), newest]
        }
    }

    /// All of a window is within the latents here, so that the nearest in the network's coordinates is the nearest.
    private func wholeNetwork() throws -> WindowNetwork {
        let fitted = stretch.series(endingIn: stretch.ends(length: SampleStretch.length))
        return WindowNetwork(
            layout: WindowLayout(length: SampleStretch.length, channels: [0, 1]),
            network: try VariationalAutoencoder(
                closedFormOf: fitted, slotCount: SampleStretch.length, latentLimit: 47, seed: 1))
    }

    @Test(arguments: UInt64(1)...3) func `the errors are those against the nearest remembered windows`(seed: UInt64)
        throws
    {
        let network = try wholeNetwork()
        #expect(network.network.shape.latentCount >= 44)
        let part = stretch.memory(network)
        let kept = part.ends.map { end in
            Array(part.slots.values[((end + 1 - SampleStretch.length) * 2)..<((end + 1) * 2)])
        }
        let other = SampleStretch(seed: seed + 10)
        let ends = Array(200..<250)
        var scratch = EvidenceScratch()
        part.reserve(in: &scratch)
        let block = other.block(part.layout, endingIn: ends)
        network.run(block, scratch: &scratch)
        let found = part.errorsApart(block, scratch: &scratch) { _, _ in true }
        var reader = PartReader(part, network)
        let ratios = reader.ratios(of: other, endingIn: ends)
        var agreeing = 0
        for (row, end) in ends.enumerated() {
            let expected = errors(window(other, endingIn: end), kept)
            if (0..<4).allSatisfy({ abs(Double(found[row][$0]) / expected[$0] - 1) < 2e-3 }) { agreeing += 1 }
            let scaled = (0..<4).map { found[row][$0] / part.scales[$0] }
            #expect(abs(ratios[row] / ((max(scaled[0], scaled[1]) + max(scaled[2], scaled[3])) / 2) - 1) < 1e-5)
        }
        // A pair of windows that are as near but for the last direction may be taken for each other.
        #expect(agreeing >= 48, "\(agreeing) of 50")
    }

    @Test func `a window that is remembered is at no distance`() throws {
        let network = try stretch.network()
        var remembered = stretch
        remembered.values = stretch.remembered.values
        var reader = PartReader(stretch.memory(network), network)
        let ends = Array(stretch.memory(network).ends.prefix(60))
        #expect(reader.ratios(of: remembered, endingIn: ends).allSatisfy { $0 >= 0 && $0 < 1e-3 })
    }

    @Test func `a level of its own does not matter to a channel, an amplitude matters to courses alone`() throws {
        let network = try wholeNetwork()
        let part = stretch.memory(network)
        func errors(_ change: (Int, Float) -> Float) -> [SIMD4<Float>] {
            var other = SampleStretch(phasesOf: 1, seed: 9)
            for index in other.values.indices { other.values[index] = change(index % 2, other.values[index]) }
            var scratch = EvidenceScratch()
            part.reserve(in: &scratch)
            let block = other.block(part.layout, endingIn: 300..<340)
            network.run(block, scratch: &scratch)
            return part.errorsApart(block, scratch: &scratch) { _, _ in true }
        }
        let plain = errors { $1 }
        let raised = errors { channel, value in value + (channel == 0 ? 2 : -1) }
        let stretched = errors { 3 * $1 }
        for row in 0..<40 {
            // What is nearest evenly; among equals the newest slots may decide another way.
            #expect(abs(raised[row][0] - plain[row][0]) < 0.1 * plain[row][0] + 1e-4)
            #expect(abs(raised[row][2] - plain[row][2]) < 0.1 * plain[row][2] + 1e-4)
            #expect(stretched[row][0] > 10 * plain[row][0])
            #expect(abs(stretched[row][2] - plain[row][2]) < 0.3 * plain[row][2] + 2e-3)
        }
    }

    @Test func `the noise of windows that hardly move is not stretched to a shape`() throws {
        var still = SampleStretch(seed: 2, swings: false)
        for index in still.values.indices { still.values[index] *= 0.05 }
        let network = try still.network()
        let part = still.memory(network)
        var other = SampleStretch(seed: 3, swings: false)
        for index in other.values.indices { other.values[index] *= 0.05 }
        var scratch = EvidenceScratch()
        part.reserve(in: &scratch)
        let block = other.block(part.layout, endingIn: 300..<340)
        network.run(block, scratch: &scratch)
        // A deviation of 0.0075 over a fifth, twice squared.
        #expect(part.errorsApart(block, scratch: &scratch) { _, _ in true }.allSatisfy { $0[2] < 0.01 })
    }

    @Test func `windows that share a slot are no comparison, and without others there is none`() throws {
        let network = try stretch.network()
        let part = stretch.memory(network, limit: 1_000)
        var scratch = EvidenceScratch()
        part.reserve(in: &scratch)
        let ends = Array(300..<340)
        let block = stretch.block(part.layout, endingIn: ends)
        network.run(block, scratch: &scratch)
        let all = part.errorsApart(block, scratch: &scratch) { _, _ in true }
        let apart = part.errorsApart(block, scratch: &scratch) { abs(ends[$0] - part.ends[$1]) >= SampleStretch.length }
        let none = part.errorsApart(block, scratch: &scratch) { _, _ in false }
        for row in ends.indices {
            #expect(all[row][0] < 1e-4 && apart[row][0] > 100 * all[row][0])
            #expect(none[row][0].isNaN && none[row][3].isNaN)
        }
    }
}
