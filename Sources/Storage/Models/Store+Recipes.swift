package import AnomalyDetection
internal import GRDB

extension Store {
    /// What a model was fitted to and with, what its training left out, and the version that was live then; nil where that was not stored, which is so for models
    /// of earlier programs.
    package func recipe(
        ofModel id: Int64
    ) async throws(StorageFailure) -> (recipe: TrainingRecipe, ledger: [TrainingExclusion], liveModelID: Int64?)? {
        try await read { db in
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT t.id, r.recipe, r.live_model_id FROM training_run t JOIN training_recipe r ON r.run_id = t.id
                    WHERE t.model_id = ?
                    """,
                arguments: [id])
            guard let row else { return nil }
            return (try RecipeText.decode(row[1]), try Self.ledger(ofRun: row[0], in: db), row[2])
        }
    }

    private static func ledger(ofRun run: Int64, in db: Database) throws -> [TrainingExclusion] {
        try Row.fetchAll(
            db,
            sql:
                "SELECT reason, from_ns, through_ns, readings FROM training_exclusion WHERE run_id = ? ORDER BY from_ns",
            arguments: [run]
        ).compactMap { row in
            TrainingExclusion.Reason(rawValue: row[0]).map { reason in
                TrainingExclusion(
                    reason: reason, times: Timestamp(nanoseconds: row[1])...Timestamp(nanoseconds: row[2]),
                    count: row[3])
            }
        }
    }

    /// Notes that a model broke its false-alarm budget and has the version before it score again, in one transaction: that is
    /// `scheduled` until ``StoreCommit/liveModels`` says that it scores. One that was scheduled before is superseded.
    package func insertRollback(
        _ plan: RollbackPlan, request: TrainingRequest, at time: Timestamp
    ) async throws(StorageFailure) {
        try await write { db in
            let stream = request.stream.rowID
            try db.execute(
                sql: "UPDATE model SET status = 'superseded' WHERE stream_id = ? AND status = 'scheduled'",
                arguments: [stream])
            try db.execute(sql: "UPDATE model SET status = 'scheduled' WHERE id = ?", arguments: [plan.to])
            try db.execute(
                sql: """
                    INSERT INTO training_run (
                        stream_id, reason, verdict, explanation, through_ns, through_reading, seed, trained_readings,
                        excluded_readings, held_out_readings, metrics, started_ns, finished_ns, model_id)
                    VALUES (?, ?, 'promoted', ?, ?, ?, ?, 0, 0, 0, ?, ?, ?, ?)
                    """,
                arguments: [
                    stream, request.reason.rawValue, plan.explanation, request.throughTime.nanoseconds,
                    request.throughReading, Int64(bitPattern: request.seed), try MetricText.encode(plan.metrics),
                    time.nanoseconds, time.nanoseconds, plan.to,
                ])
            try db.execute(
                sql: """
                    INSERT INTO model_withdrawal (model_id, run_id, withdrawn_ns) VALUES (?, ?, ?)
                    ON CONFLICT (model_id) DO NOTHING
                    """,
                arguments: [plan.from, db.lastInsertedRowID, time.nanoseconds])
        }
    }
}
