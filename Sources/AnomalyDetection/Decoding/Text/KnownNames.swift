/// The names by which columns and keys are recognized, in CSV headers and in JSON objects.
///
/// Letters count without case, and spaces, underscores, dashes and points not at all: `Sensor ID` is `sensor_id`. Of several
/// known names the one listed first wins, and the others of its kind are left out.
/// - time: `timestamp`, `time`, `datetime`, `date_time`, `ts`, `date`, `epoch`, `unix_time`, `unix_timestamp`, `at`
/// - stream: `stream`, `stream_id`, `stream_name`, `device`, `device_id`, `device_name`, `sensor_id`, `sensor`,
///   `sensor_name`, `machine`, `machine_id`, `asset`, `asset_id`, `host`, `hostname`, `station`, `station_id`, `id`
/// - channel: `channel`, `channel_name`, `metric`, `metric_name`, `variable`, `parameter`, `signal`, `quantity`, `field`,
///   `tag`, `measurement`, `name`
/// - value: `value`, `val`
enum KnownNames {
    /// What a name stands for.
    enum Role: UInt8, Sendable {
        case time, stream, channel, value
    }

    /// A known name's role and its place in the list, the first of which wins.
    struct Match: Sendable {
        var role: Role
        var rank: Int
    }

    /// The role that a name has, if it is known.
    static func match(_ name: Span<UInt8>, _ range: Range<Int>) -> Match? {
        guard let packed = pack(name, range) else { return nil }
        let entries = table.span
        for index in entries.indices where entries[index].packed == packed { return entries[index].match }
        return nil
    }

    /// The role that a name has, if it is known.
    static func match(_ name: String) -> Match? {
        let bytes = Array(name.utf8)
        return match(bytes.span, 0..<bytes.count)
    }

    private struct Entry: Sendable {
        var packed: UInt128
        var match: Match
    }

    private static let lists: [(Role, [String])] = [
        (.time, ["timestamp", "time", "datetime", "ts", "date", "epoch", "unixtime", "unixtimestamp", "at"]),
        (
            .stream,
            [
                "stream", "streamid", "streamname", "device", "deviceid", "devicename", "sensorid", "sensor",
                "sensorname",
                "machine", "machineid", "asset", "assetid", "host", "hostname", "station", "stationid",
            ]
        ),
        (
            .channel,
            [
                "channel", "channelname", "metric", "metricname", "variable", "parameter", "signal", "quantity",
                "field",
                "tag", "measurement", "name",
            ]
        ),
        (.value, ["value", "val"]),
    ]

    private static let table: [Entry] = lists.flatMap { role, names in
        names.enumerated().compactMap { rank, name in
            let bytes = Array(name.utf8)
            return pack(bytes.span, 0..<bytes.count).map { Entry(packed: $0, match: Match(role: role, rank: rank)) }
        }
    }

    /// The letters of a name, in lower case and without separators, as one number; `nil` where they are more than 16.
    private static func pack(_ name: Span<UInt8>, _ range: Range<Int>) -> UInt128? {
        var low: UInt64 = 0
        var high: UInt64 = 0
        var count = 0
        for index in range {
            var byte = name[index]
            switch byte {
            case Ascii.space, UInt8(ascii: "_"), Ascii.minus, Ascii.dot: continue
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte |= 0x20
            default: break
            }
            guard count < 16 else { return nil }
            high = high << 8 | low >> 56
            low = low << 8 | UInt64(byte)
            count += 1
        }
        return UInt128(high) << 64 | UInt128(low)
    }
}
