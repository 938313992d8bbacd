package import AnomalyDetection
internal import GRDB

/// Why a reading began no alert, as the view `why_not` says it.
package struct WhyNotRecord: Sendable, Equatable {
    /// The reading's time.
    package var time: Timestamp
    /// Its anomaly score; nil where it has none.
    package var score: Double?
    /// The score at which an alert would have begun; nil where it is not known.
    package var threshold: Double?
    /// The rule that held an alert back, such as `pending`, or `part_of_alert` where none did.
    package var reason: String
    /// The rule as a sentence.
    package var detail: String
    /// The alert that the reading is part of.
    package var alertID: Int64?
    /// The version of the model that gave the score.
    package var modelVersion: Int?
}

/// Input that came to nothing in one hour, by one reason.
package struct LossRecord: Sendable, Equatable {
    /// The input.
    package var source: String
    /// Why it came to nothing.
    package var reason: String
    /// How much.
    package var count: Int
}

extension Store {
    /// Why the newest reading of a stream at or before a time began no alert; nil where there is no such reading.
    package func whyNot(stream name: String, at time: Timestamp) async throws(StorageFailure) -> WhyNotRecord? {
        try await read { db in
            try Row.fetchOne(
                db,
                sql: """
                    SELECT time_ns, score, threshold, reason, detail, alert_id, model_version FROM why_not
                    WHERE stream = ? AND time_ns <= ? ORDER BY time_ns DESC LIMIT 1
                    """,
                arguments: [name, time.nanoseconds]
            ).map { row in
                WhyNotRecord(
                    time: Timestamp(nanoseconds: row[0]), score: row[1], threshold: row[2], reason: row[3],
                    detail: row[4], alertID: row[5], modelVersion: row[6])
            }
        }
    }

    /// The alert of a silence of a stream that lasted at a time; nil where there is none.
    package func silence(of stream: StreamID, at time: Timestamp) async throws(StorageFailure) -> AlertRecord? {
        try await read { db in
            try AlertRecord.fetch(
                db,
                where: """
                    a.stream_id = ? AND a.kind = 'no_data' AND a.started_ns <= ?2
                    AND (a.resolved_ns IS NULL OR a.resolved_ns >= ?2)
                    """,
                order: "a.started_ns DESC", limit: 1, arguments: [stream.rowID, time.nanoseconds]
            ).first
        }
    }

    /// The time of the oldest reading of a stream after a time; nil where there is none.
    package func nextReadingTime(
        of stream: StreamID, after time: Timestamp
    ) async throws(StorageFailure) -> Timestamp? {
        try await read { db in
            try Int64.fetchOne(
                db, sql: "SELECT min(time_ns) FROM reading WHERE stream_id = ? AND time_ns > ?",
                arguments: [stream.rowID, time.nanoseconds]
            ).map(Timestamp.init(nanoseconds:))
        }
    }

    /// The input of all streams that came to nothing in the hours, by the wall clock, that two moments lie in and between.
    package func losses(
        from start: Timestamp, through end: Timestamp
    ) async throws(StorageFailure) -> [LossRecord] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT source, reason, sum(count) FROM loss
                    WHERE hour_ns > ? - 3600000000000 AND hour_ns <= ? GROUP BY source, reason ORDER BY 3 DESC
                    """,
                arguments: [start.nanoseconds, end.nanoseconds]
            ).map { row in LossRecord(source: row[0], reason: row[1], count: row[2]) }
        }
    }
}
