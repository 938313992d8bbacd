package import VAE

/// A model as bytes, to be stored and read back to the same bits.
///
/// Layout: the magic `HKMODEL`, a version byte, the parts one behind the other, and a CRC-32 of all that. Numbers are
/// little-endian.
package enum ModelBlob {
    private static let magic: StaticString = "HKMODEL"
    /// Versions up to 5 had parts with models of their own; no program that wrote them was released.
    private static let version: UInt8 = 6

    /// The model's bytes.
    package static func encode(_ model: StreamModel) -> [UInt8] {
        var writer = ByteWriter(magic: magic)
        writer.write(version)
        writer.write(model.cadence.interval)
        writer.write(model.cadence.isRegular)
        writer.write(model.trainedReadings)
        writer.write(model.choices.joined(separator: "\n"))
        writer.write(model.profiles.count)
        for profile in model.profiles { encode(profile, into: &writer) }
        encode(model.calibration, into: &writer)
        writer.write(model.threshold.firing)
        writer.write(model.threshold.clearing)
        writer.write(model.threshold.isProvisional)
        encodeShared(model, into: &writer)
        writer.write(model.parts.count)
        for part in model.parts { part.encode(into: &writer) }
        writer.write(model.settledCalibration != nil)
        if let calibration = model.settledCalibration { encode(calibration, into: &writer) }
        writer.write(model.threshold.origin != nil)
        if let origin = model.threshold.origin {
            writer.write(origin.agreedSum)
            writer.write(origin.budgetScore)
        }
        writer.write(model.usualGap)
        writer.write(model.knownSpan)
        return writer.sealed()
    }

    /// Writes what parts share: the network, and the slots that remembered windows are cut from.
    private static func encodeShared(_ model: StreamModel, into writer: inout ByteWriter) {
        writer.write(model.network != nil)
        if let network = model.network {
            EvidenceBlob.encode(network.layout, into: &writer)
            writer.write(network.network.blob())
        }
        let slots = model.parts.lazy.compactMap(\.rememberedSlots).first
        writer.write(slots?.channelCount ?? 0)
        writer.writeCompactly(slots?.values ?? [])
    }

    private static func decodeShared(
        _ reader: inout ByteReader, channelCount: Int
    ) throws(BlobFailure) -> EvidenceBlob.Shared {
        var network: WindowNetwork?
        if try reader.readBool("network") {
            let layout = try EvidenceBlob.decodeLayout(&reader, channelCount: channelCount)
            let decoded = try VariationalAutoencoder(blob: try reader.readBytes("network"))
            guard decoded.shape.slotCount == layout.length, decoded.shape.channelCount == layout.channels.count else {
                throw reader.failure("network", expected: "one for windows of \(layout.width) cells")
            }
            network = WindowNetwork(layout: layout, network: decoded)
        }
        let slotChannels = try reader.readInt("count of remembered channels", in: 0...channelCount)
        let values = try reader.readCompactFloats("remembered slots")
        guard values.count.isMultiple(of: max(1, slotChannels)), values.allSatisfy(\.isFinite) else {
            throw reader.failure("remembered slots", expected: "\(slotChannels) finite values each")
        }
        return EvidenceBlob.Shared(
            channelCount: channelCount, network: network,
            slots: RememberedSlots(channelCount: slotChannels, values: values))
    }

    /// The model that these bytes are. Throws where they were cut short or altered, or are of another version.
    package static func decode(_ bytes: [UInt8]) throws(BlobFailure) -> StreamModel {
        var reader = try ByteReader(sealed: bytes, magic: magic)
        _ = try reader.expect(version...version)
        let cadence = Cadence(interval: try reader.readInt64("interval"), isRegular: try reader.readBool("regularity"))
        let trainedReadings = try reader.readInt("count of trained readings", in: 0...Int.max)
        let choices = try reader.readString("choices").split(separator: "\n").map { String($0) }
        let profileCount = try reader.readInt("count of channels", in: 0...StreamTable.channelLimit)
        var profiles: [ChannelProfile] = []
        for _ in 0..<profileCount { profiles.append(try decodeProfile(&reader)) }
        let calibration = try decodeCalibration(&reader)
        var threshold = AlertThreshold(
            firing: try reader.readFloat("firing threshold"), clearing: try reader.readFloat("clearing threshold"),
            isProvisional: try reader.readBool("provisionality"))
        let shared = try decodeShared(&reader, channelCount: profileCount)
        let partCount = try reader.readInt("count of parts", in: 0...64)
        var parts: [any EvidencePart] = []
        for _ in 0..<partCount { parts.append(try EvidenceBlob.decodePart(&reader, shared)) }
        let hasSettled = try reader.readBool("settled calibration")
        let settledCalibration = hasSettled ? try decodeCalibration(&reader) : nil
        if try reader.readBool("origin of the threshold") {
            threshold.origin = AlertThreshold.Origin(
                agreedSum: try reader.readFloat("agreed sum"), budgetScore: try reader.readFloat("budget's score"))
        }
        let usualGap = try reader.readInt("usual gap", in: 0...Int.max)
        let knownSpan = try reader.readInt64("time that is known")
        try reader.finish()
        return StreamModel(
            cadence: cadence, profiles: profiles, network: shared.network, parts: parts, calibration: calibration,
            settledCalibration: settledCalibration, threshold: threshold, trainedReadings: trainedReadings,
            knownSpan: knownSpan, usualGap: usualGap, choices: choices)
    }

    private static func encode(_ calibration: ScoreCalibration, into writer: inout ByteWriter) {
        writer.write(calibration.sampleCount)
        writer.write(calibration.knots)
        writer.write(calibration.tailScale)
        writer.write(calibration.tailShape)
    }

    private static func decodeCalibration(_ reader: inout ByteReader) throws(BlobFailure) -> ScoreCalibration {
        let calibration = ScoreCalibration(
            sampleCount: try reader.readInt("count of samples"), knots: try reader.readFloats("knots"),
            tailScale: try reader.readFloat("tail scale"), tailShape: try reader.readFloat("tail shape"))
        guard calibration.knots.count >= 2 else { throw reader.failure("calibration", expected: "at least 2 knots") }
        return calibration
    }

    static func encode(_ profile: ChannelProfile, into writer: inout ByteWriter) {
        writer.write(profile.role.rawValue)
        writer.write(profile.center)
        writer.write(profile.spread)
        writer.write(profile.missingShare)
        writer.write(profile.knownValues)
    }

    static func decodeProfile(_ reader: inout ByteReader) throws(BlobFailure) -> ChannelProfile {
        guard let role = ChannelRole(rawValue: try reader.readUInt8("channel role")) else {
            throw reader.failure("channel role", expected: "0 to \(ChannelRole.allCases.count - 1)")
        }
        let (center, spread) = (try reader.readDouble("center"), try reader.readDouble("spread"))
        guard center.isFinite, spread.isFinite, spread > 0 else {
            throw reader.failure("center and spread", expected: "finite numbers, the spread positive")
        }
        let missingShare = try reader.readDouble("missing share")
        return ChannelProfile(
            role: role, center: center, spread: spread, knownValues: try reader.readDoubles("known values"),
            missingShare: missingShare)
    }
}
