/// What the third migration adds: what people say of alerts and of times, what they ask for, alerts of more than one kind, and
/// which readings a training left out. Shipped: never to be changed.
///
/// People write to the views `feedback`, `silences` and `maintenance` with plain INSERTs; triggers check what they say and turn
/// times as text into nanoseconds. Each change raises `answer_revision`, by which a running daemon sees that there is news.
enum PeoplesAnswers {
    /// One statement each, in an order in which references resolve.
    static let statements =
        alertColumns + tables + feedback + views(of: silence) + views(of: maintenance) + trainingRuns

    // MARK: Alerts

    private static let alertColumns = [
        """
        ALTER TABLE alert ADD COLUMN kind TEXT NOT NULL DEFAULT 'anomaly' \
        CHECK (kind IN ('anomaly', 'no_data', 'baseline_drift')) /* the last is not raised yet */
        """,
        """
        ALTER TABLE alert ADD COLUMN held_back_by TEXT \
        /* why nobody was told of it, such as 'silence 3'; null where it was told */
        """,
        "ALTER TABLE delivery ADD COLUMN retry_from_ns INTEGER /* when somebody asked for it again; its age counts from then */",
        "DROP VIEW alerts_open",
        "DROP VIEW alerts",
        """
        CREATE VIEW alerts AS
        -- Every alert, as people read it. What is settled is known some time after the alert was resolved.
        SELECT
            a.id,
            s.name AS stream,
            a.kind,
            iif(a.resolved_ns IS NULL, 'firing', 'resolved') AS state,
            \(FirstViews.text("a.started_ns")) AS started_at,
            \(FirstViews.epoch("a.started_ns")) AS started_epoch,
            \(FirstViews.text("a.fired_ns")) AS fired_at,
            \(FirstViews.epoch("a.fired_ns")) AS fired_epoch,
            \(FirstViews.text("a.resolved_ns")) AS resolved_at,
            \(FirstViews.epoch("a.resolved_ns")) AS resolved_epoch,
            \(FirstViews.text("a.settled_started_ns")) AS settled_started_at,
            \(FirstViews.epoch("a.settled_started_ns")) AS settled_started_epoch,
            \(FirstViews.text("a.settled_ended_ns")) AS settled_ended_at,
            \(FirstViews.epoch("a.settled_ended_ns")) AS settled_ended_epoch,
            \(FirstViews.text("a.settled_ns")) AS settled_at,
            \(FirstViews.epoch("a.settled_ns")) AS settled_epoch,
            round(a.peak_score, 6) AS peak_score,
            \(FirstViews.text("a.peak_ns")) AS peak_at,
            \(FirstViews.epoch("a.peak_ns")) AS peak_epoch,
            round(a.threshold, 6) AS threshold,
            a.provisional,
            a.shape,
            a.contributions ->> '$[0].channel' AS leading_channel,
            a.held_back_by,
            (SELECT f.verdict FROM alert_feedback f WHERE f.alert_id = a.id ORDER BY f.id DESC LIMIT 1) AS verdict,
            m.version AS model_version,
            a.contributions
        FROM alert a
        JOIN stream s ON s.id = a.stream_id
        LEFT JOIN model m ON m.id = a.model_id
        """,
        """
        CREATE VIEW alerts_open AS
        -- The alerts that fire now.
        SELECT * FROM alerts WHERE state = 'firing'
        """,
    ]

    // MARK: Tables

    private static let tables = [
        """
        CREATE TABLE answer_revision (
            -- Rises with everything that people say, so that a running daemon sees it at a glance.
            id INTEGER PRIMARY KEY CHECK (id = 1),
            revision INTEGER NOT NULL
        ) STRICT
        """,
        "INSERT INTO answer_revision (id, revision) VALUES (1, 0)",
        """
        CREATE TABLE alert_feedback (
            -- What somebody said of an alert; the newest counts.
            id INTEGER PRIMARY KEY,
            alert_id INTEGER NOT NULL REFERENCES alert (id),
            verdict TEXT NOT NULL CHECK (verdict IN ('false_alarm', 'confirmed', 'new_normal')),
            note TEXT,
            while_firing INTEGER NOT NULL CHECK (while_firing IN (0, 1)), -- whether the alert had not ended by then
            author TEXT NOT NULL DEFAULT 'person' CHECK (author IN ('person', 'harken')),
            created_ns INTEGER NOT NULL
        ) STRICT
        """,
        "CREATE INDEX alert_feedback_alert ON alert_feedback (alert_id)",
        table(of: silence),
        table(of: maintenance),
        """
        CREATE TABLE request (
            -- What somebody asked the daemon to do.
            id INTEGER PRIMARY KEY,
            action TEXT NOT NULL CHECK (action IN ('roll_back_model', 'retry_delivery')),
            subject INTEGER NOT NULL, -- the id of the model to go back to, or of the delivery
            created_ns INTEGER NOT NULL,
            done_ns INTEGER, -- null while it waits
            outcome TEXT -- what came of it, as a sentence
        ) STRICT
        """,
        "CREATE INDEX request_open ON request (id) WHERE done_ns IS NULL",
        raise("request_inserted", "AFTER INSERT ON request"),
    ]

    // MARK: Feedback

    private static let feedback = [
        raise("alert_feedback_inserted", "AFTER INSERT ON alert_feedback"),
        raise("alert_feedback_deleted", "AFTER DELETE ON alert_feedback"),
        """
        CREATE VIEW feedback AS
        -- What people say of alerts: INSERT INTO feedback (alert_id, verdict, note) VALUES (7, 'false_alarm', 'pump test').
        SELECT
            f.id,
            f.alert_id,
            s.name AS stream,
            f.verdict,
            f.note,
            f.author,
            \(FirstViews.text("f.created_ns")) AS created_at,
            \(FirstViews.epoch("f.created_ns")) AS created_epoch
        FROM alert_feedback f
        JOIN alert a ON a.id = f.alert_id
        JOIN stream s ON s.id = a.stream_id
        """,
        """
        CREATE TRIGGER feedback_insert INSTEAD OF INSERT ON feedback
        BEGIN
            SELECT CASE
                WHEN NEW.verdict IS NULL OR NEW.verdict NOT IN ('false_alarm', 'confirmed', 'new_normal')
                    THEN RAISE(ABORT, 'feedback.verdict has to be false_alarm, confirmed or new_normal')
                WHEN NOT EXISTS (SELECT 1 FROM alert WHERE id = NEW.alert_id)
                    THEN RAISE(ABORT, 'feedback.alert_id is not the id of an alert; SELECT id, stream FROM alerts shows them')
                END;
            INSERT INTO alert_feedback (alert_id, verdict, note, while_firing, created_ns)
            SELECT id, NEW.verdict, NEW.note, resolved_ns IS NULL, \(now) FROM alert WHERE id = NEW.alert_id;
        END
        """,
        """
        CREATE TRIGGER feedback_delete INSTEAD OF DELETE ON feedback
        BEGIN
            DELETE FROM alert_feedback WHERE id = OLD.id;
        END
        """,
    ]

    // MARK: Silences and maintenance

    private struct PeriodKind {
        var table: String
        var view: String
        var meaning: String
        var example: String
    }

    private static let silence = PeriodKind(
        table: "silence", view: "silences",
        meaning: "When nobody is told of alerts of streams whose name matches; the alerts themselves are kept",
        example:
            "INSERT INTO silences (stream, ends_at, reason) VALUES ('pump-*', datetime('now', '+2 hours'), 'known')")

    private static let maintenance = PeriodKind(
        table: "maintenance_period", view: "maintenance",
        meaning:
            "When streams whose name matches were worked on: nobody is told, and nothing is learned from the readings",
        example:
            "INSERT INTO maintenance (stream, starts_at, ends_at) VALUES ('pump-3', '2026-01-31T08:00Z', '2026-01-31T12:00Z')"
    )

    private static func table(of kind: PeriodKind) -> String {
        """
        CREATE TABLE \(kind.table) (
            -- \(kind.meaning).
            id INTEGER PRIMARY KEY,
            stream_pattern TEXT NOT NULL, -- of *, ? and [...]
            starts_ns INTEGER NOT NULL,
            ends_ns INTEGER, -- null until somebody ends it
            reason TEXT,
            created_ns INTEGER NOT NULL,
            CHECK (ends_ns IS NULL OR ends_ns >= starts_ns)
        ) STRICT
        """
    }

    private static func views(of kind: PeriodKind) -> [String] {
        [
            raise("\(kind.table)_inserted", "AFTER INSERT ON \(kind.table)"),
            raise("\(kind.table)_updated", "AFTER UPDATE ON \(kind.table)"),
            raise("\(kind.table)_deleted", "AFTER DELETE ON \(kind.table)"),
            """
            CREATE VIEW \(kind.view) AS
            -- \(kind.meaning).
            -- \(kind.example). Times are UTC where they name no zone; without starts_at it starts now,
            -- without ends_at it lasts until the row is deleted or gets one.
            SELECT
                p.id,
                p.stream_pattern AS stream,
                \(FirstViews.text("p.starts_ns")) AS starts_at,
                \(FirstViews.epoch("p.starts_ns")) AS starts_epoch,
                \(FirstViews.text("p.ends_ns")) AS ends_at,
                \(FirstViews.epoch("p.ends_ns")) AS ends_epoch,
                p.reason,
                \(now) BETWEEN p.starts_ns AND coalesce(p.ends_ns, \(now)) AS active,
                \(FirstViews.text("p.created_ns")) AS created_at,
                \(FirstViews.epoch("p.created_ns")) AS created_epoch
            FROM \(kind.table) p
            """,
            """
            CREATE TRIGGER \(kind.view)_insert INSTEAD OF INSERT ON \(kind.view)
            BEGIN
                \(periodCheck(kind))
                INSERT INTO \(kind.table) (stream_pattern, starts_ns, ends_ns, reason, created_ns)
                VALUES (
                    coalesce(NEW.stream, '*'), coalesce(\(nanoseconds("NEW.starts_at")), \(now)),
                    \(nanoseconds("NEW.ends_at")), NEW.reason, \(now));
            END
            """,
            """
            CREATE TRIGGER \(kind.view)_update INSTEAD OF UPDATE ON \(kind.view)
            BEGIN
                \(periodCheck(kind))
                UPDATE \(kind.table) SET
                    stream_pattern = coalesce(NEW.stream, '*'),
                    starts_ns = iif(NEW.starts_at IS OLD.starts_at, starts_ns, coalesce(\(nanoseconds("NEW.starts_at")), \(now))),
                    ends_ns = iif(NEW.ends_at IS OLD.ends_at, ends_ns, \(nanoseconds("NEW.ends_at"))),
                    reason = NEW.reason
                WHERE id = OLD.id;
            END
            """,
            """
            CREATE TRIGGER \(kind.view)_delete INSTEAD OF DELETE ON \(kind.view)
            BEGIN
                DELETE FROM \(kind.table) WHERE id = OLD.id;
            END
            """,
        ]
    }

    private static func periodCheck(_ kind: PeriodKind) -> String {
        let expected = "is not a time; write it as 2026-01-31T08:00:00Z, or use datetime(...)"
        return """
            SELECT CASE
                    WHEN NEW.starts_at IS NOT NULL AND \(nanoseconds("NEW.starts_at")) IS NULL
                        THEN RAISE(ABORT, '\(kind.view).starts_at \(expected)')
                    WHEN NEW.ends_at IS NOT NULL AND \(nanoseconds("NEW.ends_at")) IS NULL
                        THEN RAISE(ABORT, '\(kind.view).ends_at \(expected)')
                    WHEN \(nanoseconds("NEW.ends_at")) < coalesce(\(nanoseconds("NEW.starts_at")), \(now))
                        THEN RAISE(ABORT, '\(kind.view).ends_at lies before starts_at, which is now where it is not given')
                    END;
            """
    }

    // MARK: Trainings

    /// The reasons of trainings have become more, and a table's checks do not change, so it is made anew.
    private static let trainingRuns = [
        "ALTER TABLE training_run RENAME TO training_run_before",
        "DROP VIEW training_runs",
        "DROP INDEX training_run_stream",
        """
        CREATE TABLE training_run (
            -- One training and what became of it.
            id INTEGER PRIMARY KEY,
            stream_id INTEGER NOT NULL REFERENCES stream (id),
            reason TEXT NOT NULL CHECK (reason IN ('warm_up', 'growth', 'schedule', 'command', 'new_normal', 'drift')),
            verdict TEXT NOT NULL CHECK (verdict IN ('promoted', 'rejected', 'skipped')),
            explanation TEXT NOT NULL,
            through_ns INTEGER NOT NULL, -- the newest reading that it was allowed to see
            through_reading INTEGER NOT NULL, -- how many readings the stream had by then
            seed INTEGER NOT NULL,
            trained_readings INTEGER NOT NULL,
            excluded_readings INTEGER NOT NULL, -- left out; training_exclusion says which and why
            held_out_readings INTEGER NOT NULL, -- those on which candidate and live version were compared
            metrics TEXT NOT NULL CHECK (json_valid(metrics)), -- the numbers behind the verdict, by name
            started_ns INTEGER NOT NULL,
            finished_ns INTEGER NOT NULL,
            model_id INTEGER REFERENCES model (id) -- the candidate, if there is one
        ) STRICT
        """,
        """
        INSERT INTO training_run
        SELECT id, stream_id, reason, verdict, explanation, through_ns, through_reading, seed, trained_readings,
            excluded_readings, held_out_readings, metrics, started_ns, finished_ns, model_id
        FROM training_run_before
        """,
        "DROP TABLE training_run_before",
        "CREATE INDEX training_run_stream ON training_run (stream_id)",
        """
        CREATE TABLE training_exclusion (
            -- The ledger: readings of the history that a training did not learn from, and why.
            run_id INTEGER NOT NULL REFERENCES training_run (id),
            from_ns INTEGER NOT NULL, -- the first of them
            through_ns INTEGER NOT NULL, -- the last
            readings INTEGER NOT NULL, -- how many
            reason TEXT NOT NULL CHECK (
                reason IN ('alerted', 'abnormal', 'confirmed', 'maintenance', 'old_normal', 'held_out')),
            PRIMARY KEY (run_id, from_ns)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE VIEW training_runs AS
        -- Every training, what became of it and why.
        SELECT
            t.id,
            s.name AS stream,
            t.reason,
            t.verdict,
            t.explanation,
            m.version AS model_version,
            \(FirstViews.text("t.through_ns")) AS through_at,
            \(FirstViews.epoch("t.through_ns")) AS through_epoch,
            t.trained_readings,
            t.excluded_readings,
            t.held_out_readings,
            t.metrics,
            t.seed,
            \(FirstViews.text("t.started_ns")) AS started_at,
            \(FirstViews.epoch("t.started_ns")) AS started_epoch,
            \(FirstViews.text("t.finished_ns")) AS finished_at,
            \(FirstViews.epoch("t.finished_ns")) AS finished_epoch
        FROM training_run t
        JOIN stream s ON s.id = t.stream_id
        LEFT JOIN model m ON m.id = t.model_id
        """,
        """
        CREATE VIEW training_ledger AS
        -- For every training the stretches of readings that it did not learn from, and why.
        SELECT
            e.run_id AS training_id,
            s.name AS stream,
            m.version AS model_version,
            e.reason,
            e.readings,
            \(FirstViews.text("e.from_ns")) AS from_at,
            \(FirstViews.epoch("e.from_ns")) AS from_epoch,
            \(FirstViews.text("e.through_ns")) AS through_at,
            \(FirstViews.epoch("e.through_ns")) AS through_epoch
        FROM training_exclusion e
        JOIN training_run t ON t.id = e.run_id
        JOIN stream s ON s.id = t.stream_id
        LEFT JOIN model m ON m.id = t.model_id
        """,
    ]

    // MARK: Pieces

    /// SQL for this moment in nanoseconds, to the millisecond, which is as exact as SQLite's clock.
    private static let now = "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000000"

    /// SQL for a time as text in nanoseconds; null where it is none. A bare number is none, although SQLite would take it as a
    /// Julian day.
    private static func nanoseconds(_ text: String) -> String {
        """
        iif(\(text) = 'now' OR \(text) GLOB '[0-9][0-9][0-9][0-9]-*', \
        CAST(round((julianday(\(text)) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL)
        """
    }

    private static func raise(_ name: String, _ event: String) -> String {
        """
        CREATE TRIGGER \(name) \(event)
        BEGIN
            UPDATE answer_revision SET revision = revision + 1;
        END
        """
    }
}
