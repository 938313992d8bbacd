/// What the eighth migration adds: since when normal has moved, on alerts of that kind, and more reasons for which a training leaves
/// readings out. Shipped: never to be changed.
enum DriftColumns {
    /// One statement each, in an order in which references resolve.
    static let statements = [
        "ALTER TABLE alert ADD COLUMN moved_since_ns INTEGER /* baseline_drift: since when normal has moved */",
        // A table's checks do not change, so it is made anew.
        "CREATE TABLE training_exclusion_before AS SELECT run_id, from_ns, through_ns, readings, reason FROM training_exclusion",
        "DROP TABLE training_exclusion",
        """
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
        ) STRICT, WITHOUT ROWID
        """,
        """
        INSERT INTO training_exclusion (run_id, from_ns, through_ns, readings, reason)
        SELECT run_id, from_ns, through_ns, readings, reason FROM training_exclusion_before
        """,
        "DROP TABLE training_exclusion_before",
    ]
}
