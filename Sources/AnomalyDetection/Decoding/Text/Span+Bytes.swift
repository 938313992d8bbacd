/// The bytes that the text formats give a meaning.
enum Ascii {
    static var tab: UInt8 { 0x09 }
    static var newline: UInt8 { 0x0A }
    static var carriageReturn: UInt8 { 0x0D }
    static var space: UInt8 { 0x20 }
    static var quote: UInt8 { 0x22 }
    static var hash: UInt8 { 0x23 }
    static var plus: UInt8 { 0x2B }
    static var comma: UInt8 { 0x2C }
    static var minus: UInt8 { 0x2D }
    static var dot: UInt8 { 0x2E }
    static var zero: UInt8 { 0x30 }
    static var colon: UInt8 { 0x3A }
    static var semicolon: UInt8 { 0x3B }
    static var equals: UInt8 { 0x3D }
    static var backslash: UInt8 { 0x5C }
    static var openBrace: UInt8 { 0x7B }
    static var closeBrace: UInt8 { 0x7D }
}

extension Span where Element == UInt8 {
    /// The eight bytes from this place, the first one lowest.
    @inline(__always)
    func word(at index: Int) -> UInt64 {
        // SAFETY: the load checks its bounds itself (a precondition of the standard library), and every pattern of bits
        // is a UInt64; it is called unsafe only because it would also load types for which that is not so.
        UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    /// The place of the first such byte from `start` up to `end`, or `end`.
    @inline(__always)
    func first(_ byte: UInt8, from start: Int, to end: Int) -> Int {
        var index = start
        let pattern = UInt64(byte) &* 0x0101_0101_0101_0101
        while index &+ 8 <= end {
            let found = zeroBytes(word(at: index) ^ pattern)
            if found != 0 { return index &+ found.trailingZeroBitCount >> 3 }
            index &+= 8
        }
        while index < end, self[index] != byte { index &+= 1 }
        return index
    }

    /// The place of the first byte that is either of two from `start` up to `end`, or `end`.
    @inline(__always)
    func first(_ byte: UInt8, or other: UInt8, from start: Int, to end: Int) -> Int {
        var index = start
        let pattern = UInt64(byte) &* 0x0101_0101_0101_0101
        let otherPattern = UInt64(other) &* 0x0101_0101_0101_0101
        while index &+ 8 <= end {
            let next = word(at: index)
            let found = zeroBytes(next ^ pattern) | zeroBytes(next ^ otherPattern)
            if found != 0 { return index &+ found.trailingZeroBitCount >> 3 }
            index &+= 8
        }
        while index < end, self[index] != byte, self[index] != other { index &+= 1 }
        return index
    }

    /// Whether `range` of these bytes equals `otherRange` of others.
    @inline(__always)
    func equals(_ range: Range<Int>, _ other: Span<UInt8>, _ otherRange: Range<Int>) -> Bool {
        guard range.count == otherRange.count else { return false }
        var index = range.lowerBound
        var otherIndex = otherRange.lowerBound
        while index &+ 8 <= range.upperBound {
            guard word(at: index) == other.word(at: otherIndex) else { return false }
            index &+= 8
            otherIndex &+= 8
        }
        while index < range.upperBound {
            guard self[index] == other[otherIndex] else { return false }
            index &+= 1
            otherIndex &+= 1
        }
        return true
    }

    /// Whether `range` of these bytes sorts before `otherRange` of others, byte by byte.
    func precedes(_ range: Range<Int>, _ other: Span<UInt8>, _ otherRange: Range<Int>) -> Bool {
        for offset in 0..<Swift.min(range.count, otherRange.count) {
            let left = self[range.lowerBound + offset]
            let right = other[otherRange.lowerBound + offset]
            if left != right { return left < right }
        }
        return range.count < otherRange.count
    }

    /// A hash of all the bytes, the same in every run: a multiply and a fold for each eight bytes.
    @inline(__always)
    func nameHash() -> UInt32 {
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: count)
        var index = 0
        while index &+ 8 <= count {
            hash = fold(hash ^ word(at: index))
            index &+= 8
        }
        var rest: UInt64 = 0
        while index < count {
            rest = rest << 8 | UInt64(self[index])
            index &+= 1
        }
        hash = fold(hash ^ rest)
        return UInt32(truncatingIfNeeded: hash ^ hash >> 32)
    }

    /// `range` without the spaces and tabs at its ends.
    @inline(__always)
    func trimming(_ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, isBlank(self[start]) { start &+= 1 }
        while end > start, isBlank(self[end &- 1]) { end &-= 1 }
        return start..<end
    }

    /// The text of a range; what is not UTF-8 is repaired.
    func text(_ range: Range<Int>) -> String {
        // Only reached for text that is kept or shown, never once a reading.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        for index in range { bytes.append(self[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Whether a byte is a space or a tab.
@inline(__always)
func isBlank(_ byte: UInt8) -> Bool {
    byte == Ascii.space || byte == Ascii.tab
}

/// The high bit of every byte of a word that is zero; bytes above the first such one may be marked falsely.
@inline(__always)
private func zeroBytes(_ word: UInt64) -> UInt64 {
    (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
}

/// Mixes a word by multiplying it with an odd constant and folding the product's halves together.
@inline(__always)
private func fold(_ word: UInt64) -> UInt64 {
    let product = word.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
    return product.high ^ product.low
}
