extension CausalForecaster {
    private static let magic: StaticString = "HKCAF"
    /// The version that is written, and the only one so far that is read.
    private static let version: UInt8 = 1

    /// The network as bytes: magic, version, shape, quantizers, parameters, checksum. Parameters take half precision where that holds
    /// all of them, as after ``halved``.
    package func blob() -> [UInt8] {
        var writer = ByteWriter(magic: Self.magic)
        encode(into: &writer)
        return writer.sealed()
    }

    /// The network that ``blob()`` wrote, to the last bit.
    /// - Throws: when the bytes are cut off, altered, of another version, or no network.
    package init(blob: [UInt8]) throws(BlobFailure) {
        var reader = try ByteReader(sealed: blob, magic: Self.magic)
        try self.init(from: &reader)
        try reader.finish()
    }

    /// Writes version, shape, quantizers and parameters, without a checksum of their own.
    package func encode(into writer: inout ByteWriter) {
        writer.write(Self.version)
        let counts = [
            shape.channelCount, shape.slotCount, shape.binCount, shape.width, shape.headCount, shape.blockCount,
        ]
        for count in counts { writer.write(UInt16(count)) }
        for quantizer in quantizers { quantizer.encode(into: &writer) }
        writer.writeCompactly(parameters)
    }

    /// Reads what ``encode(into:)`` wrote.
    /// - Throws: when the bytes are cut off, of another version, or no network.
    package init(from reader: inout ByteReader) throws(BlobFailure) {
        let version = try reader.readUInt8("version")
        guard version == Self.version else {
            throw .unexpected(
                value: "version", offset: reader.offset - 1, found: "\(version)", expected: "\(Self.version)")
        }
        let limits = Shape.limits
        let channelCount = try reader.readUInt16("count of channels", in: limits.channels)
        let slotCount = try reader.readUInt16("count of slots", in: limits.slots)
        let binCount = try reader.readUInt16("count of bins", in: ValueQuantizer.binCounts)
        let width = try reader.readUInt16("count of features", in: limits.width)
        let headCount = try reader.readUInt16("count of heads", in: 1...width)
        guard width.isMultiple(of: headCount) else {
            throw .unexpected(
                value: "count of heads", offset: reader.offset - 2, found: "\(headCount)",
                expected: "a divisor of \(width)")
        }
        let blockCount = try reader.readUInt16("count of blocks", in: limits.blocks)
        let shape = Shape(
            channelCount: channelCount, slotCount: slotCount, binCount: binCount, width: width, headCount: headCount,
            blockCount: blockCount)
        var quantizers: [ValueQuantizer] = []
        for _ in 0..<channelCount { quantizers.append(try ValueQuantizer(from: &reader, binCount: binCount)) }
        let parameters = try reader.readParameters(count: Self.parameterCount(of: shape), isCompact: true)
        self.init(shape: shape, quantizers: quantizers, parameters: parameters)
    }
}

extension ValueQuantizer {
    /// Writes the inner borders, counted in cells, the centers and the shares.
    fileprivate func encode(into writer: inout ByteWriter) {
        for edge in edgeCells.dropFirst().dropLast() { writer.write(UInt16(edge)) }
        for center in centers { writer.write(center) }
        for share in shares { writer.write(share) }
    }

    /// Reads what ``encode(into:)`` wrote.
    fileprivate init(from reader: inout ByteReader, binCount: Int) throws(BlobFailure) {
        var edgeCells = [0]
        for bin in 1..<binCount {
            // So many cells are left to the bins behind the edge.
            let last = Self.cellCount - (binCount - bin)
            edgeCells.append(try reader.readUInt16("edge of bin \(bin)", in: edgeCells[bin - 1] + 1...last))
        }
        edgeCells.append(Self.cellCount)
        let limit = Self.limit
        let centers = try reader.readFloats("center", count: binCount, in: -limit...limit)
        let shares = try reader.readFloats("share", count: binCount, in: Float.leastNonzeroMagnitude...1)
        self.init(edgeCells: edgeCells, centers: centers, shares: shares)
    }
}

extension ByteReader {
    /// Reads two bytes, whose number must lie in a range.
    fileprivate mutating func readUInt16(_ name: String, in range: ClosedRange<Int>) throws(BlobFailure) -> Int {
        let value = Int(try readUInt16(name))
        guard range.contains(value) else {
            throw .unexpected(
                value: name, offset: offset - 2, found: "\(value)",
                expected: "\(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// Reads so many numbers, four bytes each, which must lie in a range.
    fileprivate mutating func readFloats(
        _ name: String, count: Int, in range: ClosedRange<Float>
    ) throws(BlobFailure) -> [Float] {
        var values: [Float] = []
        for index in 0..<count {
            let value = try readFloat("\(name) \(index)")
            guard range.contains(value) else {
                throw .unexpected(
                    value: "\(name) \(index)", offset: offset - 4, found: "\(value)",
                    expected: "\(range.lowerBound) to \(range.upperBound)")
            }
            values.append(value)
        }
        return values
    }
}
