/// The space of the largest eigenvalues of a symmetric matrix, by multiplying vectors with it again and again (Halko,
/// Martinsson and Tropp 2011, algorithm 4.4).
struct SubspaceIteration {
    /// So many vectors more than wanted go along: the wanted ones converge the faster.
    private static let additionalVectors = 8
    private static let iterationCount = 8
    /// Of a vector of which less is left, rounding has decided the direction.
    private static let leastShare: Float = 1e-4

    private let matrix: [Float]  // (columns × columns)
    private let columns: Int
    private let dimensions: Int
    private let count: Int
    private var vectors: [Float]  // (count × columns), orthonormal
    private var source: RandomSource

    /// Up to so many columns a decomposition of the whole matrix costs as little.
    static func fewestColumns(dimensions: Int) -> Int { 4 * (dimensions + additionalVectors) }

    /// An iteration that starts with random directions, always the same ones.
    init(matrix: [Float], columns: Int, dimensions: Int) {
        precondition(matrix.count == columns * columns && dimensions + Self.additionalVectors <= columns)
        self.matrix = matrix
        self.columns = columns
        self.dimensions = dimensions
        count = dimensions + Self.additionalVectors
        source = RandomSource(seed: 1)
        vectors = []
        for _ in 0..<(count * columns) { vectors.append(Float(source.normal())) }
        orthonormalize()
    }

    /// Turns the vectors towards the largest eigenvalues.
    mutating func run() {
        for _ in 0..<Self.iterationCount {
            vectors = images()
            orthonormalize()
        }
    }

    /// The eigenvalues and eigenvectors (dimensions × columns) of the matrix within the space, the largest first.
    func principalDirections() throws(LinearAlgebraFailure) -> (values: [Double], directions: [Float]) {
        // inside (count, count) = vectors (count, columns) · matrix · vectorsᵀ
        let inside = Self.product(of: images(), and: vectors, .transposed, rows: count, inner: columns, columns: count)
        let (values, rotation) = try leadingEigenvectors(of: inside.map { Double($0) }, dimension: count) { _ in
            dimensions
        }
        let directions = Self.product(
            of: rotation.map { Float($0) }, and: vectors, .none, rows: dimensions, inner: count, columns: columns)
        return (Array(values.prefix(dimensions)), directions)
    }

    /// The matrix times each vector, (count × columns).
    private func images() -> [Float] {
        Self.product(of: vectors, and: matrix, .none, rows: count, inner: columns, columns: columns)
    }

    private static func product(
        of a: [Float], and b: [Float], _ transposition: Transposition, rows: Int, inner: Int, columns: Int
    ) -> [Float] {
        var result = [Float](repeating: 0, count: rows * columns)
        var target = result.mutableSpan
        multiply(a.span, by: b.span, transposition, rows: rows, inner: inner, columns: columns, into: &target)
        return result
    }

    /// Makes the vectors orthonormal one after the other, each twice, as once leaves rounding behind (Giraud et al. 2005). One of
    /// which nothing is left, as in a matrix of low rank, is drawn anew.
    private mutating func orthonormalize() {
        for row in 0..<count {
            var rest = project(row)
            while !(rest > Self.leastShare) {
                for cell in (row * columns)..<((row + 1) * columns) { vectors[cell] = Float(source.normal()) }
                rest = project(row)
            }
            _ = project(row)
        }
    }

    /// Takes from a vector what it has in common with those before it, and brings it to the length one. Gives the share of its
    /// length that was left.
    private mutating func project(_ row: Int) -> Float {
        let place = (row * columns)..<((row + 1) * columns)
        var current = Array(vectors[place])
        var vector = current.mutableSpan
        let before = sumEach(vector.span, with: vector.span) { $0 * $1 }
        guard before > 0, before.isFinite else { return 0 }
        for other in 0..<row {
            let direction = vectors.span.extracting((other * columns)..<((other + 1) * columns))
            let share = SIMD8(repeating: sumEach(vector.span, with: direction) { $0 * $1 })
            replaceEach(&vector, with: direction) { $0 - share * $1 }
        }
        let after = sumEach(vector.span, with: vector.span) { $0 * $1 }
        guard after > 0 else { return 0 }
        let factor = SIMD8(repeating: 1 / after.squareRoot())
        replaceEach(&vector) { $0 * factor }
        vectors.replaceSubrange(place, with: current)
        return (after / before).squareRoot()
    }
}
