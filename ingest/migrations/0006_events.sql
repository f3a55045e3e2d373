-- What devices, the edge and the platform itself say happened. Ordinary tables: safety reads them.

CREATE TABLE alarm_messages (
    gateway text NOT NULL,
    stream bigint NOT NULL,
    seq bigint NOT NULL,
    digest bytea NOT NULL,
    received_at timestamptz NOT NULL,
    path text NOT NULL CONSTRAINT alarm_messages_path_is_known CHECK (path IN ('mqtt', 'https', 'platform')),
    PRIMARY KEY (gateway, stream, seq)
);
COMMENT ON TABLE alarm_messages IS 'SHA-256 of every alarm-lane message: one identity, one content';

CREATE TABLE events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asset_id int NOT NULL REFERENCES assets,
    place_path ltree NOT NULL,
    gateway text NOT NULL,
    stream bigint NOT NULL,
    seq bigint NOT NULL,
    position smallint NOT NULL,
    event text NOT NULL,
    condition text NOT NULL,
    state text NOT NULL CONSTRAINT events_state_is_known CHECK (state IN ('raise', 'clear')),
    at timestamptz NOT NULL,
    device_ms bigint,
    received_at timestamptz NOT NULL,
    code_system text NOT NULL DEFAULT '',
    code text NOT NULL DEFAULT '',
    text text NOT NULL DEFAULT '',
    raw text NOT NULL DEFAULT '',
    flags text[] NOT NULL DEFAULT '{}',
    CONSTRAINT events_identity UNIQUE (gateway, stream, seq, position)
);
COMMENT ON COLUMN events.condition IS 'Key of the alarm on the asset: the event, or unknown_event:system:code';
COMMENT ON COLUMN events.at IS 'When it happened; the time of receipt where the device''s time is impossible';
COMMENT ON COLUMN events.device_ms IS 'The time as the device said it [ms UTC]';
COMMENT ON COLUMN events.flags IS 'placeholder, unknown_event, impossible_time, skewed, late, second_path, degraded';
CREATE INDEX events_asset ON events (asset_id, id DESC);

CREATE TABLE event_work (
    event_id bigint PRIMARY KEY REFERENCES events
);
COMMENT ON TABLE event_work IS 'Events that no alarm decision has seen yet; deleted in the transaction that handles them';

CREATE TABLE platform_conditions (
    gateway text NOT NULL,
    condition text NOT NULL,
    raised_at timestamptz NOT NULL,
    PRIMARY KEY (gateway, condition)
);
COMMENT ON TABLE platform_conditions IS 'What the platform has raised about a gateway and not cleared; written with the event, so that one is open at most';

GRANT SELECT, INSERT, UPDATE, DELETE ON platform_conditions TO tw_ingest;
GRANT SELECT ON platform_conditions TO tw_analytics, tw_console;
GRANT SELECT, INSERT ON alarm_messages, events, event_work TO tw_ingest;
GRANT SELECT ON alarm_messages, events TO tw_analytics, tw_console;
GRANT SELECT ON events TO tw_grafana;
GRANT SELECT, UPDATE, DELETE ON event_work TO tw_analytics;

ALTER TABLE events ENABLE ROW LEVEL SECURITY;
CREATE POLICY events_of_the_platform ON events TO tw_ingest, tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY events_in_scope ON events FOR SELECT TO tw_console, tw_grafana
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
