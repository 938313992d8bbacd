package import VAE

/// A fleet's weights, the small part of a member, and a request for weights as bytes.
///
/// Each is a magic, a version byte, the fields in order, and a CRC-32 of all that. Numbers are little-endian.
package enum FleetBlob {
    private static let fleetMagic: StaticString = "HKFLEET"
    private static let memberMagic: StaticString = "HKMEMBR"
    private static let requestMagic: StaticString = "HKFLREQ"
    private static let version: UInt8 = 1
    private static let memberLimit = 65_536

    // MARK: Weights

    /// The bytes of a fleet's weights.
    package static func encode(_ fleet: FleetModel) -> [UInt8] {
        var writer = ByteWriter(magic: fleetMagic)
        writer.write(version)
        writer.write(fleet.version)
        writer.write(fleet.memberCount)
        writer.write(fleet.channels.count)
        for channel in fleet.channels {
            writer.write(channel.role.rawValue)
            writer.write(channel.center)
            writer.write(channel.centerDeviation)
            writer.write(channel.logSpread)
            writer.write(channel.isRelative)
        }
        writer.write(ModelBlob.encode(fleet.base))
        return writer.sealed()
    }

    /// The weights that these bytes are, stored under a number. Throws where they were cut short or altered, or are of a later version.
    package static func decode(_ bytes: [UInt8], id: Int64) throws(BlobFailure) -> FleetModel {
        var reader = try ByteReader(sealed: bytes, magic: fleetMagic)
        _ = try reader.expect(1...version)
        let number = try reader.readInt("version of the fleet", in: 0...Int.max)
        let memberCount = try reader.readInt("count of members", in: 0...Int.max)
        var channels: [FleetChannel] = []
        for _ in 0..<(try reader.readInt("count of channels", in: 0...StreamTable.channelLimit)) {
            guard let role = ChannelRole(rawValue: try reader.readUInt8("channel role")) else {
                throw reader.failure("channel role", expected: "0 to \(ChannelRole.allCases.count - 1)")
            }
            let channel = FleetChannel(
                role: role, center: try reader.readDouble("center"),
                centerDeviation: try reader.readDouble("deviation of centers"),
                logSpread: try reader.readDouble("spread"), isRelative: try reader.readBool("kind of spread"))
            guard channel.center.isFinite, channel.logSpread.isFinite, channel.centerDeviation >= 0 else {
                throw reader.failure("channel of the fleet", expected: "finite numbers")
            }
            channels.append(channel)
        }
        let base = try ModelBlob.decode(try reader.readBytes("weights"))
        try reader.finish()
        guard base.profiles.count == channels.count else {
            throw reader.failure("weights", expected: "a model of \(channels.count) channels")
        }
        return FleetModel(version: number, base: base, channels: channels, memberCount: memberCount, id: id)
    }

    // MARK: Members

    /// The bytes of what is a member's own, which are few; nil for a model that is a stream's alone.
    package static func encodeMember(_ model: StreamModel) -> [UInt8]? {
        guard let fleet = model.fleet else { return nil }
        var writer = ByteWriter(magic: memberMagic)
        writer.write(version)
        writer.write(fleet.readings)
        writer.write(model.cadence.interval)
        writer.write(model.cadence.isRegular)
        writer.write(model.threshold.firing)
        writer.write(model.threshold.clearing)
        writer.write(model.threshold.isProvisional)
        writer.write(model.threshold.origin?.agreedSum ?? .nan)
        writer.write(model.threshold.origin?.budgetScore ?? .nan)
        writer.write(model.profiles.count)
        for profile in model.profiles { ModelBlob.encode(profile, into: &writer) }
        return writer.sealed()
    }

    /// The model of a member from its bytes and its fleet's weights, which it shares.
    package static func decodeMember(_ bytes: [UInt8], of fleet: FleetModel) throws(BlobFailure) -> StreamModel {
        var reader = try ByteReader(sealed: bytes, magic: memberMagic)
        _ = try reader.expect(1...version)
        let readings = try reader.readInt("count of readings", in: 0...Int.max)
        let cadence = Cadence(interval: try reader.readInt64("interval"), isRegular: try reader.readBool("regularity"))
        var threshold = AlertThreshold(
            firing: try reader.readFloat("firing threshold"), clearing: try reader.readFloat("clearing threshold"),
            isProvisional: try reader.readBool("provisionality"))
        let origin = AlertThreshold.Origin(
            agreedSum: try reader.readFloat("agreed sum"), budgetScore: try reader.readFloat("budget's score"))
        if origin.agreedSum.isFinite { threshold.origin = origin }
        var profiles: [ChannelProfile] = []
        for _ in 0..<(try reader.readInt("count of channels", in: 0...StreamTable.channelLimit)) {
            profiles.append(try ModelBlob.decodeProfile(&reader))
        }
        try reader.finish()
        guard profiles.count == fleet.channels.count else {
            throw reader.failure("member", expected: "\(fleet.channels.count) channels, as its fleet has")
        }
        return fleet.member(cadence: cadence, profiles: profiles, readings: readings, threshold: threshold)
    }

    // MARK: Requests

    /// The bytes of a request.
    package static func encode(_ request: FleetRequest) -> [UInt8] {
        var writer = ByteWriter(magic: requestMagic)
        writer.write(version)
        writer.write(request.fleet)
        writer.write(request.key.pattern)
        writer.write(request.key.channels.count)
        for channel in request.key.channels { writer.write(channel) }
        writer.write(request.version)
        writer.write(request.reason.rawValue)
        writer.write(request.time.nanoseconds)
        writer.write(request.readings)
        writer.write(request.members.count)
        for member in request.members {
            writer.write(member.stream.index)
            writer.write(member.throughTime.nanoseconds)
        }
        writer.write(request.seed)
        return writer.sealed()
    }

    /// The request that these bytes are.
    package static func decodeRequest(_ bytes: [UInt8]) throws(BlobFailure) -> FleetRequest {
        var reader = try ByteReader(sealed: bytes, magic: requestMagic)
        _ = try reader.expect(1...version)
        let fleet = try reader.readInt("fleet", in: 0...Int.max)
        let pattern = try reader.readString("pattern")
        var channels: [String] = []
        for _ in 0..<(try reader.readInt("count of channels", in: 0...StreamTable.channelLimit)) {
            channels.append(try reader.readString("channel"))
        }
        let number = try reader.readInt("version of the fleet", in: 1...Int.max)
        guard let reason = TrainingRequest.Reason(rawValue: try reader.readString("reason")) else {
            throw reader.failure("reason", expected: "a reason for training")
        }
        let time = Timestamp(nanoseconds: try reader.readInt64("time"))
        let readings = try reader.readInt("count of readings", in: 0...Int.max)
        var members: [FleetRequest.Member] = []
        for _ in 0..<(try reader.readInt("count of members", in: 0...memberLimit)) {
            let stream = StreamID(try reader.readInt("stream", in: 0...Int.max))
            members.append(
                FleetRequest.Member(
                    stream: stream, throughTime: Timestamp(nanoseconds: try reader.readInt64("time"))))
        }
        let seed = try reader.readUInt64("seed")
        try reader.finish()
        return FleetRequest(
            fleet: fleet, key: FleetKey(pattern: pattern, channels: channels), version: number, reason: reason,
            time: time, readings: readings, members: members, seed: seed)
    }
}
