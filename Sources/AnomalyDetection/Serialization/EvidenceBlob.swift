package import VAE

/// The parts of a model as bytes: a tag for the kind, then what the kind needs.
enum EvidenceBlob {
    private static let cellLimit = 65_536

    /// What parts share, which is written once with the model.
    struct Shared {
        /// The number of channels of the model.
        var channelCount: Int
        /// The network; nil where there is none.
        var network: WindowNetwork?
        /// The slots that remembered windows are cut from.
        var slots: RememberedSlots
    }

    /// The tag that stands before foresight by attention, which is another part than the network's of the same kind.
    static let attentionTag: UInt8 = 14

    /// The tag that stands before a part of a kind; never reused for another.
    static func tag(of kind: EvidenceKind) -> UInt8 {
        switch kind {
        case .novelty: 3
        case .stuck: 4
        // 1, 2 and 5 to 8 were parts with models of their own.
        case .rebuild: 9
        case .foresight: 10
        case .memory: 11
        case .context: 12
        case .statistics: 13
        }
    }

    /// Reads a tag and the part behind it.
    static func decodePart(_ reader: inout ByteReader, _ shared: Shared) throws(BlobFailure) -> any EvidencePart {
        let channelCount = shared.channelCount
        switch try reader.readUInt8("kind of evidence") {
        case 3: return try Novelty(from: &reader, channelCount: channelCount)
        case 4: return try Stuck(from: &reader, channelCount: channelCount)
        case 9: return try Rebuild(from: &reader, shared)
        case 10: return try Foresight(from: &reader, shared)
        case 11: return try Memory(from: &reader, shared)
        case 12: return try Context(from: &reader, shared)
        case 13: return try RollingStatistics(from: &reader, shared)
        case attentionTag: return try AttentionForesight(from: &reader, channelCount: channelCount)
        default: throw reader.failure("kind of evidence", expected: "3, 4 or 9 to 14")
        }
    }

    /// Writes the last slots of remembered windows; their distances are small.
    static func encode(ends: [Int], into writer: inout ByteWriter) {
        writer.writeCount(ends.count)
        for end in ends { writer.write(UInt32(end)) }
    }

    /// Reads the last slots of remembered windows of a length, at least one.
    static func decodeEnds(
        _ reader: inout ByteReader, length: Int, _ slots: RememberedSlots
    ) throws(BlobFailure) -> [Int] {
        let count = try reader.readCount("remembered windows", elementByteCount: 4)
        var ends: [Int] = []
        ends.reserveCapacity(count)
        for _ in 0..<count { ends.append(Int(try reader.readUInt32("last slot of a remembered window"))) }
        guard !ends.isEmpty, ends.allSatisfy({ $0 + 1 >= length && $0 < slots.slotCount }) else {
            throw reader.failure("remembered windows", expected: "whole ones of \(length) slots")
        }
        return ends
    }

    /// Reads ascending channels, as many as the remembered slots have.
    static func decodeChannels(_ reader: inout ByteReader, _ shared: Shared) throws(BlobFailure) -> [Int] {
        let channels = try reader.readInts("channels")
        guard channels.count == shared.slots.channelCount, !channels.isEmpty,
            channels.allSatisfy({ (0..<shared.channelCount).contains($0) }),
            zip(channels, channels.dropFirst()).allSatisfy({ $0 < $1 })
        else { throw reader.failure("channels", expected: "\(shared.slots.channelCount) ascending ones") }
        return channels
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

extension Rebuild {
    package func encode(into writer: inout ByteWriter) {
        writer.write(EvidenceBlob.tag(of: kind))
        EvidenceBlob.encode(layout, into: &writer)
        writer.write(scale)
        writer.write(inverseVariances)
        writer.write(adversarial != nil)
        if let adversarial { writer.write(adversarial.blob()) }
    }

    init(from reader: inout ByteReader, _ shared: EvidenceBlob.Shared) throws(BlobFailure) {
        let layout = try EvidenceBlob.decodeLayout(&reader, channelCount: shared.channelCount)
        let (scale, inverseVariances) = (try reader.readFloat("scale"), try reader.readFloats("variances"))
        var adversarial: AdversarialAutoencoder?
        if try reader.readBool("adversarial network") {
            adversarial = try AdversarialAutoencoder(blob: try reader.readBytes("network"))
        }
        guard inverseVariances.count == layout.width,
            adversarial.map({ $0.shape.inputCount == layout.width }) ?? (shared.network?.layout == layout)
        else { throw reader.failure("rebuild", expected: "variances of what a network rebuilds") }
        self.init(layout: layout, inverseVariances: inverseVariances, scale: scale, adversarial: adversarial)
    }
}

extension Foresight {
    package func encode(into writer: inout ByteWriter) {
        writer.write(EvidenceBlob.tag(of: kind))
        EvidenceBlob.encode(layout, into: &writer)
        writer.write(horizons)
        writer.write(inverseVariances)
        writer.write(scales)
    }

    init(from reader: inout ByteReader, _ shared: EvidenceBlob.Shared) throws(BlobFailure) {
        let layout = try EvidenceBlob.decodeLayout(&reader, channelCount: shared.channelCount)
        let (horizons, inverseVariances) = (try reader.readInts("horizons"), try reader.readFloats("variances"))
        let scales = try reader.readFloats("scales")
        guard let network = shared.network, network.layout == layout, network.network.shape.horizons == horizons,
            inverseVariances.count == horizons.count * layout.channels.count,
            scales.count == horizons.count
        else { throw reader.failure("horizons", expected: "the network's, each with its variances and scale") }
        self.init(layout: layout, horizons: horizons, inverseVariances: inverseVariances, scales: scales)
    }
}

extension AttentionForesight {
    package func encode(into writer: inout ByteWriter) {
        writer.write(EvidenceBlob.attentionTag)
        EvidenceBlob.encode(layout, into: &writer)
        writer.write(center)
        writer.write(scale)
        writer.write(channelCenters)
        network.encode(into: &writer)
    }

    init(from reader: inout ByteReader, channelCount: Int) throws(BlobFailure) {
        let layout = try EvidenceBlob.decodeLayout(&reader, channelCount: channelCount)
        let (center, scale) = (try reader.readFloat("center"), try reader.readFloat("scale"))
        let channelCenters = try reader.readFloats("centers of channels")
        guard center.isFinite, scale.isFinite, scale > 0, channelCenters.count == layout.channels.count else {
            throw reader.failure("scale", expected: "a positive one, and a center for each channel")
        }
        let network = try CausalForecaster(from: &reader)
        guard network.shape.slotCount == layout.length, network.shape.channelCount == layout.channels.count else {
            throw reader.failure("network", expected: "one for windows of \(layout.width) cells")
        }
        self.init(layout: layout, network: network, center: center, scale: scale, channelCenters: channelCenters)
    }
}

extension Memory {
    package func encode(into writer: inout ByteWriter) {
        writer.write(EvidenceBlob.tag(of: kind))
        writer.write(scales)
        EvidenceBlob.encode(ends: ends, into: &writer)
    }

    init(from reader: inout ByteReader, _ shared: EvidenceBlob.Shared) throws(BlobFailure) {
        let scales = try reader.readFloats("scales")
        guard let network = shared.network, scales.count == 4,
            network.layout.channels.count == shared.slots.channelCount
        else {
            throw reader.failure("memory", expected: "four scales, and before it a network and slots of its channels")
        }
        let ends = try EvidenceBlob.decodeEnds(&reader, length: network.layout.length, shared.slots)
        self.init(layout: network.layout, slots: shared.slots, ends: ends, network: network.network, scales: scales)
    }
}

extension FeatureMemory {
    package func encode(into writer: inout ByteWriter) {
        writer.write(EvidenceBlob.tag(of: kind))
        writer.write(layout.channels)
        writer.writeCount(tables.count)
        for table in tables {
            writer.write(UInt32(table.length))
            writer.write(table.scale)
            writer.write(table.center)
            writer.write(table.factors)
            writer.writeCompactly(table.directions)
            EvidenceBlob.encode(ends: table.ends, into: &writer)
        }
    }

    init(from reader: inout ByteReader, _ shared: EvidenceBlob.Shared) throws(BlobFailure) {
        let channels = try EvidenceBlob.decodeChannels(&reader, shared)
        let size = Self.featureCount(channelCount: channels.count)
        var tables: [RememberedFeatures] = []
        for _ in 0..<(try reader.readCount("lengths", elementByteCount: 4)) {
            let length = Int(try reader.readUInt32("length"))
            let (scale, center) = (try reader.readFloat("scale"), try reader.readFloats("center"))
            let factors = try reader.readFloats("factors")
            let directions = try reader.readCompactFloats("directions")
            guard (1...65_536).contains(length), length * channels.count >= size, center.count == size,
                factors.isEmpty || factors.count == size, directions.count.isMultiple(of: size)
            else { throw reader.failure("features", expected: "those of \(channels.count) channels") }
            let ends = try EvidenceBlob.decodeEnds(&reader, length: Self.slotCount(length: length), shared.slots)
            tables.append(
                RememberedFeatures(
                    length: length, scale: scale, center: center, factors: factors, directions: directions, ends: ends,
                    features: Self.features(
                        of: shared.slots.values, channelCount: channels.count, endingIn: ends, length: length)))
        }
        guard !tables.isEmpty else { throw reader.failure("lengths", expected: "at least one") }
        self.init(channels: channels, slots: shared.slots, tables: tables)
    }
}

extension Novelty {
    package func encode(into writer: inout ByteWriter) {
        writer.write(EvidenceBlob.tag(of: kind))
        writer.write(tolerances)
        for values in knownValues { writer.write(values) }
        for reports in shouldReport { writer.write(reports) }
    }

    init(from reader: inout ByteReader, channelCount: Int) throws(BlobFailure) {
        let tolerances = try reader.readFloats("tolerances")
        guard tolerances.count == channelCount else { throw reader.failure("tolerances", expected: "\(channelCount)") }
        var knownValues: [[Float]] = []
        for _ in 0..<channelCount { knownValues.append(try reader.readFloats("known values")) }
        var shouldReport: [Bool] = []
        for _ in 0..<channelCount { shouldReport.append(try reader.readBool("reporting")) }
        self.init(
            channelCount: channelCount, knownValues: knownValues, tolerances: tolerances, shouldReport: shouldReport)
    }
}

extension Stuck {
    package func encode(into writer: inout ByteWriter) {
        writer.write(EvidenceBlob.tag(of: kind))
        EvidenceBlob.encode(layout, into: &writer)
        writer.write(restMovements)
    }

    init(from reader: inout ByteReader, channelCount: Int) throws(BlobFailure) {
        let layout = try EvidenceBlob.decodeLayout(&reader, channelCount: channelCount)
        let restMovements = try reader.readFloats("rest movements")
        guard layout == Stuck.layout(of: layout.channels), restMovements.count == layout.channels.count else {
            throw reader.failure("rest movements", expected: "\(layout.channels.count)")
        }
        self.init(channels: layout.channels, restMovements: restMovements)
    }
}
