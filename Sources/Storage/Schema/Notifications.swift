/// What the sixth migration adds: messages about several alerts, and what the rules of the configuration held back. Shipped:
/// never to be changed.
enum Notifications {
    /// One statement each, in an order in which references resolve.
    static let statements = messages + notices + ruleHolds

    /// A message is no longer about one alert, and a table's columns do not lose their meaning, so it is made anew.
    private static let messages = [
        "ALTER TABLE delivery RENAME TO delivery_before",
        "DROP VIEW deliveries",
        "DROP INDEX delivery_due",
        "DROP INDEX delivery_order",
        """
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
        ) STRICT
        """,
        """
        INSERT INTO delivery
        SELECT id, 'alerts', webhook_id, receiver, payload, created_ns, retry_from_ns, due_ns, attempts, state, last_status,
            last_error, delivered_ns
        FROM delivery_before
        """,
        "CREATE INDEX delivery_due ON delivery (due_ns) WHERE state = 'pending'",
        "CREATE INDEX delivery_created ON delivery (created_ns)",
    ]

    private static let notices = [
        """
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
        ) STRICT
        """,
        """
        INSERT INTO notice (alert_id, receiver, transition, own_id, labels, item, for_digest, created_ns, delivery_id)
        SELECT alert_id, receiver, transition, webhook_id, coalesce(iif(json_valid(payload), payload -> '$.alerts[0].labels',
            NULL), '{}'), NULL, 0, created_ns, id
        FROM delivery_before WHERE transition <> 'updated'
        ON CONFLICT DO NOTHING
        """,
        "DROP TABLE delivery_before",
        "CREATE INDEX notice_waiting ON notice (id) WHERE delivery_id IS NULL",
        "CREATE INDEX notice_delivery ON notice (delivery_id)",
        "CREATE INDEX notice_alert ON notice (alert_id)",
        """
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
            \(FirstViews.text("coalesce(d.created_ns, n.created_ns)")) AS created_at,
            \(FirstViews.epoch("coalesce(d.created_ns, n.created_ns)")) AS created_epoch,
            \(FirstViews.text("d.due_ns")) AS due_at,
            \(FirstViews.epoch("d.due_ns")) AS due_epoch,
            \(FirstViews.text("d.delivered_ns")) AS delivered_at,
            \(FirstViews.epoch("d.delivered_ns")) AS delivered_epoch,
            d.webhook_id,
            d.payload
        FROM notice n
        JOIN alert a ON a.id = n.alert_id
        JOIN stream s ON s.id = a.stream_id
        LEFT JOIN delivery d ON d.id = n.delivery_id
        """,
    ]

    private static let ruleHolds = [
        """
        CREATE TABLE rule_hold (
            -- A stretch of readings over the threshold that raised no alert, because of a rule of the configuration.
            stream_id INTEGER NOT NULL REFERENCES stream (id),
            started_ns INTEGER NOT NULL, -- the first reading over the threshold
            through_ns INTEGER NOT NULL, -- the last one that is known
            channel TEXT NOT NULL, -- the leading channel
            rule TEXT NOT NULL, -- the rule, in words
            peak_score REAL NOT NULL,
            PRIMARY KEY (stream_id, started_ns)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE VIEW rule_holds AS
        -- What raised no alert because of a rule of the configuration.
        SELECT
            s.name AS stream,
            \(FirstViews.text("h.started_ns")) AS started_at,
            \(FirstViews.epoch("h.started_ns")) AS started_epoch,
            \(FirstViews.text("h.through_ns")) AS through_at,
            \(FirstViews.epoch("h.through_ns")) AS through_epoch,
            h.channel,
            h.rule,
            round(h.peak_score, 6) AS peak_score
        FROM rule_hold h
        JOIN stream s ON s.id = h.stream_id
        """,
    ]
}
