package import AnomalyDetection
internal import GRDB

extension Store {
    /// The last readings of a stream up to and including a time, at most `limit`, oldest first.
    ///
    /// Reads on a connection of its own, so the writer does not wait.
    package func history(
        of stream: StreamID, through time: Timestamp, limit: Int
    ) async throws(StorageFailure) -> ReadingHistory {
        let path = path
        return try await read { db in
            try Self.lastReadings(of: stream, through: time, limit: limit, in: db, path: path)
        }
    }

    /// The readings of a stream up to and including a time that a plan chooses, oldest first; around `pinned` none is missing.
    ///
    /// Each stretch is a range of the primary key: what lies between them is not read.
    package func history(
        of stream: StreamID, through time: Timestamp, plan: HistoryPlan, pinned: Timestamp? = nil
    ) async throws(StorageFailure) -> ReadingHistory {
        let path = path
        return try await read { db in
            let newest = try Self.lastReadings(of: stream, through: time, limit: plan.limit, in: db, path: path)
            let oldest = try Int64.fetchOne(
                db.cachedStatement(sql: "SELECT min(time_ns) FROM reading WHERE stream_id = ?"),
                arguments: [stream.rowID])
            guard let oldest,
                let stretches = plan.stretches(
                    oldest: Timestamp(nanoseconds: oldest), newest: newest.times, pinned: pinned)
            else { return newest }
            var history = ReadingHistory(channelCount: newest.channelCount)
            let pieces = try stretches.map { stretch in
                try Self.readings(of: stream, in: stretch, limit: plan.readingsInStretch, in: db, path: path)
            }
            for piece in pieces + [newest.suffix(plan.newestCount)] {
                if history.count > 0, let first = piece.times.first { history.stretchStarts.append(first) }
                history.append(piece)
            }
            return history
        }
    }

    /// The last readings of a stream, at most `limit`, oldest first.
    package func recentReadings(of stream: StreamID, limit: Int) async throws(StorageFailure) -> ReadingHistory {
        try await history(of: stream, through: Timestamp(nanoseconds: .max), limit: limit)
    }

    /// The last readings of many streams, each as of ``recentReadings(of:limit:)``, at one moment.
    package func recentReadings(
        of streams: [StreamID], limit: Int
    ) async throws(StorageFailure) -> [ReadingHistory] {
        let path = path
        return try await read { db in
            try streams.map { stream in
                try Self.lastReadings(
                    of: stream, through: Timestamp(nanoseconds: .max), limit: limit, in: db, path: path)
            }
        }
    }

    /// The readings of a stream from one time through another, at most `limit` beginning with the oldest.
    package func readings(
        of stream: StreamID, from start: Timestamp, through end: Timestamp, limit: Int
    ) async throws(StorageFailure) -> ReadingHistory {
        let path = path
        guard start <= end else { return ReadingHistory(channelCount: try await channelNames(of: stream).count) }
        return try await read { db in
            try Self.readings(of: stream, in: start...end, limit: limit, in: db, path: path)
        }
    }

    private static func readings(
        of stream: StreamID, in times: ClosedRange<Timestamp>, limit: Int, in db: Database, path: String
    ) throws -> ReadingHistory {
        let statement = try db.cachedStatement(
            sql: """
                SELECT time_ns, channel_values, score, alerting, settled, model_id, threshold FROM reading
                WHERE stream_id = ? AND time_ns BETWEEN ? AND ? ORDER BY time_ns LIMIT ?
                """)
        return try readings(
            statement,
            arguments: [stream.rowID, times.lowerBound.nanoseconds, times.upperBound.nanoseconds, limit], of: stream,
            in: db, path: path)
    }

    /// The names of a stream's channels, in their fixed order.
    package func channelNames(of stream: StreamID) async throws(StorageFailure) -> [String] {
        try await read { db in
            try String.fetchAll(
                db, sql: "SELECT name FROM channel WHERE stream_id = ? ORDER BY position", arguments: [stream.rowID])
        }
    }

    /// How many readings of a stream are stored. Counts them, which takes as long as reading them.
    package func readingCount(of stream: StreamID) async throws(StorageFailure) -> Int {
        try await read { db in
            try Int.fetchOne(
                db, sql: "SELECT count(*) FROM reading WHERE stream_id = ?", arguments: [stream.rowID]) ?? 0
        }
    }

    private static func lastReadings(
        of stream: StreamID, through time: Timestamp, limit: Int, in db: Database, path: String
    ) throws -> ReadingHistory {
        let statement = try db.cachedStatement(
            sql: """
                SELECT time_ns, channel_values, score, alerting, settled, model_id, threshold FROM reading
                WHERE stream_id = ? AND time_ns <= ? ORDER BY time_ns DESC LIMIT ?
                """)
        return try readings(
            statement, arguments: [stream.rowID, time.nanoseconds, limit], of: stream, in: db, path: path
        ).reversed()
    }

    private static func readings(
        _ statement: Statement, arguments: StatementArguments, of stream: StreamID, in db: Database, path: String
    ) throws -> ReadingHistory {
        let channelCount = try Int.fetchOne(
            db.cachedStatement(sql: "SELECT count(*) FROM channel WHERE stream_id = ?"), arguments: [stream.rowID])
        var history = ReadingHistory(channelCount: channelCount ?? 0)
        let rows = try Row.fetchCursor(statement, arguments: arguments)
        while let row = try rows.next() {
            history.times.append(Timestamp(nanoseconds: row[0]))
            guard ReadingText.decode(row[1], count: history.channelCount, into: &history.values) else {
                throw StorageFailure.corrupt(
                    path: path, cause: "the values of stream \(stream.rowID) at \(row[0] as Int64) are not a list")
            }
            history.scores.append((row[2] as Double?).map { Float($0) } ?? .nan)
            history.isAlerting.append(row[3])
            history.settledScores.append((row[4] as Double?).map { Float($0) } ?? .nan)
            history.modelIDs.append(row[5] ?? 0)
            history.thresholds.append((row[6] as Double?).map { Float($0) } ?? .nan)
        }
        return history
    }
}
