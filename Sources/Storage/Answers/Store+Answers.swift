package import AnomalyDetection
internal import GRDB

extension Store {
    /// SQL for the feedback `f` that counts: the newest on its alert.
    private static let isNewest = "f.id = (SELECT max(id) FROM alert_feedback WHERE alert_id = f.alert_id)"

    /// A number that rises with everything that people say; cheap to ask for often.
    package func answerRevision() async throws(StorageFailure) -> Int64 {
        try await read { db in try Self.revision(in: db) }
    }

    /// All that people have said.
    package func answers() async throws(StorageFailure) -> Answers {
        try await read { db in
            var answers = Answers()
            answers.revision = try Self.revision(in: db)
            answers.silences = try Self.periods(.silence, in: db)
            answers.maintenance = try Self.periods(.maintenance, in: db)
            answers.verdicts = try Self.verdicts(in: db)
            answers.requests = try Row.fetchAll(
                db, sql: "SELECT id, action, subject FROM request WHERE done_ns IS NULL ORDER BY id"
            ).compactMap { row in
                PersonRequest.Action(rawValue: row[1]).map { PersonRequest(id: row[0], action: $0, subject: row[2]) }
            }
            return answers
        }
    }

    /// The alerts that fire although nobody was told of them, and why nobody was; without those that wait for a digest.
    package func heldBackAlerts() async throws(StorageFailure) -> [AlertRecord] {
        try await read { db in
            try AlertRecord.fetch(
                db, where: "a.resolved_ns IS NULL AND a.held_back_by <> '\(Notice.budgetReason)'", order: "a.id")
        }
    }

    /// What was said of a stream's readings from one time through another.
    package func trainingLabels(
        of stream: StreamID, from start: Timestamp, through end: Timestamp
    ) async throws(StorageFailure) -> TrainingLabels {
        guard start <= end else { return TrainingLabels() }
        return try await read { db in
            var labels = TrainingLabels()
            let alerts = try Row.fetchCursor(
                db,
                sql: """
                    SELECT a.started_ns, coalesce(a.settled_started_ns, a.started_ns),
                        max(coalesce(a.resolved_ns, ?3), coalesce(a.settled_ended_ns, 0)), f.verdict
                    FROM alert_feedback f JOIN alert a ON a.id = f.alert_id
                    WHERE a.stream_id = ?1 AND a.kind = 'anomaly' AND a.started_ns <= ?3
                        AND coalesce(a.resolved_ns, ?3) >= ?2
                        AND \(Self.isNewest)
                    ORDER BY a.started_ns
                    """,
                arguments: [stream.rowID, start.nanoseconds, end.nanoseconds])
            while let row = try alerts.next() {
                let began = Timestamp(nanoseconds: row[0])
                let stretch = Self.stretch(min(row[0] as Int64, row[1]), row[2], in: start...end)
                guard let stretch else { continue }
                switch AlertVerdict.Verdict(rawValue: row[3]) {
                case .falseAlarm: labels.normal.append(stretch)
                case .confirmed: labels.confirmed.append(stretch)
                case .newNormal:
                    labels.normal.append(stretch)
                    labels.newNormalStart = began
                case nil: break
                }
            }
            let works = try Row.fetchCursor(
                db,
                sql: """
                    SELECT p.starts_ns, coalesce(p.ends_ns, ?3)
                    FROM maintenance_period p JOIN stream s ON s.name GLOB p.stream_pattern
                    WHERE s.id = ?1 AND p.starts_ns <= ?3 AND coalesce(p.ends_ns, ?3) >= ?2
                    ORDER BY p.id
                    """,
                arguments: [stream.rowID, start.nanoseconds, end.nanoseconds])
            while let row = try works.next() {
                if let stretch = Self.stretch(row[0], row[1], in: start...end) { labels.maintenance.append(stretch) }
            }
            return labels
        }
    }

    /// What came of something that was asked for; nil while it waits.
    package func outcome(ofRequest id: Int64) async throws(StorageFailure) -> String? {
        try await read { db in
            try String.fetchOne(db, sql: "SELECT outcome FROM request WHERE id = ?", arguments: [id])
        }
    }

    /// Notes what came of something that somebody asked for. Does nothing where it is done already.
    package func finish(_ request: PersonRequest, outcome: String, at time: Timestamp) async throws(StorageFailure) {
        try await write { db in
            try db.execute(
                sql: "UPDATE request SET done_ns = ?, outcome = ? WHERE id = ? AND done_ns IS NULL",
                arguments: [time.nanoseconds, outcome, request.id])
        }
    }

    private static func stretch(
        _ first: Int64, _ last: Int64, in whole: ClosedRange<Timestamp>
    ) -> ClosedRange<Timestamp>? {
        let lower = max(Timestamp(nanoseconds: first), whole.lowerBound)
        let upper = min(Timestamp(nanoseconds: last), whole.upperBound)
        return lower <= upper ? lower...upper : nil
    }

    private static func revision(in db: Database) throws -> Int64 {
        try Int64.fetchOne(db.cachedStatement(sql: "SELECT revision FROM answer_revision")) ?? 0
    }

    private static func periods(_ kind: QuietPeriod.Kind, in db: Database) throws -> [QuietPeriod] {
        try Row.fetchAll(
            db, sql: "SELECT id, stream_pattern, starts_ns, ends_ns, reason FROM \(kind.rawValue) ORDER BY id"
        ).map { row in
            QuietPeriod(
                id: row[0], streamPattern: row[1], start: Timestamp(nanoseconds: row[2]),
                end: (row[3] as Int64?).map(Timestamp.init(nanoseconds:)), reason: row[4])
        }
    }

    private static func verdicts(in db: Database) throws -> [AlertVerdict] {
        let newest = try Row.fetchAll(
            db,
            sql: """
                SELECT f.alert_id, f.verdict, f.while_firing, f.author = 'harken',
                    EXISTS (
                        SELECT 1 FROM training_run t
                        WHERE t.stream_id = a.stream_id AND t.started_ns >= f.created_ns)
                FROM alert_feedback f JOIN alert a ON a.id = f.alert_id
                WHERE \(Self.isNewest)
                """)
        var byAlert: [Int64: Row] = [:]
        for row in newest { byAlert[row[0]] = row }
        return try AlertRecord.fetch(
            db, where: "a.id IN (SELECT alert_id FROM alert_feedback)", order: "a.id"
        ).compactMap { record in
            guard let row = byAlert[record.alert.id], let verdict = AlertVerdict.Verdict(rawValue: row[1])
            else { return nil }
            return AlertVerdict(
                alert: record.alert, verdict: verdict, wasJudgedFiring: row[2], isAutomatic: row[3],
                isLearned: row[4])
        }
    }
}
