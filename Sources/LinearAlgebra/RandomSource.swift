import RealModule

/// A seeded source of random numbers (SplitMix64; Steele, Lea and Flood 2014), the same on every machine.
///
/// It is the only randomness in Harken: whoever needs numbers is handed a source, and its seed is stored with the result.
package struct RandomSource: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A source that always gives the same numbers for the same seed.
    package init(seed: UInt64) {
        state = seed
    }

    /// The next 64 random bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number from 0 up to, not including, 1, evenly distributed.
    package mutating func uniform() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// A number from the standard normal distribution (Box and Muller 1958, the cosine half).
    package mutating func normal() -> Double {
        let u = 1 - uniform()
        return (-2 * Double.log(u)).squareRoot() * Double.cos(2 * .pi * uniform())
    }

    /// A whole number from 0 up to, not including, `count`, evenly distributed.
    package mutating func index(below count: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(count)).high)
    }
}
