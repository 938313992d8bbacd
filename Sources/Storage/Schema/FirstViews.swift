/// The views of the first migration, for people. Shipped: never to be changed.
enum FirstViews {
    /// One statement each.
    static let statements = [
        """
        CREATE VIEW alerts AS
        -- Every alert, as people read it.
        SELECT
            a.id,
            s.name AS stream,
            iif(a.resolved_ns IS NULL, 'firing', 'resolved') AS state,
            \(text("a.started_ns")) AS started_at,
            \(epoch("a.started_ns")) AS started_epoch,
            \(text("a.fired_ns")) AS fired_at,
            \(epoch("a.fired_ns")) AS fired_epoch,
            \(text("a.resolved_ns")) AS resolved_at,
            \(epoch("a.resolved_ns")) AS resolved_epoch,
            round(a.peak_score, 6) AS peak_score,
            \(text("a.peak_ns")) AS peak_at,
            \(epoch("a.peak_ns")) AS peak_epoch,
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
        """
        CREATE VIEW scores AS
        -- Every reading's score; null while there was no model. Filter by time_ns where speed matters: it is the key.
        SELECT
            s.name AS stream,
            \(text("r.time_ns")) AS reading_at,
            \(epoch("r.time_ns")) AS reading_epoch,
            r.time_ns,
            round(r.score, 6) AS score,
            r.alerting,
            m.version AS model_version
        FROM reading r
        JOIN stream s ON s.id = r.stream_id
        LEFT JOIN model m ON m.id = r.model_id
        """,
        """
        CREATE VIEW readings AS
        -- Every value, one row for each stream, time and channel; null is missing.
        SELECT
            s.name AS stream,
            \(text("r.time_ns")) AS reading_at,
            \(epoch("r.time_ns")) AS reading_epoch,
            r.time_ns,
            c.name AS channel,
            CAST(v.value AS REAL) AS value
        FROM reading r
        JOIN stream s ON s.id = r.stream_id
        JOIN json_each(r.channel_values) v
        JOIN channel c ON c.stream_id = r.stream_id AND c.position = v.key
        """,
        """
        CREATE VIEW streams AS
        -- Every stream and how the detector stands with it.
        SELECT
            s.name AS stream,
            (
                SELECT group_concat(name, ', ')
                FROM (SELECT c.name FROM channel c WHERE c.stream_id = s.id ORDER BY c.position)
            ) AS channels,
            t.readings,
            (SELECT \(text("max(r.time_ns)")) FROM reading r WHERE r.stream_id = s.id) AS last_reading_at,
            (SELECT \(epoch("max(r.time_ns)")) FROM reading r WHERE r.stream_id = s.id) AS last_reading_epoch,
            t.phase,
            t.readings_needed,
            round(t.threshold, 6) AS threshold,
            t.threshold_provisional,
            t.detail,
            (SELECT m.version FROM model m WHERE m.stream_id = s.id AND m.status = 'live') AS model_version,
            (SELECT max(a.id) FROM alert a WHERE a.stream_id = s.id AND a.resolved_ns IS NULL) AS open_alert_id
        FROM stream s
        LEFT JOIN stream_state t ON t.stream_id = s.id
        """,
        """
        CREATE VIEW models AS
        -- Every model version.
        SELECT
            m.id,
            s.name AS stream,
            m.version,
            m.status,
            \(text("m.created_ns")) AS created_at,
            \(epoch("m.created_ns")) AS created_epoch,
            \(text("m.trained_from_ns")) AS trained_from_at,
            \(epoch("m.trained_from_ns")) AS trained_from_epoch,
            \(text("m.trained_through_ns")) AS trained_through_at,
            \(epoch("m.trained_through_ns")) AS trained_through_epoch,
            m.effective_from_reading,
            m.seed,
            m.description,
            length(m.blob) AS byte_count
        FROM model m
        JOIN stream s ON s.id = m.stream_id
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
            \(text("t.through_ns")) AS through_at,
            \(epoch("t.through_ns")) AS through_epoch,
            t.trained_readings,
            t.excluded_readings,
            t.held_out_readings,
            t.metrics,
            t.seed,
            \(text("t.started_ns")) AS started_at,
            \(epoch("t.started_ns")) AS started_epoch,
            \(text("t.finished_ns")) AS finished_at,
            \(epoch("t.finished_ns")) AS finished_epoch
        FROM training_run t
        JOIN stream s ON s.id = t.stream_id
        LEFT JOIN model m ON m.id = t.model_id
        """,
        """
        CREATE VIEW deliveries AS
        -- Every webhook message and how far it got.
        SELECT
            d.id,
            d.alert_id,
            s.name AS stream,
            d.receiver,
            d.transition,
            d.state,
            d.attempts,
            d.last_status,
            d.last_error,
            \(text("d.created_ns")) AS created_at,
            \(epoch("d.created_ns")) AS created_epoch,
            \(text("d.due_ns")) AS due_at,
            \(epoch("d.due_ns")) AS due_epoch,
            \(text("d.delivered_ns")) AS delivered_at,
            \(epoch("d.delivered_ns")) AS delivered_epoch,
            d.webhook_id,
            d.payload
        FROM delivery d
        JOIN alert a ON a.id = d.alert_id
        JOIN stream s ON s.id = a.stream_id
        """,
        """
        CREATE VIEW ingest_loss AS
        -- Input that came to nothing, by hour and reason.
        SELECT
            \(text("l.hour_ns")) AS hour_at,
            \(epoch("l.hour_ns")) AS hour_epoch,
            l.source,
            l.reason,
            l.count,
            l.sample AS first_sample
        FROM loss l
        """,
    ]

    /// SQL for a column of nanoseconds as ISO-8601 text in UTC, with as many digits of a fraction as it needs.
    ///
    /// SQLite divides towards zero, so times before 1970 need the whole second below; the remainder follows from it.
    static func text(_ column: String) -> String {
        """
        strftime('%Y-%m-%dT%H:%M:%S', \(column) / 1000000000 - (\(column) % 1000000000 < 0), 'unixepoch') \
        || rtrim(rtrim(printf('.%09d', (\(column) % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z'
        """
    }

    /// SQL for a column of nanoseconds as seconds since the epoch.
    static func epoch(_ column: String) -> String {
        "\(column) / 1e9"
    }
}
