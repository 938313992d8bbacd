/// Reads the values that a ``ByteWriter`` wrote, in the same order.
///
/// Nothing that the bytes say is believed before it is checked: a count is compared with what is left before anything is
/// allocated for it. Each value is read under its name, which the error for it says.
package struct ByteReader: Sendable {
    private let bytes: [UInt8]
    /// Where the values end; behind it a sealed blob has its checksum.
    private let end: Int
    /// The place of the next byte.
    package private(set) var offset = 0
    /// How many bytes are left.
    package var remainingByteCount: Int { end - offset }

    /// A reader of bytes that have neither magic nor checksum.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        end = bytes.count
    }

    /// A reader of a blob that ``ByteWriter/sealed()`` completed, past its magic.
    /// - Throws: when the blob begins with something else, is too short, or its checksum is wrong.
    package init(sealed bytes: [UInt8], magic: StaticString) throws(BlobFailure) {
        let magicBytes = Array(magic.description.utf8)
        let found = bytes.prefix(magicBytes.count)
        guard found.elementsEqual(magicBytes.prefix(found.count)) else {
            throw .unexpected(
                value: "magic", offset: 0, found: "\(Array(found))", expected: "\(magicBytes) (\(magic))")
        }
        let leastCount = magicBytes.count + 4
        guard bytes.count >= leastCount else {
            throw .truncated(
                value: "magic and checksum", offset: 0, neededByteCount: leastCount, availableByteCount: bytes.count)
        }
        self.bytes = bytes
        end = bytes.count - 4
        offset = magicBytes.count
        let stored = bytes.span.littleEndian32(at: end)
        let computed = CRC32.checksum(of: bytes.span.extracting(0..<end))
        guard stored == computed else { throw .wrongChecksum(stored: stored, computed: computed) }
    }

    /// Reads one byte.
    package mutating func readUInt8(_ name: String) throws(BlobFailure) -> UInt8 {
        bytes[try advance(by: 1, name)]
    }

    /// Reads one byte, which must be 0 or 1.
    package mutating func readBool(_ name: String) throws(BlobFailure) -> Bool {
        let start = offset
        let byte = try readUInt8(name)
        guard byte <= 1 else { throw .unexpected(value: name, offset: start, found: "\(byte)", expected: "0 or 1") }
        return byte == 1
    }

    /// Reads two bytes.
    package mutating func readUInt16(_ name: String) throws(BlobFailure) -> UInt16 {
        let start = try advance(by: 2, name)
        return UInt16(bytes[start]) | UInt16(bytes[start + 1]) << 8
    }

    /// Reads four bytes.
    package mutating func readUInt32(_ name: String) throws(BlobFailure) -> UInt32 {
        let start = try advance(by: 4, name)
        return bytes.span.littleEndian32(at: start)
    }

    /// Reads eight bytes.
    package mutating func readUInt64(_ name: String) throws(BlobFailure) -> UInt64 {
        let start = try advance(by: 8, name)
        return bytes.span.littleEndian64(at: start)
    }

    /// Reads four bytes.
    package mutating func readInt32(_ name: String) throws(BlobFailure) -> Int32 {
        Int32(bitPattern: try readUInt32(name))
    }

    /// Reads eight bytes.
    package mutating func readInt64(_ name: String) throws(BlobFailure) -> Int64 {
        Int64(bitPattern: try readUInt64(name))
    }

    /// Reads eight bytes.
    package mutating func readInt(_ name: String) throws(BlobFailure) -> Int {
        Int(try readInt64(name))
    }

    /// Reads eight bytes, whose number must lie in a range.
    package mutating func readInt(_ name: String, in range: ClosedRange<Int>) throws(BlobFailure) -> Int {
        let start = offset
        let value = try readInt(name)
        guard range.contains(value) else {
            throw .unexpected(
                value: name, offset: start, found: "\(value)", expected: "\(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// Reads four bytes, bit for bit.
    package mutating func readFloat(_ name: String) throws(BlobFailure) -> Float {
        Float(bitPattern: try readUInt32(name))
    }

    /// Reads eight bytes, bit for bit.
    package mutating func readDouble(_ name: String) throws(BlobFailure) -> Double {
        Double(bitPattern: try readUInt64(name))
    }

    /// Reads the count of elements, each of which takes at least so many bytes; it is not larger than what is left allows.
    package mutating func readCount(_ name: String, elementByteCount: Int = 1) throws(BlobFailure) -> Int {
        let start = offset
        let count = Int(try readUInt32("count of \(name)"))
        let (needed, overflow) = count.multipliedReportingOverflow(by: max(elementByteCount, 1))
        guard !overflow, needed <= remainingByteCount else {
            throw .truncated(
                value: name, offset: start, neededByteCount: overflow ? .max : needed,
                availableByteCount: remainingByteCount)
        }
        return count
    }

    /// Reads a string, which must be UTF-8.
    package mutating func readString(_ name: String) throws(BlobFailure) -> String {
        let start = offset
        let text = try readBytes(name)
        guard let string = String(validating: text, as: UTF8.self) else {
            throw .unexpected(value: name, offset: start, found: "bytes that are no text", expected: "UTF-8")
        }
        return string
    }

    /// Reads bytes.
    package mutating func readBytes(_ name: String) throws(BlobFailure) -> [UInt8] {
        let count = try readCount(name)
        let start = try advance(by: count, name)
        return Array(bytes[start..<start + count])
    }

    /// Reads numbers, bit for bit.
    package mutating func readFloats(_ name: String) throws(BlobFailure) -> [Float] {
        let count = try readCount(name, elementByteCount: 4)
        let start = try advance(by: 4 * count, name)
        let span = bytes.span
        return (0..<count).map { Float(bitPattern: span.littleEndian32(at: start + 4 * $0)) }
    }

    /// Reads the numbers that ``ByteWriter/writeCompactly(_:)`` wrote, bit for bit.
    package mutating func readCompactFloats(_ name: String) throws(BlobFailure) -> [Float] {
        guard try readBool("precision of \(name)") else { return try readFloats(name) }
        let count = try readCount(name, elementByteCount: 2)
        let start = try advance(by: 2 * count, name)
        let span = bytes.span
        return (0..<count).map {
            let bits = UInt16(span[start + 2 * $0]) | UInt16(span[start + 2 * $0 + 1]) << 8
            return Float(Float16(bitPattern: bits))
        }
    }

    /// Reads numbers, bit for bit.
    package mutating func readDoubles(_ name: String) throws(BlobFailure) -> [Double] {
        let count = try readCount(name, elementByteCount: 8)
        let start = try advance(by: 8 * count, name)
        let span = bytes.span
        return (0..<count).map { Double(bitPattern: span.littleEndian64(at: start + 8 * $0)) }
    }

    /// Reads whole numbers, eight bytes each.
    package mutating func readInts(_ name: String) throws(BlobFailure) -> [Int] {
        let count = try readCount(name, elementByteCount: 8)
        let start = try advance(by: 8 * count, name)
        let span = bytes.span
        return (0..<count).map { Int(Int64(bitPattern: span.littleEndian64(at: start + 8 * $0))) }
    }

    /// Says that everything was read.
    /// - Throws: ``BlobFailure/trailingBytes(offset:byteCount:)`` when something is left.
    package func finish() throws(BlobFailure) {
        guard remainingByteCount == 0 else { throw .trailingBytes(offset: offset, byteCount: remainingByteCount) }
    }

    /// Passes bytes and gives the place of the first of them.
    private mutating func advance(by byteCount: Int, _ name: String) throws(BlobFailure) -> Int {
        guard byteCount <= remainingByteCount else {
            throw .truncated(
                value: name, offset: offset, neededByteCount: byteCount, availableByteCount: remainingByteCount)
        }
        defer { offset += byteCount }
        return offset
    }
}
