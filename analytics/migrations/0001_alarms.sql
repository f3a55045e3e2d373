-- Alarms, their history, and the incidents that join alarms with one cause.

CREATE TABLE incidents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cause text NOT NULL,
    place_path ltree NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz
);
COMMENT ON TABLE incidents IS 'Alarms with one cause, worked together; life safety is never folded away into one';

CREATE TABLE alarms (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asset_id int NOT NULL REFERENCES assets,
    place_path ltree NOT NULL,
    condition text NOT NULL,
    event text NOT NULL,
    alarm_group text NOT NULL,
    severity text NOT NULL,
    is_life_safety boolean NOT NULL,
    state text NOT NULL CONSTRAINT alarms_state_is_known CHECK (
        state IN (
            'normal', 'unacknowledged', 'acknowledged', 'returned_unacknowledged',
            'latched_unacknowledged', 'latched_acknowledged',
            'shelved', 'suppressed', 'out_of_service'
        )
    ),
    confirmation text NOT NULL DEFAULT 'unconfirmed' CONSTRAINT alarms_confirmation_is_known CHECK (
        confirmation IN ('unconfirmed', 'real', 'false', 'unanswered')
    ),
    is_drill boolean NOT NULL DEFAULT false,
    text text NOT NULL DEFAULT '',
    raised_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    opened_at timestamptz NOT NULL,
    returned_at timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by text,
    closed_at timestamptz,
    incident_id bigint REFERENCES incidents,
    raises int NOT NULL DEFAULT 1,
    version int NOT NULL DEFAULT 1,
    CONSTRAINT alarms_close_in_normal CHECK ((state = 'normal') = (closed_at IS NOT NULL))
);
COMMENT ON COLUMN alarms.state IS 'The nine states of ISA-18.2';
COMMENT ON COLUMN alarms.place_path IS 'Where the asset stood when the alarm was born';
COMMENT ON COLUMN alarms.raised_at IS 'When it happened, by the device';
COMMENT ON COLUMN alarms.opened_at IS 'When the platform opened the alarm';
COMMENT ON COLUMN alarms.raises IS 'Raises counted in this episode';
COMMENT ON COLUMN alarms.version IS 'Grows with every change, for idempotent display and optimistic locking';
CREATE UNIQUE INDEX alarms_one_open ON alarms (asset_id, condition) WHERE closed_at IS NULL;
CREATE INDEX alarms_open_list ON alarms (is_life_safety DESC, severity, opened_at DESC, id DESC) WHERE closed_at IS NULL;
CREATE INDEX alarms_asset ON alarms (asset_id, id DESC);
CREATE INDEX alarms_place ON alarms USING gist (place_path) WHERE closed_at IS NULL;

CREATE TABLE conditions (
    asset_id int NOT NULL REFERENCES assets,
    condition text NOT NULL,
    is_active boolean NOT NULL,
    gateway text NOT NULL,
    stream bigint NOT NULL,
    seq bigint NOT NULL,
    position smallint NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (asset_id, condition)
);
COMMENT ON TABLE conditions IS 'Newest word on each condition: (stream, seq, position) decides, whichever path brought it';

CREATE TABLE alarm_transitions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alarm_id bigint NOT NULL REFERENCES alarms,
    at timestamptz NOT NULL,
    trigger text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    version int NOT NULL,
    actor text NOT NULL,
    actor_role text NOT NULL,
    reason text NOT NULL DEFAULT '',
    event_id bigint REFERENCES events,
    digest bytea NOT NULL
);
COMMENT ON TABLE alarm_transitions IS 'Append-only: who, when, why; the digest is over the row''s content (SHA-256)';
COMMENT ON COLUMN alarm_transitions.version IS 'Version of the alarm after the move';
COMMENT ON COLUMN alarm_transitions.actor_role IS 'device, platform, or the role of the person';
CREATE INDEX alarm_transitions_alarm ON alarm_transitions (alarm_id, id);

GRANT SELECT, INSERT, UPDATE ON incidents, alarms, conditions TO tw_analytics;
GRANT SELECT, INSERT ON alarm_transitions TO tw_analytics;
GRANT SELECT ON incidents, alarms TO tw_console, tw_grafana;
GRANT SELECT ON conditions, alarm_transitions TO tw_console;

ALTER TABLE incidents ENABLE ROW LEVEL SECURITY;
CREATE POLICY incidents_of_the_platform ON incidents TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY incidents_in_scope ON incidents FOR SELECT TO tw_console, tw_grafana
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
ALTER TABLE alarms ENABLE ROW LEVEL SECURITY;
CREATE POLICY alarms_of_the_platform ON alarms TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY alarms_in_scope ON alarms FOR SELECT TO tw_console, tw_grafana
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
ALTER TABLE alarm_transitions ENABLE ROW LEVEL SECURITY;
CREATE POLICY transitions_of_the_platform ON alarm_transitions TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY transitions_in_scope ON alarm_transitions FOR SELECT TO tw_console
    USING (EXISTS (SELECT FROM alarms WHERE alarms.id = alarm_transitions.alarm_id));
