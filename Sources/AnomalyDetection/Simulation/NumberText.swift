/// Numbers in decimal, written digit by digit.
enum NumberText {
    /// Writes a whole number.
    static func append(_ number: Int64, to bytes: inout [UInt8]) {
        append(number, decimals: 0, to: &bytes)
    }

    /// Writes a number with a fixed count of digits behind the point, 0 to 3.
    ///
    /// Precondition: the number times 1000 fits into 63 bits; the magnitudes that a plan accepts keep it far below.
    static func append(_ number: Double, decimals: Int, to bytes: inout [UInt8]) {
        append(Int64((number * Simulator.powersOfTen[decimals]).rounded()), decimals: decimals, to: &bytes)
    }

    /// Writes `number` / 10^`decimals`.
    private static func append(_ number: Int64, decimals: Int, to bytes: inout [UInt8]) {
        // 19 digits, and the point.
        var buffer = InlineArray<20, UInt8>(repeating: UInt8(ascii: "0"))
        var start = 20
        var rest = number.magnitude
        var digitCount = 0
        while rest > 0 || digitCount <= decimals {
            if digitCount == decimals && decimals > 0 {
                start -= 1
                buffer[start] = UInt8(ascii: ".")
            }
            start -= 1
            buffer[start] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
            digitCount += 1
        }
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        for index in start..<20 { bytes.append(buffer[index]) }
    }
}
