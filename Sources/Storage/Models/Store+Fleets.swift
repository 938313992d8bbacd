package import AnomalyDetection
internal import Foundation
internal import GRDB

/// The requests for fleets' weights that are stored, which the store does not look into.
package struct FleetRecords: Sendable, Equatable {
    /// The newest request of each fleet, in the order of the fleets' numbers.
    package var newest: [[UInt8]]
    /// The requests whose trainings have not ended, in their order.
    package var open: [[UInt8]]
}

/// Weights that came out of a fleet's training and are to be stored.
package struct TrainedFleet: Sendable, Equatable {
    /// The weights.
    package var blob: [UInt8]
    /// What the training chose and why, for people: a line a choice.
    package var summary: String
    /// The streams that they were trained on.
    package var streamCount: Int

    /// Trained weights.
    package init(blob: [UInt8], summary: String, streamCount: Int) {
        self.blob = blob
        self.summary = summary
        self.streamCount = streamCount
    }
}

extension Store {
    /// What was asked for of all fleets.
    package func fleets() async throws(StorageFailure) -> FleetRecords {
        try await read { db in
            FleetRecords(
                newest: try Data.fetchAll(db, sql: "SELECT request FROM fleet ORDER BY id").map { [UInt8]($0) },
                open: try Data.fetchAll(db, sql: "SELECT request FROM fleet_request ORDER BY version, fleet_id")
                    .map { [UInt8]($0) })
        }
    }

    /// Stores a request for a fleet's weights, within a transaction. Requests come in the order of their versions.
    static func upsert(_ asked: FleetRequest, in db: Database) throws {
        let request = Data(FleetBlob.encode(asked))
        let channels = String(decoding: try JSONEncoder().encode(asked.key.channels), as: UTF8.self)
        try db.cachedStatement(
            sql: """
                INSERT INTO fleet (id, stream_pattern, channels, requested_version, requested_ns, request)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET
                    requested_version = excluded.requested_version, requested_ns = excluded.requested_ns,
                    request = excluded.request
                WHERE excluded.requested_version > requested_version
                """
        ).execute(arguments: [
            Int64(asked.fleet) + 1, asked.key.pattern, channels, asked.version, asked.time.nanoseconds, request,
        ])
        try db.cachedStatement(
            sql: "INSERT INTO fleet_request (fleet_id, version, request) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        ).execute(arguments: [Int64(asked.fleet) + 1, asked.version, request])
    }

    /// Stores a training of a fleet's weights. One that is stored already, as after a crash, stays as it is.
    ///
    /// - Returns: the number under which it is stored.
    @discardableResult
    package func insertFleetTraining(
        decision: TrainingDecision, request: FleetRequest, startedAt: Timestamp, finishedAt: Timestamp,
        weights: TrainedFleet?
    ) async throws(StorageFailure) -> Int64 {
        try await write { db in
            try db.execute(
                sql: """
                    INSERT INTO fleet_model (
                        fleet_id, version, reason, verdict, explanation, trained_streams, trained_readings,
                        excluded_readings, held_out_readings, metrics, seed, started_ns, finished_ns, description, blob)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (fleet_id, version) DO NOTHING
                    """,
                arguments: [
                    Int64(request.fleet) + 1, request.version, request.reason.rawValue, decision.verdict.rawValue,
                    decision.reason, weights?.streamCount ?? 0, decision.trainedReadings, decision.excludedReadings,
                    decision.heldOutReadings, try MetricText.encode(decision.metrics),
                    Int64(bitPattern: request.seed), startedAt.nanoseconds, finishedAt.nanoseconds,
                    weights?.summary ?? "", weights.map { Data($0.blob) },
                ])
            try db.execute(
                sql: "DELETE FROM fleet_request WHERE fleet_id = ? AND version = ?",
                arguments: [Int64(request.fleet) + 1, request.version])
            return try Int64.fetchOne(
                db, sql: "SELECT id FROM fleet_model WHERE fleet_id = ? AND version = ?",
                arguments: [Int64(request.fleet) + 1, request.version]) ?? 0
        }
    }

    /// The number of the newest promoted weights of a fleet up to a version; nil where there are none.
    package func fleetModelID(of reference: FleetReference) async throws(StorageFailure) -> Int64? {
        try await read { db in
            try Int64.fetchOne(
                db,
                sql: """
                    SELECT id FROM fleet_model
                    WHERE fleet_id = ? AND version <= ? AND verdict = 'promoted' ORDER BY version DESC LIMIT 1
                    """,
                arguments: [Int64(reference.fleet) + 1, reference.version])
        }
    }

    /// The bytes of a fleet's weights; nil where there are none of this number.
    package func fleetModelBlob(_ id: Int64) async throws(StorageFailure) -> [UInt8]? {
        try await read { db in
            try Data.fetchOne(
                db, sql: "SELECT blob FROM fleet_model WHERE id = ? AND blob IS NOT NULL", arguments: [id]
            ).map { [UInt8]($0) }
        }
    }

    /// The number of the fleet of a stream whose training is asked for without one, from the model that scores it; with it the newest
    /// version of its weights. Nil for a stream that is trained alone.
    package func fleetReference(ofLive stream: StreamID) async throws(StorageFailure) -> FleetReference? {
        try await read { db in
            try Row.fetchOne(
                db,
                sql: """
                    SELECT f.id, f.requested_version FROM model m
                    JOIN fleet_model w ON w.id = m.fleet_model_id JOIN fleet f ON f.id = w.fleet_id
                    WHERE m.stream_id = ? AND m.status = 'live'
                    """,
                arguments: [stream.rowID]
            ).map { FleetReference(fleet: Int($0[0] as Int64) - 1, version: $0[1]) }
        }
    }
}
