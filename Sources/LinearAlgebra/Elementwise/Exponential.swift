/// Replaces each element by its exponential.
///
/// The relative error is at most 2e-7. The argument is first brought into −87…88, where the result is an ordinary
/// positive number; NaN is kept.
package func replaceByExp(_ x: inout MutableSpan<Float>) {
    replaceEach(&x, exponential)
}

/// The exponential as 2ⁿ · eʳ with |r| ≤ ln 2 / 2, eʳ by the polynomial of Cephes' `expf`.
@inline(__always)
func exponential(_ argument: SIMD8<Float>) -> SIMD8<Float> {
    let (low, high) = (SIMD8<Float>(repeating: -87), SIMD8<Float>(repeating: 88))
    let below = argument.replacing(with: high, where: argument .> high)
    let x = below.replacing(with: low, where: below .< low)
    // Adding 1.5 · 2²³ leaves a whole number in the last bits of the sum: rounding without a library call a lane.
    let rounder = SIMD8<Float>(repeating: 12_582_912)
    let shifted = x * 1.442_695_04 + rounder
    let n = shifted - rounder
    // ln 2 in two parts, the first short enough for n times it to be exact.
    let r = x - n * 0.693_359_375 - n * -2.121_944_40e-4
    var polynomial = SIMD8<Float>(repeating: 1.987_569_15e-4)
    polynomial = polynomial * r + 1.398_199_95e-3
    polynomial = polynomial * r + 8.333_451_91e-3
    polynomial = polynomial * r + 4.166_579_59e-2
    polynomial = polynomial * r + 1.666_666_55e-1
    polynomial = polynomial * r + 5.000_000_12e-1
    polynomial = polynomial * (r * r) + r + 1
    // n, from the last bits of the sum, goes into the exponent of a Float.
    // SAFETY: both vectors are eight lanes of four bytes, and every pattern of bits is a value of either.
    let bits = unsafe unsafeBitCast(shifted, to: SIMD8<UInt32>.self)
    let exponent = ((bits &- 0x4B40_0000) &+ 127) &<< 23
    return unsafe polynomial * unsafeBitCast(exponent, to: SIMD8<Float>.self)
}
