/// What the ninth migration adds: how many alerts were asked for, and since when there could be some.
enum AskedAndObserved {
    /// One statement each.
    static let statements = [
        "ALTER TABLE stream_state ADD COLUMN asked_alarms REAL /* so many false alarms were asked for */",
        "ALTER TABLE stream_state ADD COLUMN asked_period_ns INTEGER /* in so long */",
        "ALTER TABLE stream_state ADD COLUMN scoring_since_ns INTEGER /* the first reading that has a score */",
        """
        UPDATE stream_state SET scoring_since_ns = (
            SELECT time_ns FROM reading
            WHERE reading.stream_id = stream_state.stream_id AND score IS NOT NULL ORDER BY time_ns LIMIT 1)
        """,
        """
        CREATE VIEW false_alarms AS
        -- For every stream the alerts that were raised and that nobody confirmed, beside those that were asked for in the same
        -- time: its newest thirty days with scores, or as long as one alert was asked for in, where that is longer.
        SELECT
            s.name AS stream,
            round(p.asked_alarms * (p.through_ns - p.since_ns) / p.asked_period_ns, 3) AS asked,
            (
                SELECT count(*) FROM alert a
                WHERE a.stream_id = p.stream_id AND a.kind = 'anomaly' AND a.started_ns >= p.since_ns
                    AND 'confirmed' IS NOT (
                        SELECT f.verdict FROM alert_feedback f WHERE f.alert_id = a.id ORDER BY f.id DESC LIMIT 1)
            ) AS observed,
            round((p.through_ns - p.since_ns) / 86400e9, 3) AS days,
            printf('%g per %gd', p.asked_alarms, p.asked_period_ns / 86400e9) AS budget,
            p.since_ns,
            p.through_ns
        FROM (
            SELECT
                n.stream_id,
                n.asked_alarms,
                n.asked_period_ns,
                n.through_ns,
                max(n.scoring_since_ns, n.through_ns - max(2592000000000000, n.asked_period_ns)) AS since_ns
            FROM (
                SELECT t.*, (SELECT max(r.time_ns) FROM reading r WHERE r.stream_id = t.stream_id) AS through_ns
                FROM stream_state t
                WHERE t.scoring_since_ns IS NOT NULL AND t.asked_period_ns IS NOT NULL
            ) n
        ) p
        JOIN stream s ON s.id = p.stream_id
        """,
        "DROP VIEW streams",
        """
        CREATE VIEW streams AS
        -- Every stream and how the detector stands with it. Alarms are alerts that nobody confirmed; the view false_alarms says in
        -- which time.
        SELECT
            s.name AS stream,
            (
                SELECT group_concat(name, ', ')
                FROM (SELECT c.name FROM channel c WHERE c.stream_id = s.id ORDER BY c.position)
            ) AS channels,
            t.readings,
            (SELECT \(FirstViews.text("max(r.time_ns)")) FROM reading r WHERE r.stream_id = s.id) AS last_reading_at,
            (SELECT \(FirstViews.epoch("max(r.time_ns)")) FROM reading r WHERE r.stream_id = s.id) AS last_reading_epoch,
            t.phase,
            t.readings_needed,
            round(t.threshold, 6) AS threshold,
            t.threshold_provisional,
            t.detail,
            f.budget AS false_alarm_budget,
            f.asked AS alarms_asked,
            f.observed AS alarms_observed,
            f.days AS alarms_days,
            (SELECT m.version FROM model m WHERE m.stream_id = s.id AND m.status = 'live') AS model_version,
            (SELECT max(a.id) FROM alert a WHERE a.stream_id = s.id AND a.resolved_ns IS NULL) AS open_alert_id
        FROM stream s
        LEFT JOIN stream_state t ON t.stream_id = s.id
        LEFT JOIN false_alarms f ON f.stream = s.name
        """,
    ]
}
