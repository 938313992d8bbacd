/// Replaces each element by its hyperbolic tangent.
///
/// The error is at most 1e-6; the function is exactly odd, never leaves −1…1, and keeps NaN.
package func replaceByTanh(_ x: inout MutableSpan<Float>) {
    replaceEach(&x, hyperbolicTangent)
}

/// The hyperbolic tangent by a rational function of degree 13 over 6, with the coefficients of Eigen's `ptanh`.
@inline(__always)
func hyperbolicTangent(_ argument: SIMD8<Float>) -> SIMD8<Float> {
    // Beyond this the tangent is 1 to the last bit of a Float.
    let limit = SIMD8<Float>(repeating: 7.905_311)
    let x = argument.replacing(with: limit, where: argument .> limit).replacing(with: -limit, where: argument .< -limit)
    let square = x * x
    // Products and sums stay apart (no fused multiply-add): without one in hardware it would be a library call a lane.
    var numerator = SIMD8<Float>(repeating: -2.760_768_477_423_55e-16)
    numerator = numerator * square + 2.000_187_904_824_77e-13
    numerator = numerator * square - 8.604_671_522_137_35e-11
    numerator = numerator * square + 5.122_297_090_371_14e-08
    numerator = numerator * square + 1.485_722_357_179_79e-05
    numerator = numerator * square + 6.372_619_288_754_36e-04
    numerator = numerator * square + 4.893_524_558_917_86e-03
    var denominator = SIMD8<Float>(repeating: 1.198_258_394_667_02e-06)
    denominator = denominator * square + 1.185_347_056_866_54e-04
    denominator = denominator * square + 2.268_434_632_439_00e-03
    denominator = denominator * square + 4.893_525_185_543_85e-03
    let result = x * numerator / denominator
    // Rounding can leave the last bit above one.
    let one = SIMD8<Float>(repeating: 1)
    return result.replacing(with: one, where: result .> one).replacing(with: -one, where: result .< -one)
}
