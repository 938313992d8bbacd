package import AnomalyDetection
internal import Foundation
internal import GRDB

extension Store {
    /// The versions of a stream that say what was normal within a time up to a moment, oldest first, each with the
    /// newest reading that it was trained on; the version that was live when that time began is the first.
    ///
    /// What people called normal begins anew: versions before a new normal, and before an accepted drift, are left out.
    package func versionsSinceNormal(
        of stream: StreamID, through time: Timestamp, within memory: Int64
    ) async throws(StorageFailure) -> [(id: Int64, trainedThrough: Timestamp)] {
        try await read { db in
            let versions = try Row.fetchAll(
                db,
                sql: """
                    SELECT m.id, m.trained_through_ns FROM model m
                    WHERE m.stream_id = ?1 AND m.status IN ('live', 'superseded') AND m.trained_through_ns <= ?2
                        AND m.id >= coalesce((
                            SELECT max(t.model_id) FROM training_run t
                            WHERE t.stream_id = ?1 AND t.reason = 'new_normal' AND t.verdict = 'promoted'), 0)
                        AND m.trained_through_ns >= coalesce((
                            SELECT max(a.fired_ns) FROM alert a JOIN alert_feedback f ON f.alert_id = a.id
                            WHERE a.stream_id = ?1 AND a.kind = 'baseline_drift' AND f.verdict <> 'confirmed'
                                AND f.id = (SELECT max(id) FROM alert_feedback WHERE alert_id = a.id)), -9e18)
                    ORDER BY m.trained_through_ns, m.id
                    """,
                arguments: [stream.rowID, time.nanoseconds]
            ).map { row in (id: row[0] as Int64, trainedThrough: Timestamp(nanoseconds: row[1])) }
            let start = time.advanced(byNanoseconds: -memory)
            let first = versions.lastIndex { $0.trainedThrough <= start } ?? 0
            return Array(versions.dropFirst(first))
        }
    }
}
