/// Why bytes are not the blob that they should be.
package enum BlobFailure: Error, Equatable, CustomStringConvertible {
    /// The bytes end before the value does.
    case truncated(value: String, offset: Int, neededByteCount: Int, availableByteCount: Int)
    /// The value cannot be what was written there.
    case unexpected(value: String, offset: Int, found: String, expected: String)
    /// A byte is not the one that was written.
    case wrongChecksum(stored: UInt32, computed: UInt32)
    /// Bytes are left over behind the last value.
    case trailingBytes(offset: Int, byteCount: Int)

    package var description: String {
        switch self {
        case .truncated(let value, let offset, let needed, let available):
            "the blob is cut off: \(value) at byte \(offset) takes \(needed) bytes, \(available) are left"
        case .unexpected(let value, let offset, let found, let expected):
            "\(value) at byte \(offset) of the blob is \(found), expected \(expected)"
        case .wrongChecksum(let stored, let computed):
            "the blob is damaged: its checksum is \(hexadecimal(stored)), its bytes have \(hexadecimal(computed)); "
                + "restore it from a backup or train anew"
        case .trailingBytes(let offset, let byteCount):
            "the blob has \(byteCount) bytes too many, from byte \(offset) on"
        }
    }
}

private func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
}
