/// What the fifth migration adds: what it takes to repeat a training, versions that came back because the one after them raised too
/// many alerts, and more reasons in the ledger. Shipped: never to be changed.
enum ReproducibleTrainings {
    /// One statement each, in an order in which references resolve.
    static let statements = runs + exclusions + tables + views

    /// The reasons have become more, and a table's checks do not change, so the tables are made anew.
    private static let runs = [
        "DROP VIEW training_ledger",
        "DROP VIEW training_runs",
        "DROP VIEW models",
        "ALTER TABLE training_exclusion RENAME TO training_exclusion_before",
        "ALTER TABLE training_run RENAME TO training_run_before",
        "DROP INDEX training_run_stream",
        """
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
        ) STRICT
        """,
        """
        INSERT INTO training_run
        SELECT id, stream_id, reason, verdict, explanation, through_ns, through_reading, seed, trained_readings,
            excluded_readings, held_out_readings, metrics, started_ns, finished_ns, model_id
        FROM training_run_before
        """,
        "CREATE INDEX training_run_stream ON training_run (stream_id)",
    ]

    private static let exclusions = [
        """
        CREATE TABLE training_exclusion (
            -- The ledger: readings of the history that a training did not learn from, and why.
            run_id INTEGER NOT NULL REFERENCES training_run (id),
            from_ns INTEGER NOT NULL, -- the first of them
            through_ns INTEGER NOT NULL, -- the last
            readings INTEGER NOT NULL, -- how many
            reason TEXT NOT NULL CHECK (
                reason IN (
                    'alerted', 'abnormal', 'confirmed', 'maintenance', 'old_normal', 'held_out',
                    'lossy', -- readings before them did not come, so that no window ends with them
                    'warm_up' -- the first ones, before which there is no whole window
                )),
            PRIMARY KEY (run_id, from_ns)
        ) STRICT, WITHOUT ROWID
        """,
        """
        INSERT INTO training_exclusion
        SELECT run_id, from_ns, through_ns, readings, reason FROM training_exclusion_before
        """,
        "DROP TABLE training_exclusion_before",
        "DROP TABLE training_run_before",
    ]

    private static let tables = [
        """
        CREATE TABLE training_recipe (
            -- With seed and ledger all that it takes to fit a candidate again to the same bits.
            run_id INTEGER PRIMARY KEY REFERENCES training_run (id),
            live_model_id INTEGER REFERENCES model (id), -- the live version, by whose scale the history was cleaned
            recipe TEXT NOT NULL CHECK (json_valid(recipe)) -- which readings were fitted, and the settings that matter
        ) STRICT
        """,
        """
        CREATE TABLE model_withdrawal (
            -- A model that broke its false-alarm budget on its first day, so that the version before came back.
            model_id INTEGER PRIMARY KEY REFERENCES model (id),
            run_id INTEGER NOT NULL REFERENCES training_run (id), -- says why, with the numbers
            withdrawn_ns INTEGER NOT NULL
        ) STRICT
        """,
    ]

    private static let views = [
        """
        CREATE VIEW models AS
        -- Every model version.
        SELECT
            m.id,
            s.name AS stream,
            m.version,
            m.status,
            \(FirstViews.text("m.created_ns")) AS created_at,
            \(FirstViews.epoch("m.created_ns")) AS created_epoch,
            \(FirstViews.text("m.trained_from_ns")) AS trained_from_at,
            \(FirstViews.epoch("m.trained_from_ns")) AS trained_from_epoch,
            \(FirstViews.text("m.trained_through_ns")) AS trained_through_at,
            \(FirstViews.epoch("m.trained_through_ns")) AS trained_through_epoch,
            m.effective_from_reading,
            m.seed,
            m.description,
            length(m.blob) AS byte_count,
            \(FirstViews.text("w.withdrawn_ns")) AS withdrawn_at,
            \(FirstViews.epoch("w.withdrawn_ns")) AS withdrawn_epoch
        FROM model m
        JOIN stream s ON s.id = m.stream_id
        LEFT JOIN model_withdrawal w ON w.model_id = m.id
        """,
        """
        CREATE VIEW training_runs AS
        -- Every training, what became of it and why. One due to rollback trained nothing: the version before came back.
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
            r.recipe,
            \(FirstViews.text("t.started_ns")) AS started_at,
            \(FirstViews.epoch("t.started_ns")) AS started_epoch,
            \(FirstViews.text("t.finished_ns")) AS finished_at,
            \(FirstViews.epoch("t.finished_ns")) AS finished_epoch
        FROM training_run t
        JOIN stream s ON s.id = t.stream_id
        LEFT JOIN model m ON m.id = t.model_id
        LEFT JOIN training_recipe r ON r.run_id = t.id
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
}
