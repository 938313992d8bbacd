internal import AnomalyDetection
internal import Foundation
internal import GRDB

extension Store {
    /// Stores all of it in one transaction, even when the task is cancelled meanwhile.
    ///
    /// A reading whose stream and time are stored already is left out and counted. Everything else is set to what the
    /// commit says, so that a commit that was lost in a crash can be made again.
    ///
    /// - Throws: what kept it from being stored; then nothing of it was, and the same commit can be tried again.
    @discardableResult
    package func commit(_ commit: StoreCommit) async throws(StorageFailure) -> CommitSummary {
        let path = path
        return try await write { db in
            for stream in commit.streams { try Self.declare(stream, in: db, path: path) }
            for request in commit.detection.fleetRequests { try Self.upsert(request, in: db) }
            for id in commit.liveModels { try Self.makeLive(id, in: db, path: path) }
            let summary = try Self.insertReadings(commit.detection, in: db)
            try Self.updateScores(commit.detection.scoredLater, in: db)
            try Self.updateSettledScores(commit.detection.settled, in: db)
            for transition in commit.detection.transitions { try Self.upsert(transition.alert, in: db) }
            for alert in commit.detection.settledAlerts { try Self.update(alert, in: db) }
            for alert in commit.detection.newNormals { try Self.insertNewNormal(alert, in: db) }
            for (alert, reason) in commit.holdBacks { try Self.holdBack(alert, by: reason, in: db) }
            for hold in commit.detection.ruleHolds { try Self.upsert(hold, in: db) }
            for notice in commit.notices { try Self.upsert(notice, in: db) }
            for entry in commit.outbox { try Self.insert(entry, in: db) }
            for (stream, state) in commit.states { try Self.upsert(state, of: stream, in: db) }
            for position in commit.positions { try Self.upsert(position, in: db) }
            for loss in commit.losses { try Self.add(loss, in: db) }
            return summary
        }
    }

    private static func declare(_ stream: StreamRecord, in db: Database, path: String) throws {
        let id = stream.id.rowID
        try db.cachedStatement(
            sql: "INSERT INTO stream (id, name) VALUES (?, ?) ON CONFLICT (id) DO NOTHING"
        ).execute(arguments: [id, stream.name])
        if db.changesCount == 0 {
            let known = try String.fetchOne(
                db.cachedStatement(sql: "SELECT name FROM stream WHERE id = ?"), arguments: [id])
            guard known == stream.name else {
                throw StorageFailure.refused(
                    path: path, cause: "stream \(id) is \(known ?? "unknown"), not \(stream.name)")
            }
        }
        let insert = try db.cachedStatement(
            sql: "INSERT INTO channel (stream_id, position, name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
        for (position, name) in stream.channels.enumerated() {
            try insert.execute(arguments: [id, position, name])
        }
        let known = try String.fetchAll(
            db.cachedStatement(sql: "SELECT name FROM channel WHERE stream_id = ? ORDER BY position"), arguments: [id])
        guard known.starts(with: stream.channels) else {
            throw StorageFailure.refused(
                path: path, cause: "the channels of \(stream.name) are \(known), not \(stream.channels)")
        }
    }

    private static func insertReadings(_ output: DetectionOutput, in db: Database) throws -> CommitSummary {
        guard !output.rows.isEmpty else { return CommitSummary(insertedReadings: 0, duplicateReadings: 0) }
        let insert = try FastStatement(
            """
            INSERT INTO reading (
                stream_id, time_ns, score, model_id, alerting, threshold, held_back, settled, channel_values)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (stream_id, time_ns) DO NOTHING
            """, in: db)
        let changesBefore = db.totalChangesCount
        // What settled within the commit goes into the new row: to write it once is half the work.
        var settled = [Float](repeating: .nan, count: output.rows.count)
        for row in output.settled where row.row >= 0 { settled[row.row] = row.score }
        var text = ""
        for (index, row) in output.rows.enumerated() {
            try insert.bind(row.stream.rowID, at: 1)
            try insert.bind(row.time.nanoseconds, at: 2)
            try bindScore(of: row, to: insert, from: 3)
            try insert.bind(Double(settled[index]), at: 8)
            let end = row.valueStart + row.valueCount
            ReadingText.encode(output.values.span.extracting(row.valueStart..<end), into: &text)
            try insert.run(text: text, at: 9)
        }
        let inserted = db.totalChangesCount - changesBefore
        return CommitSummary(insertedReadings: inserted, duplicateReadings: output.rows.count - inserted)
    }

    private static func updateScores(_ rows: [DetectionOutput.Row], in db: Database) throws {
        guard !rows.isEmpty else { return }
        let update = try FastStatement(
            """
            UPDATE reading SET score = ?, model_id = ?, alerting = ?, threshold = ?, held_back = ?
            WHERE stream_id = ? AND time_ns = ?
            """, in: db)
        for row in rows {
            try bindScore(of: row, to: update, from: 1)
            try update.bind(row.stream.rowID, at: 6)
            try update.bind(row.time.nanoseconds, at: 7)
            try update.run()
        }
    }

    /// Writes settled scores of readings that were stored by an earlier commit.
    ///
    /// In the reading's own row: beside a table for them, which a view would have to join, it takes less time and less space.
    private static func updateSettledScores(_ rows: [DetectionOutput.SettledRow], in db: Database) throws {
        guard rows.contains(where: { $0.row < 0 }) else { return }
        let update = try FastStatement(
            "UPDATE reading SET settled = ? WHERE stream_id = ? AND time_ns = ?", in: db)
        for row in rows where row.row < 0 {
            try update.bind(Double(row.score), at: 1)
            try update.bind(row.stream.rowID, at: 2)
            try update.bind(row.time.nanoseconds, at: 3)
            try update.run()
        }
    }

    /// From this score on, which 3 normal readings in 100 reach, the threshold is stored beside it, and with milestones. It moves
    /// slowly, so the other readings can do without theirs; so can those of an alert that fires, for it stands still then.
    private static let notableScore: Float = 1.5

    /// Binds score, model, alerting, threshold and what held an alert back to five parameters.
    private static func bindScore(
        of row: DetectionOutput.Row, to statement: FastStatement, from place: Int32
    ) throws {
        try statement.bind(Double(row.score), at: place)
        if row.modelID == 0 {
            try statement.bindNull(at: place + 1)
        } else {
            try statement.bind(row.modelID, at: place + 1)
        }
        try statement.bind(Int64(row.isAlerting ? 1 : 0), at: place + 2)
        let isHeldBack = row.restraint != nil && row.restraint != .missingData
        let isNotable = !row.isFiring && (row.score >= notableScore || isHeldBack || row.isMilestone)
        try statement.bind(isNotable ? Double(row.threshold) : .nan, at: place + 3)
        if let restraint = row.restraint {
            try statement.bind(restraint.rawValue, at: place + 4)
        } else {
            try statement.bindNull(at: place + 4)
        }
    }

    private static func modelValue(_ id: Int64) -> DatabaseValue {
        id == 0 ? .null : id.databaseValue
    }

    private static func upsert(_ alert: Alert, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO alert (
                    id, stream_id, started_ns, fired_ns, resolved_ns, peak_score, peak_ns, threshold, provisional,
                    model_id, shape, contributions, kind, unit_change, clearing_threshold, window_readings,
                    missing_readings, adapts_ns, moved_since_ns)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET
                    stream_id = excluded.stream_id, started_ns = excluded.started_ns, fired_ns = excluded.fired_ns,
                    resolved_ns = excluded.resolved_ns, peak_score = excluded.peak_score, peak_ns = excluded.peak_ns,
                    threshold = excluded.threshold, provisional = excluded.provisional,
                    model_id = excluded.model_id, shape = excluded.shape, contributions = excluded.contributions,
                    unit_change = excluded.unit_change, clearing_threshold = excluded.clearing_threshold,
                    window_readings = excluded.window_readings, missing_readings = excluded.missing_readings,
                    adapts_ns = excluded.adapts_ns
                """
        ).execute(arguments: [
            alert.id, alert.stream.rowID, alert.startedAt.nanoseconds, alert.firedAt.nanoseconds,
            alert.resolvedAt?.nanoseconds, alert.peakScore, alert.peakAt.nanoseconds, alert.threshold,
            alert.isProvisional, modelValue(alert.modelID), alert.shape.rawValue,
            ContributionText.encode(alert.contributions), alert.kind.rawValue, alert.unitChange?.rawValue,
            alert.clearingThreshold, alert.window?.readings, alert.window?.missing, alert.adaptsAt?.nanoseconds,
            alert.movedSince?.nanoseconds,
        ])
    }

    private static func holdBack(_ alert: Int64, by reason: String?, in db: Database) throws {
        try db.cachedStatement(sql: "UPDATE alert SET held_back_by = ? WHERE id = ?").execute(arguments: [
            reason, alert,
        ])
    }

    /// Notes that an alert has lasted so long that it became normal, once.
    private static func insertNewNormal(_ alert: Alert, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO alert_feedback (alert_id, verdict, note, author, while_firing, created_ns)
                SELECT ?1, 'new_normal', 'it has lasted as long as alerts.adapt_after says', 'harken', 1, ?2
                WHERE NOT EXISTS (SELECT 1 FROM alert_feedback WHERE alert_id = ?1)
                """
        ).execute(arguments: [alert.id, alert.peakAt.nanoseconds])
    }

    private static func update(_ alert: DetectionOutput.SettledAlert, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                UPDATE alert SET settled_ns = ?, settled_started_ns = ?, settled_ended_ns = ?
                WHERE stream_id = ? AND started_ns = ?
                """
        ).execute(arguments: [
            alert.settledAt.nanoseconds, alert.extent?.lowerBound.nanoseconds, alert.extent?.upperBound.nanoseconds,
            alert.stream.rowID, alert.startedAt.nanoseconds,
        ])
    }

    /// Stores what is to be told; of what is in a message already nothing changes any more.
    private static func upsert(_ notice: Notice, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO notice (alert_id, receiver, transition, own_id, labels, item, for_digest, created_ns)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (receiver, alert_id, transition) DO UPDATE SET for_digest = excluded.for_digest
                WHERE delivery_id IS NULL
                """
        ).execute(arguments: [
            notice.alertID, notice.receiver, notice.transition.rawValue, notice.ownID,
            try LabelText.encode(notice.labels), notice.item, notice.isForDigest, notice.createdAt.nanoseconds,
        ])
    }

    /// Stores a message with what it is about; not one of which all was told before, which would be told under another id.
    private static func insert(_ entry: OutboxEntry, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO delivery (kind, webhook_id, receiver, payload, created_ns, due_ns)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (receiver, webhook_id) DO NOTHING
                """
        ).execute(arguments: [
            entry.kind.rawValue, entry.webhookID, entry.receiver, entry.payload, entry.createdAt.nanoseconds,
            entry.dueAt.nanoseconds,
        ])
        guard db.changesCount == 1 else { return }
        let message = db.lastInsertedRowID
        let tell = try db.cachedStatement(
            sql: """
                INSERT INTO notice (
                    alert_id, receiver, transition, own_id, labels, for_digest, created_ns, delivery_id)
                VALUES (?1, ?2, ?3, ?4, '{}', ?5, ?6, ?7)
                ON CONFLICT (receiver, alert_id, transition) DO UPDATE SET
                    item = NULL, for_digest = excluded.for_digest, delivery_id = excluded.delivery_id
                WHERE delivery_id IS NULL
                """)
        var toldCount = 0
        for step in entry.steps {
            try tell.execute(arguments: [
                step.alertID, entry.receiver, step.transition.rawValue, entry.webhookID, entry.kind == .digest,
                entry.createdAt.nanoseconds, message,
            ])
            toldCount += db.changesCount
        }
        if toldCount == 0 { try db.execute(sql: "DELETE FROM delivery WHERE id = ?", arguments: [message]) }
    }

    private static func upsert(_ hold: DetectionOutput.RuleHold, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO rule_hold (stream_id, started_ns, through_ns, channel, rule, peak_score)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (stream_id, started_ns) DO UPDATE SET
                    through_ns = excluded.through_ns, peak_score = excluded.peak_score
                """
        ).execute(arguments: [
            hold.stream.rowID, hold.startedAt.nanoseconds, hold.through.nanoseconds, hold.channel, hold.rule,
            hold.peakScore,
        ])
    }

    /// SQL for a stream's first reading with a score, looked for only while it is not known: before it lie those of the warm-up.
    private static let firstScored = """
        CASE WHEN ?2 = 'scoring' AND NOT EXISTS (
            SELECT 1 FROM stream_state WHERE stream_id = ?1 AND scoring_since_ns IS NOT NULL)
        THEN (
            SELECT time_ns FROM reading WHERE stream_id = ?1 AND score IS NOT NULL ORDER BY time_ns LIMIT 1)
        END
        """

    private static func upsert(_ state: StreamState, of stream: StreamID, in db: Database) throws {
        let status = state.status
        try db.cachedStatement(
            sql: """
                INSERT INTO stream_state (
                    stream_id, phase, readings, readings_needed, threshold, threshold_provisional, detail, state,
                    asked_alarms, asked_period_ns, scoring_since_ns)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, \(firstScored))
                ON CONFLICT (stream_id) DO UPDATE SET
                    phase = excluded.phase, readings = excluded.readings, readings_needed = excluded.readings_needed,
                    threshold = excluded.threshold, threshold_provisional = excluded.threshold_provisional,
                    detail = excluded.detail, state = excluded.state, asked_alarms = excluded.asked_alarms,
                    asked_period_ns = excluded.asked_period_ns,
                    scoring_since_ns = coalesce(scoring_since_ns, excluded.scoring_since_ns)
                """
        ).execute(arguments: [
            stream.rowID, status.phase.rawValue, status.readings, status.readingsNeeded, status.threshold,
            status.isThresholdProvisional, status.detail, Data(state.bytes), status.falseAlarms?.count,
            status.falseAlarms?.period,
        ])
    }

    private static func upsert(_ position: InputPosition, in db: Database) throws {
        try db.cachedStatement(
            sql: "INSERT OR REPLACE INTO input_position (source, position, updated_ns) VALUES (?, ?, ?)"
        ).execute(arguments: [position.source, position.position, position.updatedAt.nanoseconds])
    }

    private static func add(_ loss: IngestLoss, in db: Database) throws {
        let hour: Int64 = 3_600_000_000_000
        let time = loss.time.nanoseconds
        try db.cachedStatement(
            sql: """
                INSERT INTO loss (hour_ns, source, reason, count, sample) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (hour_ns, source, reason) DO UPDATE SET
                    count = count + excluded.count, sample = coalesce(sample, excluded.sample)
                """
        ).execute(arguments: [
            time - (time % hour + hour) % hour, loss.source, loss.reason, loss.count, loss.sample,
        ])
    }
}

extension StreamID {
    /// The stream's number in the database, where numbers begin with 1.
    var rowID: Int64 { Int64(index) + 1 }

    /// The stream with this number in the database.
    init(rowID: Int64) {
        self.init(Int(rowID) - 1)
    }
}
