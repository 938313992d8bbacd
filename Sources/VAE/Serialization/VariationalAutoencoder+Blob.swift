extension VariationalAutoencoder {
    private static let magic: StaticString = "HKVAE"
    /// The version that is written, and the only one so far that is read.
    private static let version: UInt8 = 1

    /// The network as bytes: magic, version, shape, parameters, checksum.
    package func blob() -> [UInt8] {
        var writer = ByteWriter(magic: Self.magic)
        writer.write(Self.version)
        writer.write(shape.inputCount)
        writer.write(shape.hiddenCount)
        writer.write(shape.latentCount)
        writer.write(shape.activation.rawValue)
        switch shape.outputNoise {
        case .learned: writer.write(Float(0))
        case .fixed(let variance): writer.write(variance)
        }
        writer.write(shape.outputKinds.map(\.rawValue))
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
        let shape = try Self.readShape(from: &reader)
        let parameters = try reader.readParameters(count: Self.parameterCount(of: shape))
        try reader.finish()
        self.init(shape: shape, parameters: parameters)
    }

    private static func readShape(from reader: inout ByteReader) throws(BlobFailure) -> NetworkShape {
        let counts = 1...NetworkShape.countLimit
        let inputCount = try reader.readInt("count of inputs", in: counts)
        let hiddenCount = try reader.readInt("count of hidden units", in: counts)
        let latentCount = try reader.readInt("count of latent variables", in: counts)
        let activationOffset = reader.offset
        let activationByte = try reader.readUInt8("activation")
        guard let activation = Activation(rawValue: activationByte) else {
            throw .unexpected(
                value: "activation", offset: activationOffset, found: "\(activationByte)", expected: "0 or 1")
        }
        let noiseOffset = reader.offset
        let variance = try reader.readFloat("output noise")
        guard variance >= 0, variance.isFinite else {
            throw .unexpected(
                value: "output noise", offset: noiseOffset, found: "\(variance)", expected: "0 or a positive variance")
        }
        let kindsOffset = reader.offset
        let kindBytes = try reader.readBytes("output kinds")
        guard kindBytes.count == inputCount else {
            throw .unexpected(
                value: "count of output kinds", offset: kindsOffset, found: "\(kindBytes.count)",
                expected: "\(inputCount)")
        }
        var kinds: [OutputKind] = []
        for (index, byte) in kindBytes.enumerated() {
            guard let kind = OutputKind(rawValue: byte) else {
                throw .unexpected(
                    value: "output kind \(index)", offset: kindsOffset + 4 + index, found: "\(byte)",
                    expected: "0 or 1")
            }
            kinds.append(kind)
        }
        return NetworkShape(
            inputCount: inputCount, hiddenCount: hiddenCount, latentCount: latentCount, activation: activation,
            outputKinds: kinds, outputNoise: variance == 0 ? .learned : .fixed(variance))
    }
}
