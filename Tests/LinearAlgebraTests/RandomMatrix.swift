import LinearAlgebra

/// Numbers from −1 to 1.
func randomElements(_ count: Int, from source: inout RandomSource) -> [Float] {
    (0..<count).map { _ in Float(source.uniform() * 2 - 1) }
}
