-- What a Harken database holds, as its migrations make it. A test compares the two; to write this file anew run
--     HARKEN_WRITE_SCHEMA=1 swift test -c release --filter SchemaTests
--
-- Tables hold times as nanoseconds since 1970-01-01T00:00:00Z, in columns named ..._ns. The views are for people:
-- they say times as ISO-8601 text (..._at) and as seconds since 1970 (..._epoch).
-- A sqlite3 shell may read at any time; it never keeps the daemon from writing, nor the daemon it from reading.

PRAGMA application_id = 1215458158; -- "Hrkn"
PRAGMA user_version = 9; -- the number of the newest migration

CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);

CREATE TABLE stream (
    -- One thing that is watched.
    id INTEGER PRIMARY KEY, -- the order in which the streams were first seen, from 1
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE channel (
    -- One measured quantity of a stream.
    stream_id INTEGER NOT NULL REFERENCES stream (id),
    position INTEGER NOT NULL CHECK (position BETWEEN 0 AND 63), -- its place in reading.channel_values
    name TEXT NOT NULL,
    PRIMARY KEY (stream_id, position),
    UNIQUE (stream_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE model (
    -- One model version of one stream.
    id INTEGER PRIMARY KEY,
    stream_id INTEGER NOT NULL REFERENCES stream (id),
    version INTEGER NOT NULL, -- counts the stream's models, from 1
    status TEXT NOT NULL CHECK (status IN ('scheduled', 'live', 'superseded', 'rejected')),
    created_ns INTEGER NOT NULL,
    trained_from_ns INTEGER NOT NULL, -- the oldest reading that it was trained on
    trained_through_ns INTEGER NOT NULL, -- the newest
    effective_from_reading INTEGER NOT NULL, -- the first reading that it scores, counted from 0
    seed INTEGER NOT NULL, -- of all randomness in its training, as a signed number
    description TEXT NOT NULL,
    blob BLOB NOT NULL, fleet_model_id INTEGER REFERENCES fleet_model (id) /* the weights, where they are shared: blob then is the stream's normalizer and threshold alone */, -- weights, normalizer and calibration
    UNIQUE (stream_id, version)
) STRICT;

CREATE UNIQUE INDEX model_live ON model (stream_id) WHERE status = 'live';

CREATE UNIQUE INDEX model_scheduled ON model (stream_id) WHERE status = 'scheduled';

CREATE TABLE reading (
    -- One row of values of a stream, with its score.
    stream_id INTEGER NOT NULL REFERENCES stream (id),
    time_ns INTEGER NOT NULL,
    channel_values TEXT NOT NULL, -- a JSON array by channel.position: null is missing, 9e999 is infinite
    score REAL, -- null while there is no model to give one
    model_id INTEGER REFERENCES model (id), -- the model that gave the score
    alerting INTEGER NOT NULL CHECK (alerting IN (0, 1)), settled REAL /* the settled score; null until the windows that cover the reading were scored */, threshold REAL /* the score at which an alert would have begun; to save room null where the score was far below or an alert fires */, held_back TEXT /* what kept it from beginning an alert although it was odd or lacked data, such as 'pending' */, -- whether an alert was pending or firing
    PRIMARY KEY (stream_id, time_ns)
) STRICT, WITHOUT ROWID;

CREATE TABLE alert (
    -- One stretch of readings that are not normal.
    id INTEGER PRIMARY KEY, -- in the order of firing, from 1
    stream_id INTEGER NOT NULL REFERENCES stream (id),
    started_ns INTEGER NOT NULL, -- the first reading over the threshold
    fired_ns INTEGER NOT NULL, -- the reading with which the hold duration had passed
    resolved_ns INTEGER, -- null while it fires
    peak_score REAL NOT NULL,
    peak_ns INTEGER NOT NULL,
    threshold REAL NOT NULL,
    provisional INTEGER NOT NULL CHECK (provisional IN (0, 1)), -- whether the threshold is
    model_id INTEGER REFERENCES model (id), -- the model that gave the peak score
    shape TEXT NOT NULL,
    contributions TEXT NOT NULL CHECK (json_valid(contributions)), settled_ns INTEGER /* the reading with which its extent became known */, settled_started_ns INTEGER /* its first reading by settled scores; null where they do not bear it out */, settled_ended_ns INTEGER /* its last reading by settled scores */, kind TEXT NOT NULL DEFAULT 'anomaly' CHECK (kind IN ('anomaly', 'no_data', 'baseline_drift')) /* the last is not raised yet */, held_back_by TEXT /* why nobody was told of it, such as 'silence 3'; null where it was told */, unit_change TEXT /* what became of the unit, such as 'x1000'; null where it is not known */, clearing_threshold REAL /* the score that it has to stay below to be over */, window_readings INTEGER /* the readings that the longest window at the peak has room for */, missing_readings INTEGER /* those of them that did not come */, adapts_ns INTEGER /* when it counts as the new normal, should it last so long; null where it never does */, moved_since_ns INTEGER /* baseline_drift: since when normal has moved */, -- per channel, the largest share first
    UNIQUE (stream_id, started_ns)
) STRICT;

CREATE INDEX alert_open ON alert (stream_id) WHERE resolved_ns IS NULL;

CREATE TABLE stream_state (
    -- Where the detector stands with a stream.
    stream_id INTEGER PRIMARY KEY REFERENCES stream (id),
    phase TEXT NOT NULL CHECK (phase IN ('warming_up', 'scoring')),
    readings INTEGER NOT NULL, -- accepted so far
    readings_needed INTEGER NOT NULL, -- still, before a first model can be trained
    threshold REAL, -- null during warm-up
    threshold_provisional INTEGER NOT NULL CHECK (threshold_provisional IN (0, 1)),
    detail TEXT NOT NULL,
    state BLOB NOT NULL
, asked_alarms REAL /* so many false alarms were asked for */, asked_period_ns INTEGER /* in so long */, scoring_since_ns INTEGER /* the first reading that has a score */) STRICT;

CREATE TABLE input_position (
    -- How far an input has been taken in; written in the transaction that holds its readings.
    source TEXT PRIMARY KEY,
    position INTEGER NOT NULL, -- bytes
    updated_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE loss (
    -- Input that came to nothing, by hour and reason.
    hour_ns INTEGER NOT NULL, -- the beginning of the hour
    source TEXT NOT NULL,
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    sample TEXT, -- the first of its kind in that hour
    PRIMARY KEY (hour_ns, source, reason)
) STRICT, WITHOUT ROWID;

CREATE VIEW readings AS
-- Every value, one row for each stream, time and channel; null is missing.
SELECT
    s.name AS stream,
    strftime('%Y-%m-%dT%H:%M:%S', r.time_ns / 1000000000 - (r.time_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (r.time_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS reading_at,
    r.time_ns / 1e9 AS reading_epoch,
    r.time_ns,
    c.name AS channel,
    CAST(v.value AS REAL) AS value
FROM reading r
JOIN stream s ON s.id = r.stream_id
JOIN json_each(r.channel_values) v
JOIN channel c ON c.stream_id = r.stream_id AND c.position = v.key;

CREATE VIEW ingest_loss AS
-- Input that came to nothing, by hour and reason.
SELECT
    strftime('%Y-%m-%dT%H:%M:%S', l.hour_ns / 1000000000 - (l.hour_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (l.hour_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS hour_at,
    l.hour_ns / 1e9 AS hour_epoch,
    l.source,
    l.reason,
    l.count,
    l.sample AS first_sample
FROM loss l;

CREATE TABLE answer_revision (
    -- Rises with everything that people say, so that a running daemon sees it at a glance.
    id INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL
) STRICT;

CREATE TABLE alert_feedback (
    -- What somebody said of an alert; the newest counts.
    id INTEGER PRIMARY KEY,
    alert_id INTEGER NOT NULL REFERENCES alert (id),
    verdict TEXT NOT NULL CHECK (verdict IN ('false_alarm', 'confirmed', 'new_normal')),
    note TEXT,
    while_firing INTEGER NOT NULL CHECK (while_firing IN (0, 1)), -- whether the alert had not ended by then
    author TEXT NOT NULL DEFAULT 'person' CHECK (author IN ('person', 'harken')),
    created_ns INTEGER NOT NULL
) STRICT;

CREATE INDEX alert_feedback_alert ON alert_feedback (alert_id);

CREATE TABLE silence (
    -- When nobody is told of alerts of streams whose name matches; the alerts themselves are kept.
    id INTEGER PRIMARY KEY,
    stream_pattern TEXT NOT NULL, -- of *, ? and [...]
    starts_ns INTEGER NOT NULL,
    ends_ns INTEGER, -- null until somebody ends it
    reason TEXT,
    created_ns INTEGER NOT NULL,
    CHECK (ends_ns IS NULL OR ends_ns >= starts_ns)
) STRICT;

CREATE TABLE maintenance_period (
    -- When streams whose name matches were worked on: nobody is told, and nothing is learned from the readings.
    id INTEGER PRIMARY KEY,
    stream_pattern TEXT NOT NULL, -- of *, ? and [...]
    starts_ns INTEGER NOT NULL,
    ends_ns INTEGER, -- null until somebody ends it
    reason TEXT,
    created_ns INTEGER NOT NULL,
    CHECK (ends_ns IS NULL OR ends_ns >= starts_ns)
) STRICT;

CREATE TABLE request (
    -- What somebody asked the daemon to do.
    id INTEGER PRIMARY KEY,
    action TEXT NOT NULL CHECK (action IN ('roll_back_model', 'retry_delivery')),
    subject INTEGER NOT NULL, -- the id of the model to go back to, or of the delivery
    created_ns INTEGER NOT NULL,
    done_ns INTEGER, -- null while it waits
    outcome TEXT -- what came of it, as a sentence
) STRICT;

CREATE INDEX request_open ON request (id) WHERE done_ns IS NULL;

CREATE TRIGGER request_inserted AFTER INSERT ON request
BEGIN
    UPDATE answer_revision SET revision = revision + 1;
END;

CREATE TRIGGER alert_feedback_inserted AFTER INSERT ON alert_feedback
BEGIN
    UPDATE answer_revision SET revision = revision + 1;
END;

CREATE TRIGGER alert_feedback_deleted AFTER DELETE ON alert_feedback
BEGIN
    UPDATE answer_revision SET revision = revision + 1;
END;

CREATE VIEW feedback AS
-- What people say of alerts: INSERT INTO feedback (alert_id, verdict, note) VALUES (7, 'false_alarm', 'pump test').
SELECT
    f.id,
    f.alert_id,
    s.name AS stream,
    f.verdict,
    f.note,
    f.author,
    strftime('%Y-%m-%dT%H:%M:%S', f.created_ns / 1000000000 - (f.created_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (f.created_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS created_at,
    f.created_ns / 1e9 AS created_epoch
FROM alert_feedback f
JOIN alert a ON a.id = f.alert_id
JOIN stream s ON s.id = a.stream_id;

CREATE TRIGGER feedback_insert INSTEAD OF INSERT ON feedback
BEGIN
    SELECT CASE
        WHEN NEW.verdict IS NULL OR NEW.verdict NOT IN ('false_alarm', 'confirmed', 'new_normal')
            THEN RAISE(ABORT, 'feedback.verdict has to be false_alarm, confirmed or new_normal')
        WHEN NOT EXISTS (SELECT 1 FROM alert WHERE id = NEW.alert_id)
            THEN RAISE(ABORT, 'feedback.alert_id is not the id of an alert; SELECT id, stream FROM alerts shows them')
        END;
    INSERT INTO alert_feedback (alert_id, verdict, note, while_firing, created_ns)
    SELECT id, NEW.verdict, NEW.note, resolved_ns IS NULL, CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000000 FROM alert WHERE id = NEW.alert_id;
END;

CREATE TRIGGER feedback_delete INSTEAD OF DELETE ON feedback
BEGIN
    DELETE FROM alert_feedback WHERE id = OLD.id;
END;

CREATE TRIGGER silence_inserted AFTER INSERT ON silence
BEGIN
    UPDATE answer_revision SET revision = revision + 1;
END;

CREATE TRIGGER silence_updated AFTER UPDATE ON silence
BEGIN
    UPDATE answer_revision SET revision = revision + 1;
END;

CREATE TRIGGER silence_deleted AFTER DELETE ON silence
BEGIN
    UPDATE answer_revision SET revision = revision + 1;
END;

CREATE VIEW silences AS
-- When nobody is told of alerts of streams whose name matches; the alerts themselves are kept.
-- INSERT INTO silences (stream, ends_at, reason) VALUES ('pump-*', datetime('now', '+2 hours'), 'known'). Times are UTC where they name no zone; without starts_at it starts now,
-- without ends_at it lasts until the row is deleted or gets one.
SELECT
    p.id,
    p.stream_pattern AS stream,
    strftime('%Y-%m-%dT%H:%M:%S', p.starts_ns / 1000000000 - (p.starts_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (p.starts_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS starts_at,
    p.starts_ns / 1e9 AS starts_epoch,
    strftime('%Y-%m-%dT%H:%M:%S', p.ends_ns / 1000000000 - (p.ends_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (p.ends_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS ends_at,
    p.ends_ns / 1e9 AS ends_epoch,
    p.reason,
    CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000000 BETWEEN p.starts_ns AND coalesce(p.ends_ns, CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000000) AS active,
    strftime('%Y-%m-%dT%H:%M:%S', p.created_ns / 1000000000 - (p.created_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (p.created_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS created_at,
    p.created_ns / 1e9 AS created_epoch
FROM silence p;

CREATE TRIGGER silences_insert INSTEAD OF INSERT ON silences
BEGIN
    SELECT CASE
        WHEN NEW.starts_at IS NOT NULL AND iif(NEW.starts_at = 'now' OR NEW.starts_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.starts_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL) IS NULL
            THEN RAISE(ABORT, 'silences.starts_at is not a time; write it as 2026-01-31T08:00:00Z, or use datetime(...)')
        WHEN NEW.ends_at IS NOT NULL AND iif(NEW.ends_at = 'now' OR NEW.ends_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.ends_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL) IS NULL
            THEN RAISE(ABORT, 'silences.ends_at is not a time; write it as 2026-01-31T08:00:00Z, or use datetime(...)')
        WHEN iif(NEW.ends_at = 'now' OR NEW.ends_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.ends_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL) < coalesce(iif(NEW.starts_at = 'now' OR NEW.starts_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.starts_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL), CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000000)
            THEN RAISE(ABORT, 'silences.ends_at lies before starts_at, which is now where it is not given')
        END;
    INSERT INTO silence (stream_pattern, starts_ns, ends_ns, reason, created_ns)
    VALUES (
        coalesce(NEW.stream, '*'), coalesce(iif(NEW.starts_at = 'now' OR NEW.starts_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.starts_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL), CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000000),
        iif(NEW.ends_at = 'now' OR NEW.ends_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.ends_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL), NEW.reason, CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000000);
END;

CREATE TRIGGER silences_update INSTEAD OF UPDATE ON silences
BEGIN
    SELECT CASE
        WHEN NEW.starts_at IS NOT NULL AND iif(NEW.starts_at = 'now' OR NEW.starts_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.starts_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL) IS NULL
            THEN RAISE(ABORT, 'silences.starts_at is not a time; write it as 2026-01-31T08:00:00Z, or use datetime(...)')
        WHEN NEW.ends_at IS NOT NULL AND iif(NEW.ends_at = 'now' OR NEW.ends_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.ends_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL) IS NULL
            THEN RAISE(ABORT, 'silences.ends_at is not a time; write it as 2026-01-31T08:00:00Z, or use datetime(...)')
        WHEN iif(NEW.ends_at = 'now' OR NEW.ends_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.ends_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL) < coalesce(iif(NEW.starts_at = 'now' OR NEW.starts_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.starts_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL), CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000000)
            THEN RAISE(ABORT, 'silences.ends_at lies before starts_at, which is now where it is not given')
        END;
    UPDATE silence SET
        stream_pattern = coalesce(NEW.stream, '*'),
        starts_ns = iif(NEW.starts_at IS OLD.starts_at, starts_ns, coalesce(iif(NEW.starts_at = 'now' OR NEW.starts_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.starts_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL), CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000000)),
        ends_ns = iif(NEW.ends_at IS OLD.ends_at, ends_ns, iif(NEW.ends_at = 'now' OR NEW.ends_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.ends_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL)),
        reason = NEW.reason
    WHERE id = OLD.id;
END;

CREATE TRIGGER silences_delete INSTEAD OF DELETE ON silences
BEGIN
    DELETE FROM silence WHERE id = OLD.id;
END;

CREATE TRIGGER maintenance_period_inserted AFTER INSERT ON maintenance_period
BEGIN
    UPDATE answer_revision SET revision = revision + 1;
END;

CREATE TRIGGER maintenance_period_updated AFTER UPDATE ON maintenance_period
BEGIN
    UPDATE answer_revision SET revision = revision + 1;
END;

CREATE TRIGGER maintenance_period_deleted AFTER DELETE ON maintenance_period
BEGIN
    UPDATE answer_revision SET revision = revision + 1;
END;

CREATE VIEW maintenance AS
-- When streams whose name matches were worked on: nobody is told, and nothing is learned from the readings.
-- INSERT INTO maintenance (stream, starts_at, ends_at) VALUES ('pump-3', '2026-01-31T08:00Z', '2026-01-31T12:00Z'). Times are UTC where they name no zone; without starts_at it starts now,
-- without ends_at it lasts until the row is deleted or gets one.
SELECT
    p.id,
    p.stream_pattern AS stream,
    strftime('%Y-%m-%dT%H:%M:%S', p.starts_ns / 1000000000 - (p.starts_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (p.starts_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS starts_at,
    p.starts_ns / 1e9 AS starts_epoch,
    strftime('%Y-%m-%dT%H:%M:%S', p.ends_ns / 1000000000 - (p.ends_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (p.ends_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS ends_at,
    p.ends_ns / 1e9 AS ends_epoch,
    p.reason,
    CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000000 BETWEEN p.starts_ns AND coalesce(p.ends_ns, CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000000) AS active,
    strftime('%Y-%m-%dT%H:%M:%S', p.created_ns / 1000000000 - (p.created_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (p.created_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS created_at,
    p.created_ns / 1e9 AS created_epoch
FROM maintenance_period p;

CREATE TRIGGER maintenance_insert INSTEAD OF INSERT ON maintenance
BEGIN
    SELECT CASE
        WHEN NEW.starts_at IS NOT NULL AND iif(NEW.starts_at = 'now' OR NEW.starts_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.starts_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL) IS NULL
            THEN RAISE(ABORT, 'maintenance.starts_at is not a time; write it as 2026-01-31T08:00:00Z, or use datetime(...)')
        WHEN NEW.ends_at IS NOT NULL AND iif(NEW.ends_at = 'now' OR NEW.ends_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.ends_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL) IS NULL
            THEN RAISE(ABORT, 'maintenance.ends_at is not a time; write it as 2026-01-31T08:00:00Z, or use datetime(...)')
        WHEN iif(NEW.ends_at = 'now' OR NEW.ends_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.ends_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL) < coalesce(iif(NEW.starts_at = 'now' OR NEW.starts_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.starts_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL), CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000000)
            THEN RAISE(ABORT, 'maintenance.ends_at lies before starts_at, which is now where it is not given')
        END;
    INSERT INTO maintenance_period (stream_pattern, starts_ns, ends_ns, reason, created_ns)
    VALUES (
        coalesce(NEW.stream, '*'), coalesce(iif(NEW.starts_at = 'now' OR NEW.starts_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.starts_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL), CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000000),
        iif(NEW.ends_at = 'now' OR NEW.ends_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.ends_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL), NEW.reason, CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000000);
END;

CREATE TRIGGER maintenance_update INSTEAD OF UPDATE ON maintenance
BEGIN
    SELECT CASE
        WHEN NEW.starts_at IS NOT NULL AND iif(NEW.starts_at = 'now' OR NEW.starts_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.starts_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL) IS NULL
            THEN RAISE(ABORT, 'maintenance.starts_at is not a time; write it as 2026-01-31T08:00:00Z, or use datetime(...)')
        WHEN NEW.ends_at IS NOT NULL AND iif(NEW.ends_at = 'now' OR NEW.ends_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.ends_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL) IS NULL
            THEN RAISE(ABORT, 'maintenance.ends_at is not a time; write it as 2026-01-31T08:00:00Z, or use datetime(...)')
        WHEN iif(NEW.ends_at = 'now' OR NEW.ends_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.ends_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL) < coalesce(iif(NEW.starts_at = 'now' OR NEW.starts_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.starts_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL), CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000000)
            THEN RAISE(ABORT, 'maintenance.ends_at lies before starts_at, which is now where it is not given')
        END;
    UPDATE maintenance_period SET
        stream_pattern = coalesce(NEW.stream, '*'),
        starts_ns = iif(NEW.starts_at IS OLD.starts_at, starts_ns, coalesce(iif(NEW.starts_at = 'now' OR NEW.starts_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.starts_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL), CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000000)),
        ends_ns = iif(NEW.ends_at IS OLD.ends_at, ends_ns, iif(NEW.ends_at = 'now' OR NEW.ends_at GLOB '[0-9][0-9][0-9][0-9]-*', CAST(round((julianday(NEW.ends_at) - 2440587.5) * 86400000) AS INTEGER) * 1000000, NULL)),
        reason = NEW.reason
    WHERE id = OLD.id;
END;

CREATE TRIGGER maintenance_delete INSTEAD OF DELETE ON maintenance
BEGIN
    DELETE FROM maintenance_period WHERE id = OLD.id;
END;

CREATE VIEW alerts AS
-- Every alert, as people read it. What is settled is known some time after the alert was resolved.
SELECT
    a.id,
    s.name AS stream,
    a.kind,
    iif(a.resolved_ns IS NULL, 'firing', 'resolved') AS state,
    strftime('%Y-%m-%dT%H:%M:%S', a.started_ns / 1000000000 - (a.started_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (a.started_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS started_at,
    a.started_ns / 1e9 AS started_epoch,
    strftime('%Y-%m-%dT%H:%M:%S', a.fired_ns / 1000000000 - (a.fired_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (a.fired_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS fired_at,
    a.fired_ns / 1e9 AS fired_epoch,
    strftime('%Y-%m-%dT%H:%M:%S', a.resolved_ns / 1000000000 - (a.resolved_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (a.resolved_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS resolved_at,
    a.resolved_ns / 1e9 AS resolved_epoch,
    strftime('%Y-%m-%dT%H:%M:%S', a.settled_started_ns / 1000000000 - (a.settled_started_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (a.settled_started_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS settled_started_at,
    a.settled_started_ns / 1e9 AS settled_started_epoch,
    strftime('%Y-%m-%dT%H:%M:%S', a.settled_ended_ns / 1000000000 - (a.settled_ended_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (a.settled_ended_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS settled_ended_at,
    a.settled_ended_ns / 1e9 AS settled_ended_epoch,
    strftime('%Y-%m-%dT%H:%M:%S', a.settled_ns / 1000000000 - (a.settled_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (a.settled_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS settled_at,
    a.settled_ns / 1e9 AS settled_epoch,
    round(a.peak_score, 6) AS peak_score,
    strftime('%Y-%m-%dT%H:%M:%S', a.peak_ns / 1000000000 - (a.peak_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (a.peak_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS peak_at,
    a.peak_ns / 1e9 AS peak_epoch,
    round(a.threshold, 6) AS threshold,
    a.provisional,
    round(a.clearing_threshold, 6) AS clearing_threshold,
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
        END AS clears_when,
    strftime('%Y-%m-%dT%H:%M:%S', a.adapts_ns / 1000000000 - (a.adapts_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (a.adapts_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS adapts_at,
    a.adapts_ns / 1e9 AS adapts_epoch,
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
LEFT JOIN model m ON m.id = a.model_id;

CREATE VIEW alerts_open AS
-- The alerts that fire now.
SELECT * FROM alerts WHERE state = 'firing';

CREATE VIEW scores AS
-- Every reading's live score, null while there was no model, and its settled score, null until the windows that
-- cover the reading were scored. Filter by time_ns where speed matters: it is the key.
SELECT
    s.name AS stream,
    strftime('%Y-%m-%dT%H:%M:%S', r.time_ns / 1000000000 - (r.time_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (r.time_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS reading_at,
    r.time_ns / 1e9 AS reading_epoch,
    r.time_ns,
    round(r.score, 6) AS score,
    round(r.settled, 6) AS settled,
    round(r.threshold, 6) AS threshold,
    r.alerting,
    r.held_back,
    m.version AS model_version
FROM reading r
JOIN stream s ON s.id = r.stream_id
LEFT JOIN model m ON m.id = r.model_id;

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
    strftime('%Y-%m-%dT%H:%M:%S', w.time_ns / 1000000000 - (w.time_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (w.time_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS reading_at,
    w.time_ns / 1e9 AS reading_epoch,
    w.time_ns,
    round(w.score, 6) AS score,
    round(w.level, 6) AS threshold,
    w.reason,
    CASE w.reason
            WHEN 'silence' THEN printf('it is part of alert %d, of which nobody was told: %s', w.alert_id, w.held_back_by)
            WHEN 'maintenance' THEN printf('it is part of alert %d, of which nobody was told: %s', w.alert_id, w.held_back_by)
            WHEN 'part_of_alert' THEN printf(
                'it is part of alert %d, which fired at %s', w.alert_id, strftime('%Y-%m-%dT%H:%M:%S', w.fired_ns / 1000000000 - (w.fired_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (w.fired_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z')
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
        END AS detail,
    w.alert_id,
    m.version AS model_version
FROM reasoned w
JOIN stream s ON s.id = w.stream_id
LEFT JOIN model m ON m.id = w.model_id;

CREATE TABLE training_run (
    -- One training and what became of it; or a version that came back, for which nothing was trained.
    id INTEGER PRIMARY KEY,
    stream_id INTEGER NOT NULL REFERENCES stream (id),
    reason TEXT NOT NULL CHECK (
        reason IN ('warm_up', 'growth', 'schedule', 'command', 'new_normal', 'drift', 'rollback')),
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
    model_id INTEGER REFERENCES model (id) -- the candidate, if there is one; the model that came back
) STRICT;

CREATE INDEX training_run_stream ON training_run (stream_id);

CREATE TABLE training_recipe (
    -- With seed and ledger all that it takes to fit a candidate again to the same bits.
    run_id INTEGER PRIMARY KEY REFERENCES training_run (id),
    live_model_id INTEGER REFERENCES model (id), -- the live version, by whose scale the history was cleaned
    recipe TEXT NOT NULL CHECK (json_valid(recipe)) -- which readings were fitted, and the settings that matter
) STRICT;

CREATE TABLE model_withdrawal (
    -- A model that broke its false-alarm budget on its first day, so that the version before came back.
    model_id INTEGER PRIMARY KEY REFERENCES model (id),
    run_id INTEGER NOT NULL REFERENCES training_run (id), -- says why, with the numbers
    withdrawn_ns INTEGER NOT NULL
) STRICT;

CREATE VIEW models AS
-- Every model version.
SELECT
    m.id,
    s.name AS stream,
    m.version,
    m.status,
    strftime('%Y-%m-%dT%H:%M:%S', m.created_ns / 1000000000 - (m.created_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (m.created_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS created_at,
    m.created_ns / 1e9 AS created_epoch,
    strftime('%Y-%m-%dT%H:%M:%S', m.trained_from_ns / 1000000000 - (m.trained_from_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (m.trained_from_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS trained_from_at,
    m.trained_from_ns / 1e9 AS trained_from_epoch,
    strftime('%Y-%m-%dT%H:%M:%S', m.trained_through_ns / 1000000000 - (m.trained_through_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (m.trained_through_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS trained_through_at,
    m.trained_through_ns / 1e9 AS trained_through_epoch,
    m.effective_from_reading,
    m.seed,
    m.description,
    length(m.blob) AS byte_count,
    strftime('%Y-%m-%dT%H:%M:%S', w.withdrawn_ns / 1000000000 - (w.withdrawn_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (w.withdrawn_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS withdrawn_at,
    w.withdrawn_ns / 1e9 AS withdrawn_epoch
FROM model m
JOIN stream s ON s.id = m.stream_id
LEFT JOIN model_withdrawal w ON w.model_id = m.id;

CREATE VIEW training_runs AS
-- Every training, what became of it and why. One due to rollback trained nothing: the version before came back.
SELECT
    t.id,
    s.name AS stream,
    t.reason,
    t.verdict,
    t.explanation,
    m.version AS model_version,
    strftime('%Y-%m-%dT%H:%M:%S', t.through_ns / 1000000000 - (t.through_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (t.through_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS through_at,
    t.through_ns / 1e9 AS through_epoch,
    t.trained_readings,
    t.excluded_readings,
    t.held_out_readings,
    t.metrics,
    t.seed,
    r.recipe,
    strftime('%Y-%m-%dT%H:%M:%S', t.started_ns / 1000000000 - (t.started_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (t.started_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS started_at,
    t.started_ns / 1e9 AS started_epoch,
    strftime('%Y-%m-%dT%H:%M:%S', t.finished_ns / 1000000000 - (t.finished_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (t.finished_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS finished_at,
    t.finished_ns / 1e9 AS finished_epoch
FROM training_run t
JOIN stream s ON s.id = t.stream_id
LEFT JOIN model m ON m.id = t.model_id
LEFT JOIN training_recipe r ON r.run_id = t.id;

CREATE VIEW training_ledger AS
-- For every training the stretches of readings that it did not learn from, and why.
SELECT
    e.run_id AS training_id,
    s.name AS stream,
    m.version AS model_version,
    e.reason,
    e.readings,
    strftime('%Y-%m-%dT%H:%M:%S', e.from_ns / 1000000000 - (e.from_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (e.from_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS from_at,
    e.from_ns / 1e9 AS from_epoch,
    strftime('%Y-%m-%dT%H:%M:%S', e.through_ns / 1000000000 - (e.through_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (e.through_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS through_at,
    e.through_ns / 1e9 AS through_epoch
FROM training_exclusion e
JOIN training_run t ON t.id = e.run_id
JOIN stream s ON s.id = t.stream_id
LEFT JOIN model m ON m.id = t.model_id;

CREATE TABLE delivery (
    -- The outbox: one message to one receiver. What it is about is in notice.
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('alerts', 'digest')),
    webhook_id TEXT NOT NULL, -- stays the same over all attempts
    receiver TEXT NOT NULL,
    payload TEXT NOT NULL,
    created_ns INTEGER NOT NULL,
    retry_from_ns INTEGER, -- when somebody asked for it again; its age counts from then
    due_ns INTEGER NOT NULL, -- the next attempt is not made earlier
    attempts INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    last_status INTEGER, -- the HTTP status of the last attempt that got one
    last_error TEXT,
    delivered_ns INTEGER,
    UNIQUE (receiver, webhook_id)
) STRICT;

CREATE INDEX delivery_due ON delivery (due_ns) WHERE state = 'pending';

CREATE INDEX delivery_created ON delivery (created_ns);

CREATE TABLE notice (
    -- What one receiver is told of one step of an alert; several may be in one message.
    id INTEGER PRIMARY KEY,
    alert_id INTEGER NOT NULL REFERENCES alert (id),
    receiver TEXT NOT NULL,
    transition TEXT NOT NULL CHECK (transition IN ('fired', 'resolved')),
    own_id TEXT NOT NULL, -- the webhook-id of a message that holds nothing else
    labels TEXT NOT NULL CHECK (json_valid(labels)), -- what receivers route by
    item TEXT, -- the alert as it stands in a body; null once there is a message
    for_digest INTEGER NOT NULL CHECK (for_digest IN (0, 1)), -- whether the fleet's budget was used up
    created_ns INTEGER NOT NULL,
    delivery_id INTEGER REFERENCES delivery (id), -- its message; null while it waits for what else happens
    UNIQUE (receiver, alert_id, transition)
) STRICT;

CREATE INDEX notice_waiting ON notice (id) WHERE delivery_id IS NULL;

CREATE INDEX notice_delivery ON notice (delivery_id);

CREATE INDEX notice_alert ON notice (alert_id);

CREATE VIEW deliveries AS
-- Every webhook message and how far it got, one row for each alert that it is about; id is the message's. While id is
-- null the alert waits for what else happens in the same moment (grouping), or for the next digest (digest).
SELECT
    d.id,
    n.alert_id,
    s.name AS stream,
    n.receiver,
    n.transition,
    d.kind,
    coalesce(d.state, iif(n.for_digest, 'digest', 'grouping')) AS state,
    coalesce(d.attempts, 0) AS attempts,
    d.last_status,
    d.last_error,
    strftime('%Y-%m-%dT%H:%M:%S', coalesce(d.created_ns, n.created_ns) / 1000000000 - (coalesce(d.created_ns, n.created_ns) % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (coalesce(d.created_ns, n.created_ns) % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS created_at,
    coalesce(d.created_ns, n.created_ns) / 1e9 AS created_epoch,
    strftime('%Y-%m-%dT%H:%M:%S', d.due_ns / 1000000000 - (d.due_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (d.due_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS due_at,
    d.due_ns / 1e9 AS due_epoch,
    strftime('%Y-%m-%dT%H:%M:%S', d.delivered_ns / 1000000000 - (d.delivered_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (d.delivered_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS delivered_at,
    d.delivered_ns / 1e9 AS delivered_epoch,
    d.webhook_id,
    d.payload
FROM notice n
JOIN alert a ON a.id = n.alert_id
JOIN stream s ON s.id = a.stream_id
LEFT JOIN delivery d ON d.id = n.delivery_id;

CREATE TABLE rule_hold (
    -- A stretch of readings over the threshold that raised no alert, because of a rule of the configuration.
    stream_id INTEGER NOT NULL REFERENCES stream (id),
    started_ns INTEGER NOT NULL, -- the first reading over the threshold
    through_ns INTEGER NOT NULL, -- the last one that is known
    channel TEXT NOT NULL, -- the leading channel
    rule TEXT NOT NULL, -- the rule, in words
    peak_score REAL NOT NULL,
    PRIMARY KEY (stream_id, started_ns)
) STRICT, WITHOUT ROWID;

CREATE VIEW rule_holds AS
-- What raised no alert because of a rule of the configuration.
SELECT
    s.name AS stream,
    strftime('%Y-%m-%dT%H:%M:%S', h.started_ns / 1000000000 - (h.started_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (h.started_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS started_at,
    h.started_ns / 1e9 AS started_epoch,
    strftime('%Y-%m-%dT%H:%M:%S', h.through_ns / 1000000000 - (h.through_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (h.through_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS through_at,
    h.through_ns / 1e9 AS through_epoch,
    h.channel,
    h.rule,
    round(h.peak_score, 6) AS peak_score
FROM rule_hold h
JOIN stream s ON s.id = h.stream_id;

CREATE TABLE fleet (
    -- Streams that share weights: they match an entry of the configuration's models, and have the same channels.
    id INTEGER PRIMARY KEY,
    stream_pattern TEXT NOT NULL, -- of *, ? and [...]
    channels TEXT NOT NULL CHECK (json_valid(channels)), -- their names, a JSON array in the streams' order
    requested_version INTEGER NOT NULL, -- the weights that were asked for last
    requested_ns INTEGER NOT NULL, -- the time of the reading with which they were
    request BLOB NOT NULL, -- the same for the detector
    UNIQUE (stream_pattern, channels)
) STRICT;

CREATE TABLE fleet_request (
    -- A training of a fleet's weights that was asked for and has not ended.
    fleet_id INTEGER NOT NULL REFERENCES fleet (id),
    version INTEGER NOT NULL,
    request BLOB NOT NULL, -- which readings they are trained on
    PRIMARY KEY (fleet_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE fleet_model (
    -- One training of a fleet's weights and what became of it.
    id INTEGER PRIMARY KEY,
    fleet_id INTEGER NOT NULL REFERENCES fleet (id),
    version INTEGER NOT NULL, -- counts what was asked for, from 1
    reason TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('promoted', 'rejected', 'skipped')),
    explanation TEXT NOT NULL,
    trained_streams INTEGER NOT NULL,
    trained_readings INTEGER NOT NULL,
    excluded_readings INTEGER NOT NULL,
    held_out_readings INTEGER NOT NULL, -- those on which streams compared them with the weights before
    metrics TEXT NOT NULL CHECK (json_valid(metrics)), -- the numbers behind the verdict, by name
    seed INTEGER NOT NULL,
    started_ns INTEGER NOT NULL,
    finished_ns INTEGER NOT NULL,
    description TEXT NOT NULL, -- what the training chose and why, a line a choice
    blob BLOB, -- the weights, stored once for all members; null where there are none
    UNIQUE (fleet_id, version)
) STRICT;

CREATE INDEX model_fleet ON model (fleet_model_id) WHERE fleet_model_id IS NOT NULL;

CREATE VIEW fleets AS
-- Streams that share weights, and the weights in use.
SELECT
    f.id,
    f.stream_pattern AS streams,
    f.channels,
    w.version,
    w.trained_streams,
    w.trained_readings,
    (
        SELECT count(*) FROM model m JOIN fleet_model v ON v.id = m.fleet_model_id
        WHERE m.status = 'live' AND v.fleet_id = f.id
    ) AS scored_streams,
    strftime('%Y-%m-%dT%H:%M:%S', w.finished_ns / 1000000000 - (w.finished_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (w.finished_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS trained_at,
    w.finished_ns / 1e9 AS trained_epoch,
    length(w.blob) AS byte_count
FROM fleet f
LEFT JOIN fleet_model w ON w.id = (
    SELECT id FROM fleet_model WHERE fleet_id = f.id AND verdict = 'promoted' ORDER BY version DESC LIMIT 1);

CREATE VIEW fleet_models AS
-- Every training of weights that streams share, what became of it and why.
SELECT
    w.id,
    f.stream_pattern AS streams,
    w.version,
    w.reason,
    w.verdict,
    w.explanation,
    w.trained_streams,
    w.trained_readings,
    w.excluded_readings,
    w.held_out_readings,
    w.metrics,
    w.seed,
    strftime('%Y-%m-%dT%H:%M:%S', w.started_ns / 1000000000 - (w.started_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (w.started_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS started_at,
    w.started_ns / 1e9 AS started_epoch,
    strftime('%Y-%m-%dT%H:%M:%S', w.finished_ns / 1000000000 - (w.finished_ns % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (w.finished_ns % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' AS finished_at,
    w.finished_ns / 1e9 AS finished_epoch,
    length(w.blob) AS byte_count
FROM fleet_model w
JOIN fleet f ON f.id = w.fleet_id;

CREATE TABLE training_exclusion (
    -- The ledger: readings of the history that a training did not learn from, and why.
    run_id INTEGER NOT NULL REFERENCES training_run (id),
    from_ns INTEGER NOT NULL, -- the first of them
    through_ns INTEGER NOT NULL, -- the last
    readings INTEGER NOT NULL, -- how many
    reason TEXT NOT NULL CHECK (
        reason IN (
            'alerted', 'abnormal', 'confirmed', 'maintenance', 'old_normal', 'held_out', 'lossy', 'late', 'warm_up',
            'newest')),
    PRIMARY KEY (run_id, from_ns)
) STRICT, WITHOUT ROWID;

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
JOIN stream s ON s.id = p.stream_id;

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
    (SELECT strftime('%Y-%m-%dT%H:%M:%S', max(r.time_ns) / 1000000000 - (max(r.time_ns) % 1000000000 < 0), 'unixepoch') || rtrim(rtrim(printf('.%09d', (max(r.time_ns) % 1000000000 + 1000000000) % 1000000000), '0'), '.') || 'Z' FROM reading r WHERE r.stream_id = s.id) AS last_reading_at,
    (SELECT max(r.time_ns) / 1e9 FROM reading r WHERE r.stream_id = s.id) AS last_reading_epoch,
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
LEFT JOIN false_alarms f ON f.stream = s.name;
