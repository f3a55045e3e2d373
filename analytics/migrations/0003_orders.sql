-- Work orders and the clocks that run on alarms and orders.

CREATE TABLE work_orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number text NOT NULL CONSTRAINT work_orders_number_key UNIQUE,
    alarm_id bigint REFERENCES alarms,
    asset_id int NOT NULL REFERENCES assets,
    place_path ltree NOT NULL,
    duty_id int REFERENCES duties,
    title text NOT NULL,
    state text NOT NULL CONSTRAINT work_orders_state_is_known CHECK (
        state IN (
            'proposed', 'dispatched', 'accepted', 'on_site', 'restored', 'verified', 'closed',
            'declined', 'merged'
        )
    ),
    owner_id int REFERENCES organisations,
    assignee text,
    opened_at timestamptz NOT NULL,
    accepted_at timestamptz,
    arrived_at timestamptz,
    restored_at timestamptz,
    verified_at timestamptz,
    closed_at timestamptz,
    result text NOT NULL DEFAULT '',
    version int NOT NULL DEFAULT 1,
    CONSTRAINT work_orders_close_once CHECK ((state IN ('closed', 'merged')) = (closed_at IS NOT NULL))
);
COMMENT ON COLUMN work_orders.owner_id IS 'The organisation that answers for it now';
COMMENT ON COLUMN work_orders.assignee IS 'User name of the technician who accepted it';
CREATE UNIQUE INDEX work_orders_one_per_alarm ON work_orders (alarm_id) WHERE closed_at IS NULL;
CREATE INDEX work_orders_open ON work_orders (owner_id, opened_at) WHERE closed_at IS NULL;
CREATE INDEX work_orders_place ON work_orders USING gist (place_path);
CREATE SEQUENCE work_order_numbers;

CREATE TABLE work_order_transitions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES work_orders,
    at timestamptz NOT NULL,
    trigger text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    version int NOT NULL,
    actor text NOT NULL,
    actor_role text NOT NULL,
    note text NOT NULL DEFAULT '',
    digest bytea NOT NULL
);
CREATE INDEX work_order_transitions_order ON work_order_transitions (order_id, id);

CREATE TABLE clocks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CONSTRAINT clocks_kind_is_known CHECK (
        kind IN ('acknowledge', 'confirm', 'accept', 'arrive', 'restore', 'close', 'off_delay', 'on_delay')
    ),
    alarm_id bigint REFERENCES alarms,
    order_id bigint REFERENCES work_orders,
    step int NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    started_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'running' CONSTRAINT clocks_state_is_known CHECK (
        state IN ('running', 'kept', 'missed', 'stopped')
    ),
    ended_at timestamptz,
    CONSTRAINT clocks_have_one_subject CHECK (num_nonnulls(alarm_id, order_id) = 1)
);
COMMENT ON TABLE clocks IS 'Deadlines; claimed FOR UPDATE SKIP LOCKED when due, executed idempotently';
COMMENT ON COLUMN clocks.step IS 'Link of the escalation chain that is told when this clock is missed';
CREATE INDEX clocks_due ON clocks (due_at) WHERE state = 'running';
CREATE UNIQUE INDEX clocks_one_per_alarm ON clocks (alarm_id, kind) WHERE state = 'running' AND alarm_id IS NOT NULL;
CREATE UNIQUE INDEX clocks_one_per_order ON clocks (order_id, kind) WHERE state = 'running' AND order_id IS NOT NULL;

GRANT SELECT, INSERT, UPDATE ON work_orders, clocks TO tw_analytics;
GRANT SELECT, INSERT ON work_order_transitions TO tw_analytics;
GRANT USAGE ON SEQUENCE work_order_numbers TO tw_analytics;
GRANT SELECT ON work_orders TO tw_console, tw_grafana;
GRANT SELECT ON work_order_transitions, clocks TO tw_console;

ALTER TABLE work_orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY orders_of_the_platform ON work_orders TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY orders_in_scope ON work_orders FOR SELECT TO tw_console, tw_grafana
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
ALTER TABLE work_order_transitions ENABLE ROW LEVEL SECURITY;
CREATE POLICY order_steps_of_the_platform ON work_order_transitions TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY order_steps_in_scope ON work_order_transitions FOR SELECT TO tw_console
    USING (EXISTS (SELECT FROM work_orders WHERE work_orders.id = work_order_transitions.order_id));
ALTER TABLE clocks ENABLE ROW LEVEL SECURITY;
CREATE POLICY clocks_of_the_platform ON clocks TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY clocks_in_scope ON clocks FOR SELECT TO tw_console USING (
    EXISTS (SELECT FROM alarms WHERE alarms.id = clocks.alarm_id)
    OR EXISTS (SELECT FROM work_orders WHERE work_orders.id = clocks.order_id)
);
