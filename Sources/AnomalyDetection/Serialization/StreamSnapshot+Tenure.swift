import VAE

/// How the live model has done, as a snapshot's bytes.
extension StreamSnapshot {
    static func write(_ tenure: ModelTenure?, _ writer: inout ByteWriter) {
        writer.write(tenure != nil)
        guard let tenure else { return }
        writer.write(tenure.modelID)
        writer.write(tenure.since != nil)
        if let since = tenure.since { writer.write(since.nanoseconds) }
        writer.write(tenure.alertCount)
        writer.write(tenure.alertStarts.count)
        for start in tenure.alertStarts { writer.write(start.nanoseconds) }
        writer.write(tenure.before != nil)
        if let before = tenure.before {
            writer.write(before.modelID)
            writer.write(before.since.nanoseconds)
            writer.write(before.alertCount)
        }
    }

    static func readTenure(_ reader: inout ByteReader) throws(BlobFailure) -> ModelTenure? {
        guard try reader.readBool("tenure") else { return nil }
        var tenure = ModelTenure(modelID: try reader.readInt64("model"))
        if try reader.readBool("beginning") { tenure.since = try readTimestamp(&reader) }
        tenure.alertCount = try reader.readInt("count of alerts", in: 0...Int.max)
        for _ in 0..<(try reader.readInt("count of alerts' starts", in: 0...65_536)) {
            tenure.alertStarts.append(try readTimestamp(&reader))
        }
        if try reader.readBool("version before") {
            tenure.before = ModelTenure.Predecessor(
                modelID: try reader.readInt64("model before"), since: try readTimestamp(&reader),
                alertCount: try reader.readInt("count of alerts before", in: 0...Int.max))
        }
        return tenure
    }

    static func write(_ plan: RollbackPlan?, _ writer: inout ByteWriter) {
        writer.write(plan != nil)
        guard let plan else { return }
        writer.write(plan.from)
        writer.write(plan.to)
        writer.write(plan.alerts)
        writer.write(plan.since.nanoseconds)
        writer.write(plan.asked)
        writer.write(plan.limit)
        writer.write(plan.earlier)
    }

    static func readRollback(_ reader: inout ByteReader) throws(BlobFailure) -> RollbackPlan? {
        guard try reader.readBool("rollback") else { return nil }
        return RollbackPlan(
            from: try reader.readInt64("model that goes"), to: try reader.readInt64("model that comes back"),
            alerts: try reader.readInt("count of alerts"), since: try readTimestamp(&reader),
            asked: try reader.readDouble("alerts asked for"), limit: try reader.readInt("limit of alerts"),
            earlier: try reader.readDouble("alerts before"))
    }

    private static func readTimestamp(_ reader: inout ByteReader) throws(BlobFailure) -> Timestamp {
        Timestamp(nanoseconds: try reader.readInt64("time"))
    }
}
