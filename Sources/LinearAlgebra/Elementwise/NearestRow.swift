extension RowBlock {
    /// Lowers each row's minimum to the smallest of `offset + scale · element` over the features of a block.
    ///
    /// `block` is (columns × 16), feature by feature, `offsets` has one number a feature, `minima` one a row. With the
    /// products of points and remembered points in `block`, their squared norms as `offsets` and −2 as `scale`, what comes
    /// out is the squared distance to the nearest remembered point, less the point's own squared norm.
    package static func lowerMinima(
        _ minima: inout SIMD16<Float>, to block: Span<Float>, offsets: Span<Float>, scale: Float
    ) {
        precondition(block.count == offsets.count * rowCount, "\(block.count) elements, not \(offsets.count) × 16")
        var smallest = minima
        let factor = SIMD16<Float>(repeating: scale)
        // SAFETY: every load covers the sixteen elements of one feature, which the precondition promises.
        unsafe block.withUnsafeBytes { bytes in
            for feature in offsets.indices {
                let products = unsafe bytes.loadUnaligned(
                    fromByteOffset: feature * rowCount * MemoryLayout<Float>.stride, as: SIMD16<Float>.self)
                let values = SIMD16<Float>(repeating: offsets[feature]) + factor * products
                smallest = smallest.replacing(with: values, where: values .< smallest)
            }
        }
        minima = smallest
    }
}
