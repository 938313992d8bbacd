extension AdversarialAutoencoder {
    private static let magic: StaticString = "HKAAE"
    /// The version that is written, and the only one so far that is read.
    private static let version: UInt8 = 1

    /// The network as bytes: magic, version, shape, parameters, checksum.
    package func blob() -> [UInt8] {
        var writer = ByteWriter(magic: Self.magic)
        writer.write(Self.version)
        writer.write(shape.inputCount)
        writer.write(shape.hiddenCount)
        writer.write(shape.latentCount)
        writer.write(parameters)
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
        let counts = 1...NetworkShape.countLimit
        let inputCount = try reader.readInt("count of inputs", in: counts)
        let hiddenCount = try reader.readInt("count of hidden units", in: counts)
        let latentCount = try reader.readInt("count of latent variables", in: counts)
        let shape = Shape(inputCount: inputCount, hiddenCount: hiddenCount, latentCount: latentCount)
        let parameters = try reader.readParameters(count: Self.parameterCount(of: shape))
        try reader.finish()
        self.init(shape: shape, parameters: parameters)
    }
}
