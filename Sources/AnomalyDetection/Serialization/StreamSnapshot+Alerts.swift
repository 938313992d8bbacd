import VAE

/// Alerts, as a snapshot's bytes.
extension StreamSnapshot {
    static func write(_ alert: Alert, _ writer: inout ByteWriter) {
        writer.write(alert.id)
        writer.write(alert.stream.index)
        writer.write(alert.startedAt.nanoseconds)
        writer.write(alert.firedAt.nanoseconds)
        write(alert.resolvedAt, &writer)
        writer.write(alert.peakScore)
        writer.write(alert.peakAt.nanoseconds)
        writer.write(alert.threshold)
        writer.write(alert.isProvisional)
        writer.write(alert.modelID)
        writer.write(alert.shape.rawValue)
        writer.write(alert.contributions.count)
        for part in alert.contributions {
            writer.write(part.channel)
            writer.write(part.share)
            for value in [part.actual, part.expected, part.lower, part.upper] { writer.write(value ?? .nan) }
        }
    }

    static func readAlert(_ reader: inout ByteReader) throws(BlobFailure) -> Alert {
        var alert = Alert(
            id: try reader.readInt64("alert"), stream: StreamID(try reader.readInt("stream", in: 0...Int.max)),
            startedAt: Timestamp(nanoseconds: try reader.readInt64("time")),
            firedAt: Timestamp(nanoseconds: try reader.readInt64("time")), resolvedAt: try readTime(&reader),
            peakScore: try reader.readDouble("peak"), peakAt: Timestamp(nanoseconds: try reader.readInt64("time")),
            threshold: try reader.readDouble("threshold"), isProvisional: try reader.readBool("provisionality"),
            modelID: try reader.readInt64("model"))
        guard let shape = FaultShape(rawValue: try reader.readString("shape")) else {
            throw reader.failure("shape", expected: "the name of a fault shape")
        }
        alert.shape = shape
        for _ in 0..<(try reader.readInt("count of contributions", in: 0...StreamTable.channelLimit)) {
            let (channel, share) = (try reader.readString("channel"), try reader.readDouble("share"))
            var values: [Double?] = []
            for _ in 0..<4 {
                let value = try reader.readDouble("value")
                values.append(value.isNaN ? nil : value)
            }
            alert.contributions.append(
                ChannelContribution(
                    channel: channel, share: share, actual: values[0], expected: values[1], lower: values[2],
                    upper: values[3]))
        }
        return alert
    }

    /// What alerts have had since version 5.
    static func writeAdditions(to alert: Alert, _ writer: inout ByteWriter) {
        writer.write(alert.unitChange?.rawValue ?? "")
        writer.write(alert.clearingThreshold ?? .nan)
        writer.write(alert.window?.readings ?? -1)
        writer.write(alert.window?.missing ?? -1)
        write(alert.adaptsAt, &writer)
    }

    static func readAdditions(to alert: inout Alert, _ reader: inout ByteReader) throws(BlobFailure) {
        let change = try reader.readString("change of unit")
        alert.unitChange = UnitChange(rawValue: change)
        guard change.isEmpty || alert.unitChange != nil else {
            throw reader.failure("change of unit", expected: "the name of one")
        }
        let clearing = try reader.readDouble("clearing threshold")
        alert.clearingThreshold = clearing.isNaN ? nil : clearing
        let readings = try reader.readInt("readings of the window")
        let missing = try reader.readInt("missing readings")
        alert.window = readings < 0 ? nil : WindowLoss(readings: readings, missing: missing)
        alert.adaptsAt = try readTime(&reader)
    }
}
