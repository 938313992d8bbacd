import RealModule

/// Replaces numbers by their softmax, e^(scale · x) / Σ e^(scale · x), and gives the logarithm of that sum.
///
/// The largest number is taken off first, so nothing overflows; the relative error is a few 1e-7. Traps when there are
/// no numbers.
@discardableResult
package func replaceBySoftmax(_ x: inout MutableSpan<Float>, scale: Float = 1) -> Float {
    precondition(!x.isEmpty, "the softmax of nothing")
    let wholeEnd = x.count - x.count % 8
    let largest = scale * largestElement(x.span, wholeEnd: wholeEnd)

    var sums = SIMD8<Float>()
    var whole = x._mutatingExtracting(0..<wholeEnd)
    replaceEach(&whole) { x in
        let power = exponential(scale * x - largest)
        sums += power
        return power
    }
    var sum = sums.sum()
    var rest = SIMD8<Float>()
    for index in wholeEnd..<x.count { rest[index - wholeEnd] = x[index] }
    rest = exponential(scale * rest - largest)
    for index in wholeEnd..<x.count {
        x[index] = rest[index - wholeEnd]
        sum += x[index]
    }
    let factor = 1 / sum
    replaceEach(&x) { $0 * factor }
    return largest + Float.log(sum)
}

private func largestElement(_ x: Span<Float>, wholeEnd: Int) -> Float {
    var lanes = SIMD8<Float>(repeating: -.infinity)
    let whole = x.extracting(0..<wholeEnd)
    _ = sumEach(whole, with: whole) { x, _ in
        lanes = lanes.replacing(with: x, where: x .> lanes)
        return SIMD8()
    }
    var largest = lanes.max()
    for index in wholeEnd..<x.count { largest = max(largest, x[index]) }
    return largest
}
