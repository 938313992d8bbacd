/// Cuts text into datagrams between lines.
package enum DatagramPacking {
    /// The runs of whole lines that fit into datagrams of at most `byteLimit` bytes, as long as they can be.
    ///
    /// A single line that is longer gets a datagram of its own. Bytes behind the last line's end belong to the last run.
    package static func datagrams(in bytes: [UInt8], byteLimit: Int) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var start = 0
        var lineEnd = 0
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") || index == bytes.count - 1 {
            let end = index + 1
            if end - start > byteLimit && lineEnd > start {
                result.append(start..<lineEnd)
                start = lineEnd
            }
            lineEnd = end
        }
        if lineEnd > start { result.append(start..<lineEnd) }
        return result
    }
}
