/// Writes values as bytes, the lowest first; ``ByteReader`` reads them in the same order.
///
/// Strings and arrays begin with their count as four bytes; strings count and store their UTF-8.
package struct ByteWriter: Sendable {
    /// What was written.
    package private(set) var bytes: [UInt8] = []

    /// A writer of nothing yet.
    package init() {}

    /// A writer of a blob that says what it is: the magic's ASCII bytes come first. ``sealed()`` completes it.
    package init(magic: StaticString) {
        bytes = Array(magic.description.utf8)
    }

    /// Writes one byte.
    package mutating func write(_ value: UInt8) { bytes.append(value) }

    /// Writes one byte, 1 for true.
    package mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }

    /// Writes two bytes.
    package mutating func write(_ value: UInt16) { writeBytes(of: value) }

    /// Writes four bytes.
    package mutating func write(_ value: UInt32) { writeBytes(of: value) }

    /// Writes eight bytes.
    package mutating func write(_ value: UInt64) { writeBytes(of: value) }

    /// Writes four bytes.
    package mutating func write(_ value: Int32) { writeBytes(of: value) }

    /// Writes eight bytes.
    package mutating func write(_ value: Int64) { writeBytes(of: value) }

    /// Writes eight bytes.
    package mutating func write(_ value: Int) { writeBytes(of: Int64(value)) }

    /// Writes four bytes, bit for bit.
    package mutating func write(_ value: Float) { writeBytes(of: value.bitPattern) }

    /// Writes eight bytes, bit for bit.
    package mutating func write(_ value: Double) { writeBytes(of: value.bitPattern) }

    /// Writes the count of the string's UTF-8 and then that.
    package mutating func write(_ value: String) { write(Array(value.utf8)) }

    /// Writes the count and then the bytes.
    package mutating func write(_ values: [UInt8]) {
        writeCount(values.count)
        bytes.append(contentsOf: values)
    }

    /// Writes the count and then the numbers, bit for bit.
    package mutating func write(_ values: [Float]) {
        writeCount(values.count)
        bytes.reserveCapacity(bytes.count + 4 * values.count)
        for value in values { writeBytes(of: value.bitPattern) }
    }

    /// Writes the count and then the numbers, bit for bit.
    package mutating func write(_ values: [Double]) {
        writeCount(values.count)
        bytes.reserveCapacity(bytes.count + 8 * values.count)
        for value in values { writeBytes(of: value.bitPattern) }
    }

    /// Writes numbers so that they are read back bit for bit: two bytes each where half precision holds all of them, else four.
    package mutating func writeCompactly(_ values: [Float]) {
        let isHalf = values.allSatisfy { Float(Float16($0)) == $0 }
        write(isHalf)
        guard isHalf else { return write(values) }
        writeCount(values.count)
        bytes.reserveCapacity(bytes.count + 2 * values.count)
        for value in values { writeBytes(of: Float16(value).bitPattern) }
    }

    /// Writes the count and then the numbers, eight bytes each.
    package mutating func write(_ values: [Int]) {
        writeCount(values.count)
        for value in values { write(value) }
    }

    /// Writes the count of elements that the caller writes next, as four bytes; ``ByteReader/readCount(_:elementByteCount:)``
    /// reads it. Traps over 2³² − 1.
    package mutating func writeCount(_ count: Int) { writeBytes(of: UInt32(count)) }

    /// All bytes and behind them their CRC-32; what a ``ByteReader/init(sealed:magic:)`` takes.
    package consuming func sealed() -> [UInt8] {
        write(CRC32.checksum(of: bytes.span))
        return bytes
    }

    private mutating func writeBytes<Value: FixedWidthInteger>(of value: Value) {
        var rest = value
        for _ in 0..<Value.bitWidth / 8 {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }
}
