/// What the second migration adds: settled scores, and where they place an alert in time. Shipped: never to be changed.
enum SettledScores {
    /// One statement each.
    ///
    /// SQLite puts new columns before the comment of the column in front of them, so their own comments are within.
    static let statements = [
        """
        ALTER TABLE reading ADD COLUMN settled REAL \
        /* the settled score; null until the windows that cover the reading were scored */
        """,
        "ALTER TABLE alert ADD COLUMN settled_ns INTEGER /* the reading with which its extent became known */",
        "ALTER TABLE alert ADD COLUMN settled_started_ns INTEGER /* its first reading by settled scores; null where they do not bear it out */",
        "ALTER TABLE alert ADD COLUMN settled_ended_ns INTEGER /* its last reading by settled scores */",
        "DROP VIEW alerts_open",
        "DROP VIEW alerts",
        """
        CREATE VIEW alerts AS
        -- Every alert, as people read it. What is settled is known some time after the alert was resolved.
        SELECT
            a.id,
            s.name AS stream,
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
        "DROP VIEW scores",
        """
        CREATE VIEW scores AS
        -- Every reading's live score, null while there was no model, and its settled score, null until the windows that
        -- cover the reading were scored. Filter by time_ns where speed matters: it is the key.
        SELECT
            s.name AS stream,
            \(FirstViews.text("r.time_ns")) AS reading_at,
            \(FirstViews.epoch("r.time_ns")) AS reading_epoch,
            r.time_ns,
            round(r.score, 6) AS score,
            round(r.settled, 6) AS settled,
            r.alerting,
            m.version AS model_version
        FROM reading r
        JOIN stream s ON s.id = r.stream_id
        LEFT JOIN model m ON m.id = r.model_id
        """,
    ]
}
