import AnomalyDetection
import LinearAlgebra
import Testing

struct LinearWindowModelTests {
    /// T² and Q of each window, both on a scale on which a normal window has one in the mean.
    private func measures(_ model: LinearWindowModel, _ block: WindowBlock) -> [(inside: Float, outside: Float)] {
        var scratch = EvidenceScratch()
        model.reserve(in: &scratch)
        var measures: [(inside: Float, outside: Float)] = []
        model.measure(block, scratch: &scratch) { _, inside, outside in measures.append((inside, outside)) }
        return measures
    }

    private func fitted(_ windows: inout SampleWindows) throws -> LinearWindowModel {
        try LinearWindowModel(fittedTo: windows.matrix(1_500), layout: windows.layout, weight: 1)
    }

    @Test(arguments: UInt64(1)...5) func `the subspace of the windows is found`(seed: UInt64) throws {
        var windows = SampleWindows(seed: seed)
        let model = try fitted(&windows)
        #expect(model.dimensionCount == 2)
        for (index, deviation) in windows.deviations.enumerated() {
            #expect(abs(model.deviations[index] / deviation - 1) < 0.1)
            let found = model.directions[(index * windows.layout.width)..<((index + 1) * windows.layout.width)]
            let overlap = zip(found, windows.directions[index]).reduce(Float(0)) { $0 + $1.0 * $1.1 }
            #expect(abs(overlap) > 0.99)
        }
    }

    @Test(arguments: UInt64(1)...5) func `normal windows have ordinary measures`(seed: UInt64) throws {
        var windows = SampleWindows(seed: seed)
        let model = try fitted(&windows)
        let normal = measures(model, WindowBlock((0..<64).map { _ in windows.next() }, layout: windows.layout))
        let inside = normal.map(\.inside).reduce(0, +) / 64
        let outside = normal.map(\.outside).reduce(0, +) / 64
        #expect((0.6...1.5).contains(inside))
        #expect((0.6...1.5).contains(outside))
        #expect(normal.allSatisfy { $0.inside < 12 && $0.outside < 5 })
    }

    @Test(arguments: UInt64(1)...5)
    func `a window off the subspace has a high Q, one far out within it a high T²`(seed: UInt64) throws {
        var windows = SampleWindows(seed: seed)
        let model = try fitted(&windows)
        var spike = windows.next()
        spike[5] += 2
        let far = windows.window(at: [7, 0])
        let measured = measures(model, WindowBlock([spike, far], layout: windows.layout))
        #expect(measured[0].outside > 12)
        #expect(measured[0].inside < 8)
        #expect(abs(measured[1].inside - 49 / 2) < 6)
        #expect(measured[1].outside < 4)
    }

    @Test(arguments: UInt64(1)...5) func `the error is the larger measure on its own scale`(seed: UInt64) throws {
        var windows = SampleWindows(seed: seed)
        var model = try fitted(&windows)
        (model.insideScale, model.outsideScale) = (3, 2)
        let block = WindowBlock((0..<20).map { _ in windows.next() }, layout: windows.layout)
        let expected = measures(model, block).map { max($0.inside / 3, $0.outside / 2) }
        #expect(model.errors(of: block) == expected)
    }

    @Test(arguments: UInt64(1)...5) func `shares sum to the error and point at the channel`(seed: UInt64) throws {
        var windows = SampleWindows(seed: seed)
        let model = try fitted(&windows)
        var spike = windows.next()
        for slot in 4..<8 { spike[slot * 2 + 1] += slot.isMultiple(of: 2) ? 2 : -2 }
        let block = WindowBlock([windows.next(), spike], layout: windows.layout)
        let explanation = model.explanation(of: block, row: 1)
        let total = explanation.shares.reduce(0, +)
        let outside = Double(measures(model, block)[1].outside) * Double(windows.layout.width)
        #expect(abs(total / outside - 1) < 1e-3)
        #expect(explanation.shares[1] > 0.9 * total)

        let far = WindowBlock([windows.window(at: [8, -1])], layout: windows.layout)
        let inside = Double(measures(model, far)[0].inside) * 2
        let shares = model.explanation(of: far).shares
        #expect(shares.allSatisfy { $0 >= 0 })
        #expect(abs(shares.reduce(0, +) / inside - 1) < 0.02)
    }

    @Test(arguments: UInt64(1)...5) func `the expected value is near the truth that a spike hides`(seed: UInt64) throws
    {
        var windows = SampleWindows(length: 16, seed: seed)
        let model = try fitted(&windows)
        var window = windows.next()
        let newest = windows.layout.width - 2
        let truth = window[newest...]
        window[newest] += 1.5
        let explanation = model.explanation(of: WindowBlock([window], layout: windows.layout))
        let expected = try #require(explanation.expected)
        let deviation = try #require(explanation.deviation)
        for channel in 0..<2 { #expect(abs(expected[channel] - truth[newest + channel]) < 0.8) }
        #expect(abs(expected[0] - window[newest]) > 0.7)
        #expect(deviation.allSatisfy { (0.05...0.2).contains($0) })
    }

    @Test(arguments: UInt64(1)...5) func `missing cells do not count outside the subspace`(seed: UInt64) throws {
        var windows = SampleWindows(length: 16, seed: seed)
        let model = try fitted(&windows)
        var spoiled = windows.next()
        spoiled[9] += 3
        let seen = measures(model, WindowBlock([spoiled], layout: windows.layout))[0]
        let masked = measures(model, WindowBlock([spoiled], layout: windows.layout, missing: [[9]]))[0]
        #expect(seen.outside > 10)
        #expect(masked.outside < 0.35 * seen.outside)
    }

    @Test func `the rebuilt windows are left for who wants the expected values`() throws {
        var windows = SampleWindows(seed: 3)
        let model = try fitted(&windows)
        let block = WindowBlock((0..<3).map { _ in windows.next() }, layout: windows.layout)
        var scratch = EvidenceScratch()
        model.reserve(in: &scratch)
        var errors = [Float](repeating: 0, count: WindowBlock.rowCount)
        model.score(block, scratch: &scratch, into: &errors)
        for cell in 0..<(3 * windows.layout.width) {
            #expect(abs(scratch.reconstruction[cell] - block.values[cell]) < 0.5)
        }
    }

    @Test func `channels that never move make a model without infinities`() throws {
        let layout = WindowLayout(length: 4, channels: [0])
        let sample = Matrix(rows: 100, columns: 4, elements: [Float](repeating: 0, count: 400))
        let model = try LinearWindowModel(fittedTo: sample, layout: layout, weight: 1)
        let errors = model.errors(of: WindowBlock([[0, 0, 0, 0], [0, 0, 0, 1]], layout: layout))
        #expect(errors.allSatisfy { $0.isFinite })
        #expect(errors[1] > errors[0])
    }
}
