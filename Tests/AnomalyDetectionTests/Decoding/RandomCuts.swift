/// Seeded places at which to cut an input into chunks, and other small draws (SplitMix64).
struct RandomCuts {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func index(below count: Int) -> Int {
        Int(next() % UInt64(count))
    }

    /// Rising places from 0 to `count`, chunks of one byte and empty ones among them.
    mutating func cuts(of count: Int, meanLength: Int) -> [Int] {
        var cuts: [Int] = []
        var place = 0
        while true {
            place += index(below: 4) == 0 ? index(below: 3) : index(below: 2 * meanLength)
            if place >= count { return cuts }
            cuts.append(place)
        }
    }
}
