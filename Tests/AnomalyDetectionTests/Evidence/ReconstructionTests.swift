import AnomalyDetection
import LinearAlgebra
import Testing
import VAE

struct ReconstructionTests {
    private func part(_ windows: SampleWindows, seed: UInt64) -> Reconstruction {
        let shape = NetworkShape(inputCount: windows.layout.width, hiddenCount: 24, latentCount: 3)
        return Reconstruction(
            network: .variational(VariationalAutoencoder(shape: shape, seed: seed)), layout: windows.layout,
            deviations: (0..<windows.layout.width).map { 0.5 + 0.1 * Float($0) })
    }

    @Test(arguments: UInt64(1)...5)
    func `the error is the mean squared difference in units of the cells' deviations`(seed: UInt64) throws {
        var windows = SampleWindows(seed: seed)
        let part = part(windows, seed: seed)
        let sample = (0..<21).map { _ in windows.next() }
        let rebuilt = try #require(part.variational).reconstruct(
            Matrix(rows: 21, columns: windows.layout.width, elements: sample.flatMap { $0 })
        ).reconstructions
        let errors = part.errors(of: WindowBlock(sample, layout: windows.layout))
        for row in 0..<21 {
            var sum = 0.0
            for cell in 0..<windows.layout.width {
                let difference = Double(sample[row][cell] - rebuilt[row, cell])
                sum += difference * difference / Double(part.deviations[cell] * part.deviations[cell])
            }
            #expect(abs(Double(errors[row]) / (sum / Double(windows.layout.width)) - 1) < 1e-4)
        }
    }

    @Test(arguments: UInt64(1)...5) func `what stands in a missing cell does not matter`(seed: UInt64) {
        var windows = SampleWindows(seed: seed)
        let part = part(windows, seed: seed)
        let window = windows.next()
        var other = window
        for cell in [3, 4, 15] { other[cell] = 100 }
        let missing: [Set<Int>] = [[3, 4, 15], [3, 4, 15]]
        let errors = part.errors(of: WindowBlock([window, other], layout: windows.layout, missing: missing))
        #expect(errors[0] == errors[1])
        let explanation = part.explanation(of: WindowBlock([other], layout: windows.layout, missing: [[3, 4, 15]]))
        let total = explanation.shares.reduce(0, +)
        #expect(abs(total / Double(errors[0]) / 13 - 1) < 1e-4, "the shares sum to the error of the 13 cells read")
    }

    @Test(arguments: UInt64(1)...5) func `a window's error does not depend on its neighbors`(seed: UInt64) {
        var windows = SampleWindows(length: 15, channels: 4, seed: seed)
        let part = part(windows, seed: seed)
        var random = RandomSource(seed: seed)
        let sample = (0..<64).map { _ in windows.next() }
        let missing: [Set<Int>] = sample.map { _ in
            random.uniform() < 0.5 ? [] : [random.index(below: windows.layout.width)]
        }
        let together = part.errors(of: WindowBlock(sample, layout: windows.layout, missing: missing))
        for row in sample.indices {
            let alone = part.errors(of: WindowBlock([sample[row]], layout: windows.layout, missing: [missing[row]]))
            #expect(alone == [together[row]], "row \(row)")
        }
    }

    @Test func `two networks of different shapes share one scratch`() {
        var windows = SampleWindows(seed: 1)
        let shapes = [(8, 2), (30, 5)].map {
            NetworkShape(inputCount: windows.layout.width, hiddenCount: $0.0, latentCount: $0.1)
        }
        let parts = shapes.map {
            Reconstruction(network: .variational(VariationalAutoencoder(shape: $0, seed: 4)), layout: windows.layout)
        }
        let block = WindowBlock([windows.next()], layout: windows.layout)
        var scratch = EvidenceScratch()
        for part in parts { part.reserve(in: &scratch) }
        for part in parts + parts.reversed() {
            var errors: [Float] = [0]
            part.score(block, scratch: &scratch, into: &errors)
            #expect(errors == part.errors(of: block))
        }
    }

    @Test(arguments: UInt64(1)...3) func `a trained network finds a broken window odd`(seed: UInt64) throws {
        var windows = SampleWindows(length: 16, seed: seed)
        var settings = TrainingSettings()
        settings.stepCount = 500
        let shape = NetworkShape(inputCount: windows.layout.width, hiddenCount: 32, latentCount: 2)
        var run = try TrainingRun(
            network: VariationalAutoencoder(shape: shape, seed: seed), windows: windows.matrix(1_000), mask: nil,
            settings: settings, seed: seed)
        while !run.isFinished { run.step() }
        let part = Reconstruction(network: .variational(run.network), layout: windows.layout)
        var broken = windows.next()
        for slot in 8..<16 { broken[slot * 2] += 2 }
        let errors = part.errors(
            of: WindowBlock((0..<40).map { _ in windows.next() } + [broken], layout: windows.layout))
        #expect(errors[40] > 3 * (errors[..<40].max() ?? 0))
        let explanation = part.explanation(of: WindowBlock([broken], layout: windows.layout))
        #expect(explanation.shares[0] > explanation.shares[1])
        #expect(explanation.expected?.count == 2)
        #expect(explanation.deviation?.allSatisfy { $0 > 0 } == true)
    }
}
