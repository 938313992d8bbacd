/// The tables of the first migration. Shipped: never to be changed.
///
/// SQLite keeps the comments inside the statements, so that `.schema` in a sqlite3 shell explains itself.
enum FirstTables {
    /// One statement each, in an order in which references resolve.
    static let statements = [
        """
        CREATE TABLE stream (
            -- One thing that is watched.
            id INTEGER PRIMARY KEY, -- the order in which the streams were first seen, from 1
            name TEXT NOT NULL UNIQUE
        ) STRICT
        """,
        """
        CREATE TABLE channel (
            -- One measured quantity of a stream.
            stream_id INTEGER NOT NULL REFERENCES stream (id),
            position INTEGER NOT NULL CHECK (position BETWEEN 0 AND 63), -- its place in reading.channel_values
            name TEXT NOT NULL,
            PRIMARY KEY (stream_id, position),
            UNIQUE (stream_id, name)
        ) STRICT, WITHOUT ROWID
        """,
        """
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
            blob BLOB NOT NULL, -- weights, normalizer and calibration
            UNIQUE (stream_id, version)
        ) STRICT
        """,
        "CREATE UNIQUE INDEX model_live ON model (stream_id) WHERE status = 'live'",
        "CREATE UNIQUE INDEX model_scheduled ON model (stream_id) WHERE status = 'scheduled'",
        """
        CREATE TABLE reading (
            -- One row of values of a stream, with its score.
            stream_id INTEGER NOT NULL REFERENCES stream (id),
            time_ns INTEGER NOT NULL,
            channel_values TEXT NOT NULL, -- a JSON array by channel.position: null is missing, 9e999 is infinite
            score REAL, -- null while there is no model to give one
            model_id INTEGER REFERENCES model (id), -- the model that gave the score
            alerting INTEGER NOT NULL CHECK (alerting IN (0, 1)), -- whether an alert was pending or firing
            PRIMARY KEY (stream_id, time_ns)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE training_run (
            -- One training and what became of it.
            id INTEGER PRIMARY KEY,
            stream_id INTEGER NOT NULL REFERENCES stream (id),
            reason TEXT NOT NULL CHECK (reason IN ('warm_up', 'growth', 'schedule', 'command')),
            verdict TEXT NOT NULL CHECK (verdict IN ('promoted', 'rejected', 'skipped')),
            explanation TEXT NOT NULL,
            through_ns INTEGER NOT NULL, -- the newest reading that it was allowed to see
            through_reading INTEGER NOT NULL, -- how many readings the stream had by then
            seed INTEGER NOT NULL,
            trained_readings INTEGER NOT NULL,
            excluded_readings INTEGER NOT NULL, -- left out because an alert was pending or firing
            held_out_readings INTEGER NOT NULL, -- those on which candidate and live version were compared
            metrics TEXT NOT NULL CHECK (json_valid(metrics)), -- the numbers behind the verdict, by name
            started_ns INTEGER NOT NULL,
            finished_ns INTEGER NOT NULL,
            model_id INTEGER REFERENCES model (id) -- the candidate, if there is one
        ) STRICT
        """,
        "CREATE INDEX training_run_stream ON training_run (stream_id)",
        """
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
            contributions TEXT NOT NULL CHECK (json_valid(contributions)), -- per channel, the largest share first
            UNIQUE (stream_id, started_ns)
        ) STRICT
        """,
        "CREATE INDEX alert_open ON alert (stream_id) WHERE resolved_ns IS NULL",
        """
        CREATE TABLE delivery (
            -- The outbox: one message to one receiver.
            id INTEGER PRIMARY KEY,
            alert_id INTEGER NOT NULL REFERENCES alert (id),
            webhook_id TEXT NOT NULL, -- stays the same over all attempts
            receiver TEXT NOT NULL,
            transition TEXT NOT NULL CHECK (transition IN ('fired', 'updated', 'resolved')),
            payload TEXT NOT NULL,
            created_ns INTEGER NOT NULL,
            due_ns INTEGER NOT NULL, -- the next attempt is not made earlier
            attempts INTEGER NOT NULL DEFAULT 0,
            state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
            last_status INTEGER, -- the HTTP status of the last attempt that got one
            last_error TEXT,
            delivered_ns INTEGER,
            UNIQUE (receiver, webhook_id)
        ) STRICT
        """,
        "CREATE INDEX delivery_due ON delivery (due_ns) WHERE state = 'pending'",
        "CREATE INDEX delivery_order ON delivery (receiver, alert_id, id) WHERE state = 'pending'",
        """
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
        ) STRICT
        """,
        """
        CREATE TABLE input_position (
            -- How far an input has been taken in; written in the transaction that holds its readings.
            source TEXT PRIMARY KEY,
            position INTEGER NOT NULL, -- bytes
            updated_ns INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE loss (
            -- Input that came to nothing, by hour and reason.
            hour_ns INTEGER NOT NULL, -- the beginning of the hour
            source TEXT NOT NULL,
            reason TEXT NOT NULL,
            count INTEGER NOT NULL,
            sample TEXT, -- the first of its kind in that hour
            PRIMARY KEY (hour_ns, source, reason)
        ) STRICT, WITHOUT ROWID
        """,
    ]
}
