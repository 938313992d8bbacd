/// Replaces each element by a function of it, eight at a time.
///
/// The function must work lane by lane; the elements left over at the end go through it too, beside zeros, so an
/// element's result does not depend on its place.
@inlinable
@inline(__always)
package func replaceEach(_ x: inout MutableSpan<Float>, _ function: (SIMD8<Float>) -> SIMD8<Float>) {
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
@inlinable
@inline(__always)
package func replaceEach(
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

/// Replaces each element of `x` by a function of it and of the elements of `y` and `z` in the same place, eight at a time.
///
/// The same conditions hold as for one argument. Traps when the counts differ.
@inlinable
@inline(__always)
package func replaceEach(
    _ x: inout MutableSpan<Float>, with y: Span<Float>, _ z: Span<Float>,
    _ function: (SIMD8<Float>, SIMD8<Float>, SIMD8<Float>) -> SIMD8<Float>
) {
    precondition(x.count == y.count && x.count == z.count, "\(x.count) elements beside \(y.count) and \(z.count)")
    let count = x.count
    let wholeEnd = count - count % 8
    // SAFETY: as above, for all three, which have the same count.
    unsafe x.withUnsafeMutableBufferPointer { buffer in
        unsafe y.withUnsafeBufferPointer { second in
            unsafe z.withUnsafeBufferPointer { third in
                guard let address = buffer.baseAddress, let secondAddress = second.baseAddress,
                    let thirdAddress = third.baseAddress
                else { return }
                let bytes = UnsafeMutableRawPointer(address)
                let secondBytes = unsafe UnsafeRawPointer(secondAddress)
                let thirdBytes = unsafe UnsafeRawPointer(thirdAddress)
                var index = 0
                while index < wholeEnd {
                    let offset = index * MemoryLayout<Float>.stride
                    let a = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
                    let b = unsafe secondBytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
                    let c = unsafe thirdBytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
                    unsafe bytes.storeBytes(of: function(a, b, c), toByteOffset: offset, as: SIMD8<Float>.self)
                    index += 8
                }
            }
        }
    }
    guard wholeEnd < count else { return }
    var (a, b, c) = (SIMD8<Float>(), SIMD8<Float>(), SIMD8<Float>())
    for lane in 0..<count - wholeEnd {
        a[lane] = x[wholeEnd + lane]
        b[lane] = y[wholeEnd + lane]
        c[lane] = z[wholeEnd + lane]
    }
    a = function(a, b, c)
    for lane in 0..<count - wholeEnd { x[wholeEnd + lane] = a[lane] }
}

/// Adds up a function of each two elements in the same place, eight at a time.
///
/// The function must work lane by lane and give 0 for zeros, which stand beside the elements left over at the end. The
/// order of the additions depends on the count alone. Traps when the counts differ.
@inlinable
@inline(__always)
package func sumEach(
    _ x: Span<Float>, with y: Span<Float>, _ function: (SIMD8<Float>, SIMD8<Float>) -> SIMD8<Float>
) -> Float {
    precondition(x.count == y.count, "\(x.count) elements beside \(y.count)")
    let count = x.count
    let wholeEnd = count - count % 8
    var sum = SIMD8<Float>()
    // SAFETY: every load covers eight elements from an index of at most count − 8 of either.
    unsafe x.withUnsafeBufferPointer { first in
        unsafe y.withUnsafeBufferPointer { second in
            guard let firstAddress = first.baseAddress, let secondAddress = second.baseAddress else { return }
            let firstBytes = unsafe UnsafeRawPointer(firstAddress)
            let secondBytes = unsafe UnsafeRawPointer(secondAddress)
            var index = 0
            while index < wholeEnd {
                let offset = index * MemoryLayout<Float>.stride
                let left = unsafe firstBytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
                let right = unsafe secondBytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
                sum += function(left, right)
                index += 8
            }
        }
    }
    if wholeEnd < count {
        var (left, right) = (SIMD8<Float>(), SIMD8<Float>())
        for lane in 0..<count - wholeEnd {
            left[lane] = x[wholeEnd + lane]
            right[lane] = y[wholeEnd + lane]
        }
        sum += function(left, right)
    }
    return sum.sum()
}

/// Sums a function of the elements of three stretches in the same places, eight at a time.
///
/// The function must work lane by lane and give 0 where all three are 0.
@inlinable
@inline(__always)
package func sumEach(
    _ x: Span<Float>, with y: Span<Float>, _ z: Span<Float>,
    _ function: (SIMD8<Float>, SIMD8<Float>, SIMD8<Float>) -> SIMD8<Float>
) -> Float {
    precondition(x.count == y.count && x.count == z.count, "\(x.count) elements beside \(y.count) and \(z.count)")
    let count = x.count
    let wholeEnd = count - count % 8
    var sum = SIMD8<Float>()
    // SAFETY: every load covers eight elements from an index of at most count − 8 of each.
    unsafe x.withUnsafeBufferPointer { first in
        unsafe y.withUnsafeBufferPointer { second in
            unsafe z.withUnsafeBufferPointer { third in
                guard let firstAddress = first.baseAddress, let secondAddress = second.baseAddress,
                    let thirdAddress = third.baseAddress
                else { return }
                let firstBytes = unsafe UnsafeRawPointer(firstAddress)
                let secondBytes = unsafe UnsafeRawPointer(secondAddress)
                let thirdBytes = unsafe UnsafeRawPointer(thirdAddress)
                var index = 0
                while index < wholeEnd {
                    let offset = index * MemoryLayout<Float>.stride
                    let a = unsafe firstBytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
                    let b = unsafe secondBytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
                    let c = unsafe thirdBytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
                    sum += function(a, b, c)
                    index += 8
                }
            }
        }
    }
    if wholeEnd < count {
        var (a, b, c) = (SIMD8<Float>(), SIMD8<Float>(), SIMD8<Float>())
        for lane in 0..<count - wholeEnd {
            a[lane] = x[wholeEnd + lane]
            b[lane] = y[wholeEnd + lane]
            c[lane] = z[wholeEnd + lane]
        }
        sum += function(a, b, c)
    }
    return sum.sum()
}

/// The sum of the squares of all elements, added up in `Double`.
package func sumOfSquares(_ x: Span<Float>) -> Double {
    let wholeEnd = x.count - x.count % 8
    var (low, high) = (SIMD4<Double>(), SIMD4<Double>())
    // SAFETY: every load covers eight elements from an index of at most count − 8.
    unsafe x.withUnsafeBufferPointer { buffer in
        guard let address = buffer.baseAddress else { return }
        let bytes = unsafe UnsafeRawPointer(address)
        var index = 0
        while index < wholeEnd {
            let offset = index * MemoryLayout<Float>.stride
            let vector = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
            let (left, right) = (SIMD4<Double>(vector.lowHalf), SIMD4<Double>(vector.highHalf))
            low += left * left
            high += right * right
            index += 8
        }
    }
    var sum = (low + high).sum()
    for index in wholeEnd..<x.count { sum += Double(x[index]) * Double(x[index]) }
    return sum
}

/// The sum of the squares of some of the elements of an array.
package func squaredNorm(of values: [Float], in places: Range<Int>) -> Float {
    let values = values.span.extracting(places)
    return sumEach(values, with: values) { $0 * $1 }
}
