import AnomalyDetection
import LinearAlgebra
import Testing
import VAE

struct RebuildTests {
    private let stretch = SampleStretch(seed: 1)

    /// The error as its definition has it, over the cells that are not missing.
    private func error(
        _ window: ArraySlice<Float>, _ rebuilt: Matrix, row: Int, _ part: Rebuild, missing: Set<Int> = []
    ) -> Double {
        var sum = 0.0
        for (cell, value) in window.enumerated() where !missing.contains(cell) {
            let difference = Double(value - rebuilt[row, cell])
            sum += difference * difference * Double(part.inverseVariances[cell])
        }
        return sum / Double(max(1, window.count - missing.count)) / Double(part.scale)
    }

    @Test(arguments: UInt64(1)...3)
    func `the ratio is the mean squared error of observed cells in units of their variance`(
        seed: UInt64
    ) throws {
        let network = try stretch.network()
        let part = stretch.rebuild(network)
        let other = SampleStretch(seed: seed + 10)
        let ends = Array(100..<150)
        let windows = other.series(endingIn: ends).windows(endingIn: ends, slotCount: SampleStretch.length)
        let rebuilt = network.network.reconstruct(windows).reconstructions
        var reader = PartReader(part, network)
        let found = reader.ratios(of: other, endingIn: ends, missing: [[99, 0], [140, 1]])
        let width = part.layout.width
        for (row, end) in ends.enumerated() {
            var missing: Set<Int> = []
            for (slot, channel) in [(99, 0), (140, 1)] {
                let cell = (slot - (end + 1 - SampleStretch.length)) * 2 + channel
                if (0..<width).contains(cell) { missing.insert(cell) }
            }
            let window = windows.elements[(row * width)..<((row + 1) * width)]
            let expected = error(window, rebuilt, row: row, part, missing: missing)
            #expect(abs(Double(found[row]) / expected - 1) < 1e-4, "row \(row)")
        }
    }

    @Test func `a window without any observed cell has no error`() throws {
        let network = try stretch.network()
        var reader = PartReader(stretch.rebuild(network), network)
        let all = Set((77...100).flatMap { [[$0, 0], [$0, 1]] })
        #expect(reader.ratios(of: stretch, endingIn: [100], missing: all) == [0])
    }

    @Test func `what is expected of the newest reading is what the network rebuilds, with the deviation of training`()
        throws
    {
        let network = try stretch.network()
        let part = stretch.rebuild(network)
        var reader = PartReader(part, network)
        let block = stretch.block(part.layout, endingIn: 200..<230)
        _ = reader.ratios(of: block, slots: 200..<230)
        let windows = stretch.series(endingIn: [215]).windows(endingIn: [215], slotCount: SampleStretch.length)
        let rebuilt = network.network.reconstruct(windows).reconstructions
        let explanation = reader.explanation(of: block, row: 15)
        let newest = part.layout.width - 2
        for channel in 0..<2 {
            #expect(abs((explanation.expected?[channel] ?? .nan) - rebuilt[0, newest + channel]) < 1e-5)
            #expect(abs((explanation.expected?[channel] ?? .nan) - stretch[215, channel]) < 0.6)
            let deviation = (1 / part.inverseVariances[newest + channel]).squareRoot()
            #expect(explanation.deviation?[channel] == deviation)
        }
    }

    @Test(arguments: UInt64(1)...3) func `the error of an adversarial network is the mean over both of its passes`(
        seed: UInt64
    ) throws {
        let layout = WindowLayout(length: SampleStretch.length, channels: [0, 1])
        let network = AdversarialAutoencoder(
            shape: AdversarialAutoencoder.Shape(inputCount: layout.width, hiddenCount: 24, latentCount: 3), seed: seed)
        var random = RandomSource(seed: seed)
        let part = Rebuild(
            layout: layout, inverseVariances: (0..<layout.width).map { _ in Float(0.2 + random.uniform()) }, scale: 1.7,
            adversarial: network)
        let ends = Array(50..<87)
        let windows = stretch.series(endingIn: ends).windows(endingIn: ends, slotCount: SampleStretch.length)
        let passes = network.reconstruct(windows)
        var reader = PartReader(part)
        let found = reader.ratios(of: stretch, endingIn: ends)
        for row in ends.indices {
            let window = windows.elements[(row * layout.width)..<((row + 1) * layout.width)]
            let first = error(window, passes.reconstructions, row: row, part)
            let second = error(window, passes.secondPass, row: row, part)
            #expect(abs(first / second - 1) > 1e-4, "the passes must differ for the test to tell them apart")
            #expect(abs(Double(found[row]) / ((first + second) / 2) - 1) < 1e-4)
        }
        #expect(try stored(part, channelCount: 2) == part)
    }
}
