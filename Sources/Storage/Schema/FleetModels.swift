/// The seventh migration: weights that streams share. Shipped: never to be changed.
enum FleetModels {
    /// One statement each, in an order in which references resolve.
    static let statements = tables + views

    private static let tables = [
        """
        CREATE TABLE fleet (
            -- Streams that share weights: they match an entry of the configuration's models, and have the same channels.
            id INTEGER PRIMARY KEY,
            stream_pattern TEXT NOT NULL, -- of *, ? and [...]
            channels TEXT NOT NULL CHECK (json_valid(channels)), -- their names, a JSON array in the streams' order
            requested_version INTEGER NOT NULL, -- the weights that were asked for last
            requested_ns INTEGER NOT NULL, -- the time of the reading with which they were
            request BLOB NOT NULL, -- the same for the detector
            UNIQUE (stream_pattern, channels)
        ) STRICT
        """,
        """
        CREATE TABLE fleet_request (
            -- A training of a fleet's weights that was asked for and has not ended.
            fleet_id INTEGER NOT NULL REFERENCES fleet (id),
            version INTEGER NOT NULL,
            request BLOB NOT NULL, -- which readings they are trained on
            PRIMARY KEY (fleet_id, version)
        ) STRICT, WITHOUT ROWID
        """,
        """
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
        ) STRICT
        """,
        """
        ALTER TABLE model ADD COLUMN fleet_model_id INTEGER REFERENCES fleet_model (id) \
        /* the weights, where they are shared: blob then is the stream's normalizer and threshold alone */
        """,
        "CREATE INDEX model_fleet ON model (fleet_model_id) WHERE fleet_model_id IS NOT NULL",
    ]

    private static let views = [
        """
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
            \(FirstViews.text("w.finished_ns")) AS trained_at,
            \(FirstViews.epoch("w.finished_ns")) AS trained_epoch,
            length(w.blob) AS byte_count
        FROM fleet f
        LEFT JOIN fleet_model w ON w.id = (
            SELECT id FROM fleet_model WHERE fleet_id = f.id AND verdict = 'promoted' ORDER BY version DESC LIMIT 1)
        """,
        """
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
            \(FirstViews.text("w.started_ns")) AS started_at,
            \(FirstViews.epoch("w.started_ns")) AS started_epoch,
            \(FirstViews.text("w.finished_ns")) AS finished_at,
            \(FirstViews.epoch("w.finished_ns")) AS finished_epoch,
            length(w.blob) AS byte_count
        FROM fleet_model w
        JOIN fleet f ON f.id = w.fleet_id
        """,
    ]
}
