/// What the fourth migration adds: what explains an alert beyond its channels, and why a reading began none. Shipped: never to be
/// changed.
enum Explanations {
    /// One statement each.
    ///
    /// SQLite puts new columns before the comment of the column in front of them, so their own comments are within.
    static let statements = alertColumns + alertViews + readingColumns + readingViews

    // MARK: Alerts

    private static let alertColumns = [
        "ALTER TABLE alert ADD COLUMN unit_change TEXT /* what became of the unit, such as 'x1000'; null where it is not known */",
        "ALTER TABLE alert ADD COLUMN clearing_threshold REAL /* the score that it has to stay below to be over */",
        "ALTER TABLE alert ADD COLUMN window_readings INTEGER /* the readings that the longest window at the peak has room for */",
        "ALTER TABLE alert ADD COLUMN missing_readings INTEGER /* those of them that did not come */",
        """
        ALTER TABLE alert ADD COLUMN adapts_ns INTEGER \
        /* when it counts as the new normal, should it last so long; null where it never does */
        """,
    ]

    private static let alertViews = [
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
            round(a.clearing_threshold, 6) AS clearing_threshold,
            \(clearsWhen) AS clears_when,
            \(FirstViews.text("a.adapts_ns")) AS adapts_at,
            \(FirstViews.epoch("a.adapts_ns")) AS adapts_epoch,
            a.shape,
            a.unit_change,
            a.contributions ->> '$[0].channel' AS leading_channel,
            a.window_readings,
            a.missing_readings,
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

    /// SQL for what would clear an alert, in words: the score, and the band that each leading channel has to come back to.
    private static let clearsWhen = """
        CASE
                    WHEN a.kind = 'no_data' THEN 'a reading comes again'
                    WHEN a.clearing_threshold IS NULL THEN NULL
                    ELSE printf('the score stays below %.2f', a.clearing_threshold) || coalesce((
                        SELECT ': ' || group_concat(c.value ->> '$.channel' || printf(
                            iif(c.value ->> '$.lower' = c.value ->> '$.upper', ' back to %.5g', ' back within %.5g to %.5g'),
                            c.value ->> '$.lower', c.value ->> '$.upper'), ', ')
                        FROM json_each(a.contributions) c
                        WHERE c.value ->> '$.share' >= 0.2 AND c.value ->> '$.lower' IS NOT NULL AND NOT coalesce(
                            c.value ->> '$.actual' BETWEEN c.value ->> '$.lower' AND c.value ->> '$.upper', 0)
                    ), '')
                END
        """

    // MARK: Readings

    private static let readingColumns = [
        """
        ALTER TABLE reading ADD COLUMN threshold REAL \
        /* the score at which an alert would have begun; to save room null where the score was far below or an alert fires */
        """,
        """
        ALTER TABLE reading ADD COLUMN held_back TEXT \
        /* what kept it from beginning an alert although it was odd or lacked data, such as 'pending' */
        """,
    ]

    private static let readingViews = [
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
            round(r.threshold, 6) AS threshold,
            r.alerting,
            r.held_back,
            m.version AS model_version
        FROM reading r
        JOIN stream s ON s.id = r.stream_id
        LEFT JOIN model m ON m.id = r.model_id
        """,
        """
        CREATE VIEW why_not AS
        -- For every reading why it began no alert. Filter by stream and time_ns: it looks around each reading that it tells of.
        -- SELECT * FROM why_not WHERE stream = 'pump-1' AND time_ns <= 1700000000 * 1000000000 ORDER BY time_ns DESC LIMIT 1
        WITH around AS (
            SELECT
                r.stream_id, r.time_ns, r.score, r.model_id, r.held_back,
                -- While scores are low, thresholds are not stored; the one of shortly before holds still.
                coalesce(r.threshold, iif(r.score IS NULL, NULL, (
                    SELECT n.threshold
                    FROM (
                        SELECT b.threshold, b.model_id FROM reading b
                        WHERE b.stream_id = r.stream_id AND b.time_ns < r.time_ns
                        ORDER BY b.time_ns DESC LIMIT 1024
                    ) n
                    WHERE n.threshold IS NOT NULL AND n.model_id = r.model_id LIMIT 1
                ))) AS level,
                (
                    SELECT a.id FROM alert a
                    WHERE a.stream_id = r.stream_id AND a.kind = 'anomaly' AND a.started_ns <= r.time_ns
                        AND (a.resolved_ns IS NULL OR a.resolved_ns >= r.time_ns)
                    ORDER BY a.started_ns DESC LIMIT 1
                ) AS alert_id
            FROM reading r
        ), reasoned AS (
            SELECT
                w.*,
                a.held_back_by,
                a.fired_ns,
                CASE
                    WHEN a.held_back_by LIKE 'silence %' THEN 'silence'
                    WHEN a.held_back_by LIKE 'maintenance %' THEN 'maintenance'
                    WHEN a.id IS NOT NULL THEN 'part_of_alert'
                    WHEN w.held_back IS NOT NULL THEN w.held_back
                    WHEN w.score IS NULL THEN 'warm_up'
                    ELSE 'below_threshold'
                END AS reason
            FROM around w
            LEFT JOIN alert a ON a.id = w.alert_id
        )
        SELECT
            s.name AS stream,
            \(FirstViews.text("w.time_ns")) AS reading_at,
            \(FirstViews.epoch("w.time_ns")) AS reading_epoch,
            w.time_ns,
            round(w.score, 6) AS score,
            round(w.level, 6) AS threshold,
            w.reason,
            \(detail) AS detail,
            w.alert_id,
            m.version AS model_version
        FROM reasoned w
        JOIN stream s ON s.id = w.stream_id
        LEFT JOIN model m ON m.id = w.model_id
        """,
    ]

    /// SQL for the reason as a sentence.
    private static let detail = """
        CASE w.reason
                    WHEN 'silence' THEN printf('it is part of alert %d, of which nobody was told: %s', w.alert_id, w.held_back_by)
                    WHEN 'maintenance' THEN printf('it is part of alert %d, of which nobody was told: %s', w.alert_id, w.held_back_by)
                    WHEN 'part_of_alert' THEN printf(
                        'it is part of alert %d, which fired at %s', w.alert_id, \(FirstViews.text("w.fired_ns")))
                    WHEN 'missing_data' THEN iif(w.score IS NULL,
                        'it has no score: too many readings before it did not come',
                        'readings before it did not come, so what needs whole windows could not see')
                    WHEN 'pending' THEN (
                        SELECT iif(h.held = 0,
                            'the score is over the threshold with this reading first, not yet for the hold (alerts.hold_readings)',
                            printf('the score has been over the threshold for %.6g s, not yet for the hold (alerts.hold_readings)',
                                h.held))
                        FROM (SELECT (w.time_ns - (
                            SELECT p.time_ns FROM reading p
                            WHERE p.stream_id = w.stream_id AND p.time_ns <= w.time_ns AND p.time_ns > coalesce((
                                SELECT q.time_ns FROM reading q
                                WHERE q.stream_id = w.stream_id AND q.time_ns < w.time_ns AND q.held_back IS NOT 'pending'
                                ORDER BY q.time_ns DESC LIMIT 1), -9223372036854775808)
                            ORDER BY p.time_ns LIMIT 1)) / 1e9 AS held) h)
                    WHEN 'young_model' THEN 'the model has learned from less than two days, so what is odd has to be twice as odd as the last hour was'
                    WHEN 'budget' THEN 'alerts that nobody confirmed have raised the threshold over the model''s own, to keep to the false-alarm budget (alerts.false_alarms)'
                    WHEN 'cool_down' THEN coalesce((
                        SELECT printf('alert %d was not ended yet (alerts.cool_down); only what lasts for the hold goes on with it', a.id)
                        FROM alert a WHERE a.stream_id = w.stream_id AND a.started_ns <= w.time_ns
                        ORDER BY a.started_ns DESC LIMIT 1), 'the alert before was not ended yet (alerts.cool_down)')
                    WHEN 'rule' THEN 'a rule of the configuration says that what is odd does not count; the view rule_holds says which'
                    WHEN 'false_alarm' THEN 'somebody called the same a false alarm before'
                    WHEN 'warm_up' THEN (
                        SELECT iif(n.needed > 0,
                            printf('the stream had no model yet: it needed %d more reading%s', n.needed, iif(n.needed = 1, '', 's')),
                            'the stream''s first model was in training')
                        FROM (
                            SELECT coalesce(
                                (SELECT min(f.effective_from_reading) FROM model f
                                    WHERE f.stream_id = w.stream_id AND f.status <> 'rejected'),
                                (SELECT t.readings + t.readings_needed FROM stream_state t WHERE t.stream_id = w.stream_id),
                                0) - (SELECT count(*) FROM reading c WHERE c.stream_id = w.stream_id AND c.time_ns <= w.time_ns)
                                AS needed) n)
                    WHEN 'below_threshold' THEN iif(w.level IS NULL, 'the score is below the threshold',
                        printf('the score of %.2f is below the threshold of %.2f', w.score, w.level))
                    ELSE w.reason
                END
        """
}
