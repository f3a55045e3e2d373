-- What was sent to whom, and what came back: a transactional outbox.

CREATE TABLE notices (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    alarm_id bigint REFERENCES alarms,
    order_id bigint REFERENCES work_orders,
    place_path ltree NOT NULL,
    organisation_id int REFERENCES organisations,
    target text NOT NULL,
    kind text NOT NULL,
    body jsonb NOT NULL,
    is_life_safety boolean NOT NULL,
    created_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CONSTRAINT notices_state_is_known CHECK (
        state IN ('waiting', 'delivered', 'given_up')
    ),
    attempts int NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL,
    delivered_at timestamptz,
    receipt text,
    last_error text
);
COMMENT ON COLUMN notices.target IS 'bureau (webhook), desk (console), or a channel of a later version';
CREATE INDEX notices_waiting ON notices (next_at) WHERE state = 'waiting';
CREATE INDEX notices_alarm ON notices (alarm_id);

GRANT SELECT, INSERT, UPDATE ON notices TO tw_analytics;
GRANT SELECT ON notices TO tw_console, tw_grafana;
ALTER TABLE notices ENABLE ROW LEVEL SECURITY;
CREATE POLICY notices_of_the_platform ON notices TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY notices_in_scope ON notices FOR SELECT TO tw_console, tw_grafana
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
