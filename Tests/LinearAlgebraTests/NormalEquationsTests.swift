import LinearAlgebra
import Testing

struct NormalEquationsTests {
    /// Rows of three inputs, something that does not matter, and two targets that are linear functions of the inputs.
    private func rows(_ count: Int, seed: UInt64, noise: Double = 0) -> Matrix {
        var random = RandomSource(seed: seed)
        var elements: [Float] = []
        for _ in 0..<count {
            let x = (0..<3).map { _ in random.normal() }
            let first = 2 * x[0] - x[1] + 0.5 + noise * random.normal()
            let second = 3 * x[2] - 4 + noise * random.normal()
            elements += (x + [random.normal(), first, second]).map { Float($0) }
        }
        return Matrix(rows: count, columns: 6, elements: elements)
    }

    @Test(arguments: UInt64(1)...5) func `an exact relation is found`(seed: UInt64) throws {
        let solution = try NormalEquations(rows(200, seed: seed), inputs: 0..<3, targets: 4..<6).solved(ridge: 0)
        let expected = [2, -1, 0, 0.5, 0, 0, 3, -4]
        #expect(solution.count == 8)
        for (found, expected) in zip(solution, expected) { #expect(abs(found - expected) < 1e-5) }
    }

    @Test(arguments: UInt64(1)...5) func `with noise the residuals have nothing in common with the inputs`(
        seed: UInt64
    ) throws {
        let rows = rows(300, seed: seed, noise: 1)
        let solution = try NormalEquations(rows, inputs: 0..<4, targets: 5..<6).solved(ridge: 0)
        var products = [Double](repeating: 0, count: 5)
        for row in 0..<300 {
            let inputs = (0..<4).map { Double(rows[row, $0]) } + [1]
            let residual = Double(rows[row, 5]) - zip(inputs, solution).reduce(0) { $0 + $1.0 * $1.1 }
            for input in 0..<5 { products[input] += residual * inputs[input] }
        }
        #expect(products.allSatisfy { abs($0) < 1e-6 })
    }

    @Test(arguments: [0.0, 1, 10, 1_000]) func `a ridge draws the coefficients to zero`(ridge: Double) throws {
        // Two rows at ±1, so that the constant and the slope stand for themselves: each is 2 · mean ÷ (2 + ridge).
        let rows = Matrix(rows: 2, columns: 2, elements: [1, 5, -1, 1])
        let solution = try NormalEquations(rows, inputs: 0..<1, targets: 1..<2).solved(ridge: ridge)
        #expect(abs(solution[0] - 4 / (2 + ridge)) < 1e-12)
        #expect(abs(solution[1] - 6 / (2 + ridge)) < 1e-12)
    }

    @Test func `inputs that depend on each other need a ridge`() throws {
        let elements = (0..<50).flatMap { row -> [Float] in [Float(row), 0, Float(row)] }
        let equations = NormalEquations(
            Matrix(rows: 50, columns: 3, elements: elements), inputs: 0..<2, targets: 2..<3)
        #expect(throws: LinearAlgebraFailure.self) { try equations.solved(ridge: 0) }
        let solution = try equations.solved(ridge: 1e-6)
        #expect(abs(solution[0] - 1) < 1e-6 && abs(solution[1]) < 1e-6)
    }

    /// Neighboring readings differ in their last digits, which sums in `Float` would not keep.
    @Test func `inputs that are nearly the same are told apart`() throws {
        var random = RandomSource(seed: 3)
        var elements: [Float] = []
        for _ in 0..<5_000 {
            let x = Float(100 + random.normal())
            let y = x + Float(0.001 * random.normal())
            elements += [x, y, 2 * (y - x)]
        }
        let rows = Matrix(rows: 5_000, columns: 3, elements: elements)
        let solution = try NormalEquations(rows, inputs: 0..<2, targets: 2..<3).solved(ridge: 0)
        #expect(abs(solution[0] + 2) < 1e-3 && abs(solution[1] - 2) < 1e-3)
    }
}
