package import VAE

/// The parts of a model as bytes: a tag for the kind, then what the kind needs.
enum EvidenceBlob {
    private static let cellLimit = 65_536

    /// The tag that stands before a part of a kind; never reused for another.
    static func tag(of kind: EvidenceKind) -> UInt8 {
        switch kind {
        // 1 was a network with an output noise of its own, 7 one that counted in full.
        case .reconstruction: 8
        case .linear: 2
        case .novelty: 3
        case .stuck: 4
        case .memory: 5
        case .forecast: 6
        }
    }

    /// Reads a tag and the part behind it; `channelCount` is the model's.
    static func decodePart(_ reader: inout ByteReader, channelCount: Int) throws(BlobFailure) -> any EvidencePart {
        switch try reader.readUInt8("kind of evidence") {
        case 1: try Reconstruction(fromFirst: &reader, channelCount: channelCount)
        case 2: try LinearWindowModel(from: &reader, channelCount: channelCount)
        case 3: try Novelty(from: &reader, channelCount: channelCount)
        case 4: try Stuck(from: &reader, channelCount: channelCount)
        case 5: try Memory(from: &reader, channelCount: channelCount)
        case 6: try Forecast(from: &reader, channelCount: channelCount)
        case 7: try Reconstruction(from: &reader, channelCount: channelCount, hasWeight: false)
        case 8: try Reconstruction(from: &reader, channelCount: channelCount)
        default: throw reader.failure("kind of evidence", expected: "1 to 8")
        }
    }

    static func encode(_ layout: WindowLayout, into writer: inout ByteWriter) {
        writer.write(layout.length)
        writer.write(layout.channels.count)
        for channel in layout.channels { writer.write(channel) }
    }

    static func decodeLayout(_ reader: inout ByteReader, channelCount: Int) throws(BlobFailure) -> WindowLayout {
        let length = try reader.readInt("window length", in: 1...cellLimit)
        let count = try reader.readInt("count of window channels", in: 1...max(1, channelCount))
        var channels: [Int] = []
        for _ in 0..<count {
            let channel = try reader.readInt("window channel", in: 0...max(0, channelCount - 1))
            guard channel > channels.last ?? -1 else {
                throw reader.failure("window channel", expected: "ascending channels")
            }
            channels.append(channel)
        }
        guard length * count <= cellLimit else {
            throw reader.failure("window", expected: "at most \(cellLimit) cells")
        }
        return WindowLayout(length: length, channels: channels)
    }
}

extension Reconstruction {
    package func encode(into writer: inout ByteWriter) {
        writer.write(EvidenceBlob.tag(of: kind))
        EvidenceBlob.encode(layout, into: &writer)
        writer.write(scale)
        writer.write(weight)
        writer.write(deviations)
        switch network {
        case .variational(let network):
            writer.write(UInt8(0))
            writer.write(network.blob())
        case .adversarial(let network):
            writer.write(UInt8(1))
            writer.write(network.blob())
        }
    }

    /// Reads a network; one without a weight was stored when all counted in full.
    init(from reader: inout ByteReader, channelCount: Int, hasWeight: Bool = true) throws(BlobFailure) {
        let layout = try EvidenceBlob.decodeLayout(&reader, channelCount: channelCount)
        let scale = try reader.readFloat("scale")
        let weight = hasWeight ? try reader.readFloat("weight") : 1
        let deviations = try reader.readFloats("deviations")
        let network: Network
        switch try reader.readUInt8("kind of network") {
        case 0: network = .variational(try VariationalAutoencoder(blob: try reader.readBytes("network")))
        case 1: network = .adversarial(try AdversarialAutoencoder(blob: try reader.readBytes("network")))
        default: throw reader.failure("kind of network", expected: "0 or 1")
        }
        guard network.inputCount == layout.width, deviations.count == layout.width else {
            throw reader.failure("network", expected: "one for windows of \(layout.width) cells")
        }
        self.init(network: network, layout: layout, deviations: deviations, scale: scale, weight: weight)
    }

    /// Reads the first form, in which the deviations were the output noise that the network learned.
    init(fromFirst reader: inout ByteReader, channelCount: Int) throws(BlobFailure) {
        let layout = try EvidenceBlob.decodeLayout(&reader, channelCount: channelCount)
        let scale = try reader.readFloat("scale")
        let network = try VariationalAutoencoder(blob: try reader.readBytes("network"))
        guard network.shape.inputCount == layout.width else {
            throw reader.failure("network", expected: "one for windows of \(layout.width) cells")
        }
        self.init(
            network: .variational(network), layout: layout,
            deviations: network.outputVariances.map { $0.squareRoot() }, scale: scale)
    }
}

extension LinearWindowModel {
    package func encode(into writer: inout ByteWriter) {
        writer.write(EvidenceBlob.tag(of: kind))
        EvidenceBlob.encode(layout, into: &writer)
        writer.write(weight)
        writer.write(scale)
        writer.write(insideScale)
        writer.write(outsideScale)
        writer.write(mean)
        writer.write(directions)
        writer.write(deviations)
        writer.write(residualDeviations)
    }

    init(from reader: inout ByteReader, channelCount: Int) throws(BlobFailure) {
        let layout = try EvidenceBlob.decodeLayout(&reader, channelCount: channelCount)
        let (weight, scale) = (try reader.readFloat("weight"), try reader.readFloat("scale"))
        let (insideScale, outsideScale) = (try reader.readFloat("inside scale"), try reader.readFloat("outside scale"))
        let (mean, directions) = (try reader.readFloats("mean"), try reader.readFloats("directions"))
        let deviations = try reader.readFloats("deviations")
        let residualDeviations = try reader.readFloats("residual deviations")
        guard mean.count == layout.width, residualDeviations.count == layout.width, !deviations.isEmpty,
            directions.count == deviations.count * layout.width
        else { throw reader.failure("linear model", expected: "one of \(layout.width) cells") }
        self.init(
            layout: layout, weight: weight, scale: scale, mean: mean, directions: directions, deviations: deviations,
            residualDeviations: residualDeviations, insideScale: insideScale, outsideScale: outsideScale)
    }
}

extension Novelty {
    package func encode(into writer: inout ByteWriter) {
        writer.write(EvidenceBlob.tag(of: kind))
        writer.write(scale)
        writer.write(tolerances)
        for values in knownValues { writer.write(values) }
        for reports in shouldReport { writer.write(reports) }
    }

    init(from reader: inout ByteReader, channelCount: Int) throws(BlobFailure) {
        let scale = try reader.readFloat("scale")
        let tolerances = try reader.readFloats("tolerances")
        guard tolerances.count == channelCount else { throw reader.failure("tolerances", expected: "\(channelCount)") }
        var knownValues: [[Float]] = []
        for _ in 0..<channelCount { knownValues.append(try reader.readFloats("known values")) }
        var shouldReport: [Bool] = []
        for _ in 0..<channelCount { shouldReport.append(try reader.readBool("reporting")) }
        self.init(
            channelCount: channelCount, knownValues: knownValues, tolerances: tolerances, shouldReport: shouldReport)
        self.scale = scale
    }
}

extension Stuck {
    package func encode(into writer: inout ByteWriter) {
        writer.write(EvidenceBlob.tag(of: kind))
        EvidenceBlob.encode(layout, into: &writer)
        writer.write(scale)
        writer.write(restMovements)
    }

    init(from reader: inout ByteReader, channelCount: Int) throws(BlobFailure) {
        let layout = try EvidenceBlob.decodeLayout(&reader, channelCount: channelCount)
        let (scale, restMovements) = (try reader.readFloat("scale"), try reader.readFloats("rest movements"))
        guard layout == Stuck.layout(of: layout.channels), restMovements.count == layout.channels.count else {
            throw reader.failure("rest movements", expected: "\(layout.channels.count)")
        }
        self.init(channels: layout.channels, restMovements: restMovements)
        self.scale = scale
    }
}

extension Memory {
    package func encode(into writer: inout ByteWriter) {
        writer.write(EvidenceBlob.tag(of: kind))
        EvidenceBlob.encode(layout, into: &writer)
        writer.write(form.rawValue)
        writer.write(scale)
        writer.write(mean)
        writer.write(directions)
        writer.write(remembered)
        writer.write(energies)
    }

    init(from reader: inout ByteReader, channelCount: Int) throws(BlobFailure) {
        let layout = try EvidenceBlob.decodeLayout(&reader, channelCount: channelCount)
        guard let form = Form(rawValue: try reader.readUInt8("form")) else {
            throw reader.failure("form", expected: "0 to \(Form.allCases.count - 1)")
        }
        let scale = try reader.readFloat("scale")
        let (mean, directions) = (try reader.readFloats("mean"), try reader.readFloats("directions"))
        let (remembered, energies) = (try reader.readFloats("remembered windows"), try reader.readFloats("energies"))
        let dimensions = directions.count / layout.width
        guard mean.count == layout.width, dimensions > 0, directions.count == dimensions * layout.width,
            !energies.isEmpty, remembered.count == energies.count * dimensions
        else { throw reader.failure("memory", expected: "one of windows of \(layout.width) cells") }
        self.init(
            layout: layout, form: form, scale: scale, mean: mean, directions: directions, remembered: remembered,
            energies: energies)
    }
}

extension Forecast {
    package func encode(into writer: inout ByteWriter) {
        writer.write(EvidenceBlob.tag(of: kind))
        EvidenceBlob.encode(layout, into: &writer)
        writer.write(horizon)
        writer.write(lagCount)
        writer.write(weight)
        writer.write(scale)
        writer.write(coefficients)
        writer.write(constants)
        writer.write(deviations)
    }

    init(from reader: inout ByteReader, channelCount: Int) throws(BlobFailure) {
        let layout = try EvidenceBlob.decodeLayout(&reader, channelCount: channelCount)
        let horizon = try reader.readInt("horizon", in: 1...layout.length)
        let lagCount = try reader.readInt("lags", in: 1...layout.length)
        let (weight, scale) = (try reader.readFloat("weight"), try reader.readFloat("scale"))
        let (coefficients, constants) = (try reader.readFloats("coefficients"), try reader.readFloats("constants"))
        let deviations = try reader.readFloats("deviations")
        let count = layout.channels.count
        guard layout == Self.layout(of: layout.channels, horizon: horizon, lagCount: lagCount),
            coefficients.count == lagCount * count * count, constants.count == count, deviations.count == count
        else { throw reader.failure("forecast", expected: "one of windows of \(layout.width) cells") }
        self.init(
            channels: layout.channels, horizon: horizon, lagCount: lagCount, weight: weight, scale: scale,
            coefficients: coefficients, constants: constants, deviations: deviations)
    }
}
