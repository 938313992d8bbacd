extension ByteReader {
    /// Reads a network's parameters, of which there must be `count`, all finite; with `isCompact` those that
    /// ``ByteWriter/writeCompactly(_:)`` wrote.
    mutating func readParameters(count: Int, isCompact: Bool = false) throws(BlobFailure) -> [Float] {
        let start = offset
        let parameters = isCompact ? try readCompactFloats("parameters") : try readFloats("parameters")
        guard parameters.count == count else {
            throw .unexpected(
                value: "count of parameters", offset: start, found: "\(parameters.count)",
                expected: "\(count) for the shape")
        }
        if let index = parameters.firstIndex(where: { !$0.isFinite }) {
            throw .unexpected(
                value: "parameter \(index)", offset: isCompact ? start : start + 4 + 4 * index,
                found: "\(parameters[index])", expected: "a finite number")
        }
        return parameters
    }

    /// Reads a version byte, which must be one of these.
    package mutating func expect(_ versions: ClosedRange<UInt8>) throws(BlobFailure) -> UInt8 {
        let start = offset
        let found = try readUInt8("version")
        guard versions.contains(found) else {
            throw .unexpected(
                value: "version", offset: start, found: "\(found)",
                expected: "at most \(versions.upperBound); a later program wrote it, so update this one")
        }
        return found
    }

    /// The failure of a value that was just read and cannot be.
    package func failure(_ value: String, expected: String) -> BlobFailure {
        .unexpected(value: value, offset: offset, found: "something else", expected: expected)
    }
}
