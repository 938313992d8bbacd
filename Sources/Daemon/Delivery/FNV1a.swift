/// The hash function of Fowler, Noll and Vo (RFC 9923), in the two sizes that deliveries need.
///
/// It turns names into ids of one length that stay the same for ever; it keeps nothing secret.
enum FNV1a {
    /// 16 hexadecimal digits over parts that are kept apart.
    static func hex64(_ parts: [String]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in joined(parts) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return padded(String(hash, radix: 16), 16)
    }

    /// 32 hexadecimal digits over parts that are kept apart.
    static func hex128(_ parts: [String]) -> String {
        var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
        for byte in joined(parts) { hash = (hash ^ UInt128(byte)) &* 0x0000_0000_0100_0000_0000_0000_0000_013b }
        return padded(String(hash, radix: 16), 32)
    }

    /// 0xFF is no byte of UTF-8, so that ("a", "bc") and ("ab", "c") are different.
    private static func joined(_ parts: [String]) -> [UInt8] {
        parts.flatMap { Array($0.utf8) + [0xff] }
    }

    private static func padded(_ digits: String, _ width: Int) -> String {
        String(repeating: "0", count: width - digits.count) + digits
    }
}
