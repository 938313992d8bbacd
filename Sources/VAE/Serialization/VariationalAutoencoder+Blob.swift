extension VariationalAutoencoder {
    private static let magic: StaticString = "HKVAE"
    /// The version that is written, and the only one that is read: the network of an earlier one is another.
    private static let version: UInt8 = 2

    /// The network as bytes: magic, version, shape, linear path, parameters, checksum. Directions and weights take half precision where
    /// that holds all of them, as after ``halved``.
    package func blob() -> [UInt8] {
        var writer = ByteWriter(magic: Self.magic)
        writer.write(Self.version)
        writer.write(shape.slotCount)
        writer.write(shape.channelCount)
        writer.write(shape.latentCount)
        writer.write(shape.hiddenCount)
        writer.write(shape.newestSlots)
        writer.write(shape.horizons.count)
        for horizon in shape.horizons { writer.write(horizon) }
        writer.write(linear.center)
        writer.write(linear.variances)
        writer.write(linear.residualVariance)
        let kept = ParameterLayout(shape).noise.lowerBound
        writer.writeCompactly(linear.directions)
        writer.writeCompactly(Array(parameters[..<kept]))
        writer.write(Array(parameters[kept...]))
        return writer.sealed()
    }

    /// The network that ``blob()`` wrote, to the last bit.
    /// - Throws: when the bytes are cut off, altered, of another version, or no network.
    package init(blob: [UInt8]) throws(BlobFailure) {
        var reader = try ByteReader(sealed: blob, magic: Self.magic)
        let version = try reader.readUInt8("version")
        guard version == Self.version else {
            throw .unexpected(
                value: "version", offset: reader.offset - 1, found: "\(version)", expected: "\(Self.version)")
        }
        let shape = try Self.readShape(from: &reader)
        let (center, variances) = (try reader.readFloats("center"), try reader.readFloats("variances"))
        let residualVariance = try reader.readFloat("residual variance")
        let directions = try reader.readCompactFloats("directions")
        let weights = try reader.readCompactFloats("weights")
        let parameters = weights + (try reader.readFloats("noise"))
        guard center.count == shape.inputCount, variances.count == shape.latentCount,
            directions.count == shape.inputCount * shape.latentCount,
            parameters.count == Self.parameterCount(of: shape), residualVariance > 0, residualVariance.isFinite,
            [center, variances, directions, parameters].allSatisfy({ $0.allSatisfy { $0.isFinite } })
        else { throw reader.failure("network", expected: "finite numbers, as many as its shape has") }
        try reader.finish()
        self.init(
            shape: shape,
            linear: LinearPath(
                center: center, directions: directions, variances: variances, residualVariance: residualVariance),
            parameters: parameters)
    }

    private static func readShape(from reader: inout ByteReader) throws(BlobFailure) -> NetworkShape {
        let counts = 1...NetworkShape.countLimit
        let slotCount = try reader.readInt("count of slots", in: counts)
        let channelCount = try reader.readInt("count of channels", in: counts)
        let latentCount = try reader.readInt("count of latent variables", in: counts)
        let hiddenCount = try reader.readInt("count of hidden units", in: counts)
        let newestSlots = try reader.readInt("count of newest slots", in: 1...slotCount)
        let horizonCount = try reader.readInt("count of horizons", in: 1...64)
        var horizons: [Int] = []
        for _ in 0..<horizonCount {
            let least = (horizons.last ?? 0) + 1
            guard least <= NetworkShape.countLimit else {
                throw reader.failure("horizon", expected: "none after one of \(NetworkShape.countLimit)")
            }
            horizons.append(try reader.readInt("horizon", in: least...NetworkShape.countLimit))
        }
        guard slotCount * channelCount <= NetworkShape.countLimit else {
            throw reader.failure("window", expected: "at most \(NetworkShape.countLimit) cells")
        }
        return NetworkShape(
            slotCount: slotCount, channelCount: channelCount, latentCount: latentCount, hiddenCount: hiddenCount,
            newestSlots: newestSlots, horizons: horizons)
    }
}
