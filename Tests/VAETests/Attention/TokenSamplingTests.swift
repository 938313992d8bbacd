import LinearAlgebra
import RealModule
import Testing
import VAE

struct TokenSamplingTests {
    /// The logits of these probabilities, plus a number that changes nothing.
    private func logits(_ probabilities: [Double]) -> [Float] { probabilities.map { Float(Double.log($0) + 3) } }

    private func expect(
        _ sampling: TokenSampling, of probabilities: [Double], _ expected: [Double],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let found = sampling.probabilities(from: logits(probabilities).span)
        #expect(found.count == expected.count, sourceLocation: sourceLocation)
        for (one, other) in zip(found, expected) {
            #expect(abs(one - other) < 1e-6, "\(found)", sourceLocation: sourceLocation)
        }
    }

    @Test func `settings that make no sense are refused with the reason`() {
        for temperature in [-0.1, .infinity, .nan] {
            #expect(throws: TokenSampling.Failure.self) { try TokenSampling(temperature: temperature) }
        }
        #expect(throws: TokenSampling.Failure.topK(0)) { try TokenSampling(topK: 0) }
        for topP in [0, -0.2, 1.001, .nan] {
            #expect(throws: TokenSampling.Failure.self) { try TokenSampling(topP: topP) }
        }
        #expect("\(TokenSampling.Failure.topP(1.5))" == "top-p of 1.5; it must be over 0 and at most 1")
    }

    @Test func `each filter leaves what it says`() throws {
        let four = [0.1, 0.4, 0.3, 0.2]
        expect(try TokenSampling(), of: four, four)
        expect(try TokenSampling(temperature: 0), of: four, [0, 1, 0, 0])
        expect(try TokenSampling(topK: 1), of: four, [0, 1, 0, 0])
        expect(try TokenSampling(topK: 2), of: four, [0, 4.0 / 7, 3.0 / 7, 0])
        expect(try TokenSampling(topK: 9), of: four, four)
        // 0.4 does not reach 0.5, 0.4 and 0.3 do; 0.4 alone reaches 0.4 but for rounding, and 0.39 for certain.
        expect(try TokenSampling(topP: 0.5), of: four, [0, 4.0 / 7, 3.0 / 7, 0])
        expect(try TokenSampling(topP: 0.39), of: four, [0, 1, 0, 0])
        expect(try TokenSampling(topP: 0.85), of: four, [0, 4.0 / 9, 3.0 / 9, 2.0 / 9])
        expect(try TokenSampling(topP: 1e-9), of: four, [0, 1, 0, 0])
        // At temperature 1/2 the probabilities are squared: 1, 16, 9, 4 of 30.
        expect(try TokenSampling(temperature: 0.5), of: four, [1.0 / 30, 16.0 / 30, 9.0 / 30, 4.0 / 30])
        // Of the two largest, 4/7 reaches one half: the mass is that of what top-k left.
        expect(try TokenSampling(topK: 2, topP: 0.5), of: four, [0, 1, 0, 0])
    }

    @Test func `of equal logits the first is the larger`() throws {
        expect(try TokenSampling(temperature: 0), of: [0.2, 0.4, 0.4], [0, 1, 0])
        expect(try TokenSampling(topK: 2), of: [0.25, 0.25, 0.25, 0.25], [0.5, 0.5, 0, 0])
    }

    @Test(arguments: UInt64(1)...20)
    func `top-p keeps the smallest set of the most likely that reaches the mass`(seed: UInt64) throws {
        var source = RandomSource(seed: seed)
        let logits = (0..<40).map { _ in Float(2 * source.normal()) }
        let topP = source.uniform() * 0.98 + 0.01
        let whole = try TokenSampling().probabilities(from: logits.span)
        let kept = try TokenSampling(topP: topP).probabilities(from: logits.span)
        let inside = whole.indices.filter { kept[$0] > 0 }.map { whole[$0] }
        let outside = whole.indices.filter { kept[$0] == 0 }.map { whole[$0] }
        let mass = inside.reduce(0, +)
        let least = inside.min() ?? 0
        #expect(mass >= topP - 1e-12)
        #expect(mass - least < topP)
        #expect(outside.allSatisfy { $0 <= least })
        #expect(abs(kept.reduce(0, +) - 1) < 1e-12)
    }

    @Test func `in the long run each is drawn as often as it is likely`() throws {
        let sampling = try TokenSampling(temperature: 1.3, topK: 5, topP: 0.97)
        let logits = logits([0.3, 0.05, 0.25, 0.2, 0.1, 0.1])
        let expected = sampling.probabilities(from: logits.span)
        var source = RandomSource(seed: 7)
        var counts = [Int](repeating: 0, count: 6)
        for _ in 0..<40_000 { counts[sampling.draw(from: logits.span, using: &source)] += 1 }
        // Four deviations of a share of 40,000 draws are at most 0.01.
        for index in 0..<6 { #expect(abs(Double(counts[index]) / 40_000 - expected[index]) < 0.01) }
        #expect(counts[1] == 0)
    }

    @Test func `at temperature 0 a draw takes nothing from the source`() throws {
        var (one, other) = (RandomSource(seed: 1), RandomSource(seed: 1))
        #expect(try TokenSampling(temperature: 0).draw(from: logits([0.4, 0.6]).span, using: &one) == 1)
        #expect(one.next() == other.next())
    }
}
