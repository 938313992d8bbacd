/// The checksum CRC-32 (ISO 3309: the one of Ethernet, gzip and PNG), by table, eight bytes at a time.
package enum CRC32 {
    /// Table 0 is the checksum's change by one byte, table k that by one byte and k zero bytes behind it (8 × 256).
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
            tables[byte] = value
        }
        for index in 256..<tables.count {
            let previous = tables[index - 256]
            tables[index] = (previous >> 8) ^ tables[Int(previous & 0xFF)]
        }
        return tables
    }()

    /// The checksum of bytes.
    package static func checksum(of bytes: Span<UInt8>) -> UInt32 {
        let tableArray = tables
        let tables = tableArray.span
        var value: UInt32 = 0xFFFF_FFFF
        var index = 0
        while index + 8 <= bytes.count {
            let low = value ^ bytes.littleEndian32(at: index)
            let high = bytes.littleEndian32(at: index + 4)
            value =
                tables[7 * 256 + Int(low & 0xFF)] ^ tables[6 * 256 + Int(low >> 8 & 0xFF)]
                ^ tables[5 * 256 + Int(low >> 16 & 0xFF)] ^ tables[4 * 256 + Int(low >> 24)]
                ^ tables[3 * 256 + Int(high & 0xFF)] ^ tables[2 * 256 + Int(high >> 8 & 0xFF)]
                ^ tables[256 + Int(high >> 16 & 0xFF)] ^ tables[Int(high >> 24)]
            index += 8
        }
        while index < bytes.count {
            value = (value >> 8) ^ tables[Int((value ^ UInt32(bytes[index])) & 0xFF)]
            index += 1
        }
        return ~value
    }
}

extension Span<UInt8> {
    /// Four bytes from an offset as a number, the lowest first.
    func littleEndian32(at offset: Int) -> UInt32 {
        UInt32(self[offset]) | UInt32(self[offset + 1]) << 8 | UInt32(self[offset + 2]) << 16
            | UInt32(self[offset + 3]) << 24
    }

    /// Eight bytes from an offset as a number, the lowest first.
    func littleEndian64(at offset: Int) -> UInt64 {
        UInt64(littleEndian32(at: offset)) | UInt64(littleEndian32(at: offset + 4)) << 32
    }
}
