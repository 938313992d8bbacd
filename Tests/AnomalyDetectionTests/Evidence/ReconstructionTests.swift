import AnomalyDetection
import LinearAlgebra
import Testing
import VAE

struct ReconstructionTests {
    /// The networks that can rebuild windows.
    enum Kind: CaseIterable {
        case variational, adversarial
    }

    private func network(_ kind: Kind, width: Int, seed: UInt64) -> Reconstruction.Network {
        switch kind {
        case .variational:
            let shape = NetworkShape(inputCount: width, hiddenCount: 24, latentCount: 3, outputNoise: .fixed(1))
            return .variational(VariationalAutoencoder(shape: shape, seed: seed))
        case .adversarial:
            let shape = AdversarialAutoencoder.Shape(inputCount: width, hiddenCount: 24, latentCount: 3)
            return .adversarial(AdversarialAutoencoder(shape: shape, seed: seed))
        }
    }

    private func deviations(_ width: Int, seed: UInt64) -> [Float] {
        var random = RandomSource(seed: seed)
        return (0..<width).map { _ in Float(0.2 + random.uniform()) }
    }

    private func part(_ windows: SampleWindows, _ kind: Kind = .variational, seed: UInt64) -> Reconstruction {
        let width = windows.layout.width
        return Reconstruction(
            network: network(kind, width: width, seed: seed), layout: windows.layout,
            deviations: deviations(width, seed: seed))
    }

    /// The mean squared difference in units of the cells' deviations.
    private func error(_ window: [Float], _ rebuilt: Matrix, row: Int, _ deviations: [Float]) -> Double {
        var sum = 0.0
        for cell in window.indices {
            let difference = Double((window[cell] - rebuilt[row, cell]) / deviations[cell])
            sum += difference * difference
        }
        return sum / Double(window.count)
    }

    @Test(arguments: UInt64(1)...5)
    func `the error is the mean squared difference in units of each cell's deviation`(seed: UInt64) throws {
        var windows = SampleWindows(seed: seed)
        let part = part(windows, seed: seed)
        let sample = (0..<21).map { _ in windows.next() }
        let rebuilt = try #require(part.variational).reconstruct(
            Matrix(rows: 21, columns: windows.layout.width, elements: sample.flatMap { $0 })
        ).reconstructions
        let errors = part.errors(of: WindowBlock(sample, layout: windows.layout))
        for row in 0..<21 {
            let expected = error(sample[row], rebuilt, row: row, part.deviations)
            #expect(abs(Double(errors[row]) / expected - 1) < 1e-4)
        }
    }

    @Test(arguments: UInt64(1)...5)
    func `the error of an adversarial network is the mean over both passes`(seed: UInt64) throws {
        var windows = SampleWindows(seed: seed)
        let part = part(windows, .adversarial, seed: seed)
        #expect(part.variational == nil && part.latentCount == 3 && part.network.hiddenCount == 24)
        guard case .adversarial(let network) = part.network else { return }
        let sample = (0..<37).map { _ in windows.next() }
        let passes = network.reconstruct(
            Matrix(rows: 37, columns: windows.layout.width, elements: sample.flatMap { $0 }))
        let errors = part.errors(of: WindowBlock(sample, layout: windows.layout))
        for row in 0..<37 {
            let first = error(sample[row], passes.reconstructions, row: row, part.deviations)
            let second = error(sample[row], passes.secondPass, row: row, part.deviations)
            #expect(abs(first / second - 1) > 1e-3, "the passes must differ for the test to tell them apart")
            #expect(abs(Double(errors[row]) / ((first + second) / 2) - 1) < 1e-4)
        }
        let explanation = part.explanation(of: WindowBlock(sample, layout: windows.layout), row: 20)
        let first = error(sample[20], passes.reconstructions, row: 20, part.deviations) * 16
        #expect(abs(explanation.shares.reduce(0, +) / first - 1) < 1e-4, "the first pass is the one that is shown")
        #expect(explanation.expected == (0..<2).map { passes.reconstructions[20, 14 + $0] })
    }

    @Test(arguments: Kind.allCases) func `a network that was stored is the same`(kind: Kind) throws {
        var windows = SampleWindows(seed: 3)
        var part = part(windows, kind, seed: 3)
        part.scale = 1.75
        let read = try stored(part, channelCount: 2)
        #expect(read.network == part.network)
        #expect(read.layout == part.layout)
        #expect(read.deviations == part.deviations)
        #expect(read.scale == 1.75)
        let block = WindowBlock((0..<20).map { _ in windows.next() }, layout: windows.layout)
        #expect(read.errors(of: block) == part.errors(of: block))
    }

    @Test func `without deviations those of unit noise count`() {
        let windows = SampleWindows(seed: 3)
        let part = Reconstruction(network: network(.variational, width: 16, seed: 1), layout: windows.layout)
        #expect(part.deviations == [Float](repeating: 1, count: 16))
    }

    @Test(arguments: Kind.allCases, UInt64(1)...3) func `what stands in a missing cell does not matter`(
        kind: Kind, seed: UInt64
    ) {
        var windows = SampleWindows(seed: seed)
        let part = part(windows, kind, seed: seed)
        let window = windows.next()
        var other = window
        for cell in [3, 4, 15] { other[cell] = 100 }
        let missing: [Set<Int>] = [[3, 4, 15], [3, 4, 15]]
        let errors = part.errors(of: WindowBlock([window, other], layout: windows.layout, missing: missing))
        #expect(errors[0] == errors[1])
        let explanation = part.explanation(of: WindowBlock([other], layout: windows.layout, missing: [[3, 4, 15]]))
        let total = explanation.shares.reduce(0, +)
        guard kind == .variational else { return }
        #expect(abs(total / Double(errors[0]) / 13 - 1) < 1e-4, "the shares sum to the error of the 13 cells read")
    }

    @Test(arguments: Kind.allCases, UInt64(1)...3) func `a window's error does not depend on its neighbors`(
        kind: Kind, seed: UInt64
    ) {
        var windows = SampleWindows(length: 15, channels: 4, seed: seed)
        let part = part(windows, kind, seed: seed)
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

    @Test func `networks of different shapes and kinds share one scratch`() {
        var windows = SampleWindows(seed: 1)
        let shapes = [(8, 2), (30, 5)].map {
            NetworkShape(inputCount: windows.layout.width, hiddenCount: $0.0, latentCount: $0.1)
        }
        let parts =
            shapes.map {
                Reconstruction(
                    network: .variational(VariationalAutoencoder(shape: $0, seed: 4)), layout: windows.layout)
            } + [part(windows, .adversarial, seed: 5)]
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
