/// Turns a decimal mantissa and exponent into the nearest `Double` without big-number arithmetic.
///
/// The method is Eisel and Lemire's (Lemire 2021, "Number parsing at a gigabyte per second"): the mantissa is multiplied
/// with the leading 128 bits of the power of five, and that product decides the rounding in all but a few cases, which it
/// recognizes. The table holds exponents from −55 to 55, which are those whose power of five fits in 128 bits, so that it is
/// computed in a few lines instead of listed; what sensors send lies well inside.
struct PowersOfFive: Sendable {
    static let shared = PowersOfFive()
    static let exponentLimit = 55

    /// The leading 64 bits of each power, the topmost set, and the 64 bits below.
    private let high: [UInt64]
    private let low: [UInt64]

    private init() {
        var powers: [UInt128] = []
        var power: UInt128 = 1
        var positive: [UInt128] = [power]
        for _ in 0..<Self.exponentLimit {
            power *= 5
            positive.append(power)
        }
        for power in positive.dropFirst().reversed() {
            let normalized = power << UInt128(power.leadingZeroBitCount)
            // The reciprocal, rounded up as the method's proof asks for.
            powers.append(normalized.dividingFullWidth((high: 1 << 127, low: 0)).quotient + 1)
        }
        for power in positive { powers.append(power << UInt128(power.leadingZeroBitCount)) }
        high = powers.map { UInt64(truncatingIfNeeded: $0 >> 64) }
        low = powers.map { UInt64(truncatingIfNeeded: $0) }
    }

    /// `mantissa · 10^exponent` rounded to the nearest `Double`, ties to even; `nil` where this method cannot tell.
    ///
    /// The mantissa is not zero, and the exponent is at most ``exponentLimit`` either way.
    func value(mantissa: UInt64, exponent: Int) -> Double? {
        let shift = mantissa.leadingZeroBitCount
        let normalized = mantissa << UInt64(shift)
        let place = exponent + Self.exponentLimit
        var product = normalized.multipliedFullWidth(by: high[place])
        if product.high & 0x1FF == 0x1FF {
            let lower = normalized.multipliedFullWidth(by: low[place])
            let (sum, overflow) = product.low.addingReportingOverflow(lower.high)
            product.low = sum
            if overflow { product.high &+= 1 }
        }
        // Below 10^-27 the reciprocal is not exact enough to trust a product that is all ones.
        if product.low == .max, exponent < -27 { return nil }
        let upperBit = Int(product.high >> 63)
        let drop = UInt64(upperBit + 9)
        var significand = product.high >> drop
        // log2(10) · exponent, in fixed point, to the integer below.
        let binaryExponent = ((217_706 * exponent) >> 16) + 63 + upperBit - shift + 1_023
        // Halfway between two numbers, exactly: only short powers of five can be, and then the even one is taken.
        if product.low <= 1, exponent >= -4, exponent <= 23, significand & 3 == 1, significand << drop == product.high {
            significand &= ~1
        }
        significand += significand & 1
        significand >>= 1
        var biased = binaryExponent
        if significand >= 1 << 53 {
            significand = 1 << 52
            biased += 1
        }
        guard biased > 0, biased < 0x7FF else { return nil }
        return Double(bitPattern: UInt64(biased) << 52 | significand & (1 << 52 - 1))
    }
}
