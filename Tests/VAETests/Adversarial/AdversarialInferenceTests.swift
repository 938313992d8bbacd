import LinearAlgebra
import Testing
import VAE

struct AdversarialInferenceTests {
    @Test(arguments: [(64, 128, 4), (1, 1, 1), (7, 33, 3), (61, 100, 5), (400, 128, 8)], [false, true])
    func `a window's results are the same to the last bit in any place of any batch`(
        sizes: (Int, Int, Int), isMasked: Bool
    ) {
        let (d, h, l) = sizes
        let shape = AdversarialAutoencoder.Shape(inputCount: d, hiddenCount: h, latentCount: l)
        let network = AdversarialAutoencoder(shape: shape, seed: UInt64(d))
        var source = RandomSource(seed: UInt64(h))
        let total = 70
        var windows = Matrix(rows: total, columns: d)
        var mask = windows
        for index in windows.elements.indices {
            windows.elements[index] = Float(source.normal())
            mask.elements[index] = isMasked && source.uniform() < 0.2 ? 0 : 1
        }
        var scratch = AdversarialAutoencoder.Scratch(for: shape)
        func results(_ rows: Range<Int>) -> [[UInt32]] {
            let cells = rows.lowerBound * d..<rows.upperBound * d
            let (part, maskPart) = (Array(windows.elements[cells]), Array(mask.elements[cells]))
            var first = [Float](repeating: 0, count: part.count)
            var second = first
            var scores = [Float](repeating: 0, count: rows.count)
            var firstSpan = first.mutableSpan
            var secondSpan = second.mutableSpan
            var scoreSpan = scores.mutableSpan
            let partMask = isMasked ? maskPart.span : nil
            network.reconstruct(
                part.span, mask: partMask, count: rows.count, reconstructions: &firstSpan, secondPass: &secondSpan,
                scratch: &scratch)
            network.score(
                part.span, mask: partMask, reconstructions: firstSpan.span, secondPass: secondSpan.span,
                into: &scoreSpan)
            return (0..<rows.count).map { row in
                (first[row * d..<(row + 1) * d] + second[row * d..<(row + 1) * d] + [scores[row]]).map(\.bitPattern)
            }
        }
        let expected = (0..<total).flatMap { results($0..<$0 + 1) }
        for count in [2, 3, 15, 16, 17, 31, 32, 33, 48, 64, 70] {
            for start in Set([0, 1, 5, total - count]) where start + count <= total {
                #expect(results(start..<start + count) == Array(expected[start..<start + count]))
            }
        }
    }

    @Test func `the passes are those that the loss sees, and the second takes the first's result`() {
        let shape = AdversarialAutoencoder.Shape(inputCount: 16, hiddenCount: 20, latentCount: 3)
        let network = AdversarialAutoencoder(shape: shape, seed: 3)
        let windows = TrainingTests.waves(count: 40, seed: 3)
        let (first, second) = network.reconstruct(windows)
        var loss = AdversarialLoss(shape: shape, rowLimit: 40)
        for row in 0..<40 { loss.append(row: row, of: windows, mask: nil) }
        let parts = loss.forward(parameters: network.parameters)
        func squares(_ outputs: Matrix) -> Double {
            zip(windows.elements, outputs.elements).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        }
        #expect(abs(squares(first) / parts.first - 1) < 1e-5)
        #expect(abs(squares(second) / parts.secondPass - 1) < 1e-5)

        let mean = Double(network.scores(of: windows).reduce(0, +)) / 40
        #expect(abs(mean / (0.5 * (parts.first + parts.secondPass) / 640) - 1) < 1e-5)
        let passed = Double(network.scores(of: windows, secondPassWeight: 1).reduce(0, +))
        #expect(abs(passed / (parts.secondPass / 16) - 1) < 1e-5)
    }

    @Test func `no windows and windows without an observed cell have no score`() {
        let network = AdversarialAutoencoder(shape: .init(inputCount: 4), seed: 1)
        let none = network.reconstruct(Matrix(rows: 0, columns: 4))
        #expect(none.reconstructions.rowCount == 0 && none.secondPass.rowCount == 0)
        let windows = Matrix(rows: 1, columns: 4, elements: [.nan, 1, 2, 3])
        let mask = Matrix(rows: 1, columns: 4)
        #expect(network.scores(of: windows, mask: mask) == [0])
    }
}

extension AdversarialAutoencoder {
    /// The score of each window.
    func scores(of windows: Matrix, mask: Matrix? = nil, secondPassWeight: Float = 0.5) -> [Float] {
        let (first, second) = reconstruct(windows, mask: mask)
        var scores = [Float](repeating: .nan, count: windows.rowCount)
        var span = scores.mutableSpan
        score(
            windows.elements.span, mask: mask?.elements.span, reconstructions: first.elements.span,
            secondPass: second.elements.span, secondPassWeight: secondPassWeight, into: &span)
        return scores
    }
}
