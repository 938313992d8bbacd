/// Replaces each element by a function of it, eight at a time.
///
/// The function must work lane by lane; the elements left over at the end go through it too, beside zeros, so an
/// element's result does not depend on its place.
@inline(__always)
func replaceEach(_ x: inout MutableSpan<Float>, _ function: (SIMD8<Float>) -> SIMD8<Float>) {
    let count = x.count
    let wholeEnd = count - count % 8
    // SAFETY: every load and store covers eight elements from an index of at most count − 8; `Float` may be loaded
    // from and stored to any of its elements as a vector without alignment.
    unsafe x.withUnsafeMutableBufferPointer { buffer in
        guard let address = buffer.baseAddress else { return }
        let bytes = UnsafeMutableRawPointer(address)
        var index = 0
        while index < wholeEnd {
            let offset = index * MemoryLayout<Float>.stride
            let vector = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
            unsafe bytes.storeBytes(of: function(vector), toByteOffset: offset, as: SIMD8<Float>.self)
            index += 8
        }
    }
    guard wholeEnd < count else { return }
    var rest = SIMD8<Float>()
    for lane in 0..<count - wholeEnd { rest[lane] = x[wholeEnd + lane] }
    rest = function(rest)
    for lane in 0..<count - wholeEnd { x[wholeEnd + lane] = rest[lane] }
}

/// Replaces each element of `x` by a function of it and of the element of `y` in the same place, eight at a time.
///
/// The same conditions hold as for one argument. Traps when the counts differ.
@inline(__always)
func replaceEach(
    _ x: inout MutableSpan<Float>, with y: Span<Float>,
    _ function: (SIMD8<Float>, SIMD8<Float>) -> SIMD8<Float>
) {
    precondition(x.count == y.count, "\(x.count) elements beside \(y.count)")
    let count = x.count
    let wholeEnd = count - count % 8
    // SAFETY: as above, for both, which have the same count.
    unsafe x.withUnsafeMutableBufferPointer { buffer in
        unsafe y.withUnsafeBufferPointer { other in
            guard let address = buffer.baseAddress, let otherAddress = other.baseAddress else { return }
            let bytes = UnsafeMutableRawPointer(address)
            let otherBytes = unsafe UnsafeRawPointer(otherAddress)
            var index = 0
            while index < wholeEnd {
                let offset = index * MemoryLayout<Float>.stride
                let left = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
                let right = unsafe otherBytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
                unsafe bytes.storeBytes(of: function(left, right), toByteOffset: offset, as: SIMD8<Float>.self)
                index += 8
            }
        }
    }
    guard wholeEnd < count else { return }
    var (left, right) = (SIMD8<Float>(), SIMD8<Float>())
    for lane in 0..<count - wholeEnd {
        left[lane] = x[wholeEnd + lane]
        right[lane] = y[wholeEnd + lane]
    }
    left = function(left, right)
    for lane in 0..<count - wholeEnd { x[wholeEnd + lane] = left[lane] }
}
