/// The eight elements from an address on, or those of them that are there, and zeros.
@usableFromInline
@inline(__always)
func loadEight(_ address: UnsafePointer<Float>, from index: Int, of count: Int) -> SIMD8<Float> {
    // SAFETY: the caller's address has `count` elements; eight are loaded only where as many are left. `Float` may be loaded
    // from and stored to any of its elements as a vector without alignment.
    if index + 8 <= count {
        return unsafe UnsafeRawPointer(address + index).loadUnaligned(as: SIMD8<Float>.self)
    }
    return unsafe loadRest(address, from: index, of: count)
}

/// Stores eight elements from an address on, or those of them for which there is a place.
@usableFromInline
@inline(__always)
func storeEight(_ vector: SIMD8<Float>, _ address: UnsafeMutablePointer<Float>, from index: Int, of count: Int) {
    // SAFETY: as for loading.
    if index + 8 <= count {
        unsafe UnsafeMutableRawPointer(address + index).storeBytes(of: vector, as: SIMD8<Float>.self)
    } else {
        unsafe storeRest(vector, address, from: index, of: count)
    }
}

// The ends stay outside of the loops, which are the smaller for it.

@usableFromInline
@inline(never)
func loadRest(_ address: UnsafePointer<Float>, from index: Int, of count: Int) -> SIMD8<Float> {
    var rest = SIMD8<Float>()
    // SAFETY: the elements before `count` are there.
    for lane in 0..<min(count - index, 8) { rest[lane] = unsafe address[index + lane] }
    return rest
}

@usableFromInline
@inline(never)
func storeRest(_ vector: SIMD8<Float>, _ address: UnsafeMutablePointer<Float>, from index: Int, of count: Int) {
    // SAFETY: as for loading.
    for lane in 0..<min(count - index, 8) { unsafe address[index + lane] = vector[lane] }
}

/// Replaces each element by a function of it, eight at a time.
///
/// The function must work lane by lane; the elements left over at the end go through it too, beside zeros, so an
/// element's result does not depend on its place. It is called in one place, so that the compiler takes it into the loop.
@inlinable
@inline(__always)
package func replaceEach(_ x: inout MutableSpan<Float>, _ function: (SIMD8<Float>) -> SIMD8<Float>) {
    let count = x.count
    // SAFETY: the address has `count` elements.
    unsafe x.withUnsafeMutableBufferPointer { buffer in
        guard let address = buffer.baseAddress else { return }
        var index = 0
        while index < count {
            let vector = unsafe loadEight(address, from: index, of: count)
            unsafe storeEight(function(vector), address, from: index, of: count)
            index += 8
        }
    }
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
    // SAFETY: both addresses have `count` elements.
    unsafe x.withUnsafeMutableBufferPointer { buffer in
        unsafe y.withUnsafeBufferPointer { other in
            guard let address = buffer.baseAddress, let otherAddress = other.baseAddress else { return }
            var index = 0
            while index < count {
                let left = unsafe loadEight(address, from: index, of: count)
                let right = unsafe loadEight(otherAddress, from: index, of: count)
                unsafe storeEight(function(left, right), address, from: index, of: count)
                index += 8
            }
        }
    }
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
    // SAFETY: all three addresses have `count` elements.
    unsafe x.withUnsafeMutableBufferPointer { buffer in
        unsafe y.withUnsafeBufferPointer { second in
            unsafe z.withUnsafeBufferPointer { third in
                guard let address = buffer.baseAddress, let secondAddress = second.baseAddress,
                    let thirdAddress = third.baseAddress
                else { return }
                var index = 0
                while index < count {
                    let a = unsafe loadEight(address, from: index, of: count)
                    let b = unsafe loadEight(secondAddress, from: index, of: count)
                    let c = unsafe loadEight(thirdAddress, from: index, of: count)
                    unsafe storeEight(function(a, b, c), address, from: index, of: count)
                    index += 8
                }
            }
        }
    }
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
    var sum = SIMD8<Float>()
    // SAFETY: both addresses have `count` elements.
    unsafe x.withUnsafeBufferPointer { first in
        unsafe y.withUnsafeBufferPointer { second in
            guard let firstAddress = first.baseAddress, let secondAddress = second.baseAddress else { return }
            var index = 0
            while index < count {
                let left = unsafe loadEight(firstAddress, from: index, of: count)
                let right = unsafe loadEight(secondAddress, from: index, of: count)
                sum += function(left, right)
                index += 8
            }
        }
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
    var sum = SIMD8<Float>()
    // SAFETY: all three addresses have `count` elements.
    unsafe x.withUnsafeBufferPointer { first in
        unsafe y.withUnsafeBufferPointer { second in
            unsafe z.withUnsafeBufferPointer { third in
                guard let firstAddress = first.baseAddress, let secondAddress = second.baseAddress,
                    let thirdAddress = third.baseAddress
                else { return }
                var index = 0
                while index < count {
                    let a = unsafe loadEight(firstAddress, from: index, of: count)
                    let b = unsafe loadEight(secondAddress, from: index, of: count)
                    let c = unsafe loadEight(thirdAddress, from: index, of: count)
                    sum += function(a, b, c)
                    index += 8
                }
            }
        }
    }
    return sum.sum()
}

/// The sum of all elements, added up in `Double`.
package func sumInDouble(_ x: Span<Float>) -> Double {
    sumInDouble(x) { $0 }
}

/// The sum of the squares of all elements, added up in `Double`.
package func sumOfSquares(_ x: Span<Float>) -> Double {
    sumInDouble(x) { $0 * $0 }
}

/// The sum of a function, which must work lane by lane and give 0 for 0.
@inline(__always)
private func sumInDouble(_ x: Span<Float>, _ function: (SIMD4<Double>) -> SIMD4<Double>) -> Double {
    var (low, high) = (SIMD4<Double>(), SIMD4<Double>())
    let count = x.count
    // SAFETY: the address has `count` elements.
    unsafe x.withUnsafeBufferPointer { buffer in
        guard let address = buffer.baseAddress else { return }
        var index = 0
        while index < count {
            let vector = unsafe loadEight(address, from: index, of: count)
            low += function(SIMD4<Double>(vector.lowHalf))
            high += function(SIMD4<Double>(vector.highHalf))
            index += 8
        }
    }
    return (low + high).sum()
}

/// The sum of the squares of some of the elements of an array.
package func squaredNorm(of values: [Float], in places: Range<Int>) -> Float {
    let values = values.span.extracting(places)
    return sumEach(values, with: values) { $0 * $1 }
}
