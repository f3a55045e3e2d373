-- Proof of delivery: sent = stored + quarantined + shed + missing + in flight, per gateway and lane.

CREATE TABLE ledgers (
    gateway text NOT NULL,
    lane text NOT NULL CONSTRAINT ledgers_lane_is_known CHECK (lane IN ('alarm', 'data')),
    stream bigint NOT NULL,
    received int8multirange NOT NULL DEFAULT '{}',
    low bigint NOT NULL DEFAULT 1,
    next_seq bigint NOT NULL DEFAULT 1,
    shed int8multirange NOT NULL DEFAULT '{}',
    closed int8multirange NOT NULL DEFAULT '{}',
    stored bigint NOT NULL DEFAULT 0,
    quarantined bigint NOT NULL DEFAULT 0,
    duplicates bigint NOT NULL DEFAULT 0,
    missing bigint NOT NULL DEFAULT 0,
    shed_messages bigint NOT NULL DEFAULT 0,
    samples bigint NOT NULL DEFAULT 0,
    samples_refused bigint NOT NULL DEFAULT 0,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (gateway, lane, stream)
);
COMMENT ON TABLE ledgers IS 'One row per opening of a gateway''s outbox; numbers count messages';
COMMENT ON COLUMN ledgers.received IS 'Settled sequence numbers: received, shed, or closed as missing; at most 64 ranges';
COMMENT ON COLUMN ledgers.closed IS 'Numbers closed as missing, newest 64 ranges: one that comes late is stored all the same';
COMMENT ON COLUMN ledgers.low IS 'The gateway''s promise: nothing below will come again';
COMMENT ON COLUMN ledgers.next_seq IS 'The number that the next message of the stream will get, as far as known';
COMMENT ON COLUMN ledgers.shed IS 'Numbers that the gateway gave up when its outbox was full, and counted';
COMMENT ON COLUMN ledgers.shed_messages IS 'How many numbers were shed; shed itself keeps the newest 64 ranges';
COMMENT ON COLUMN ledgers.samples IS 'Values stored (one metric of one asset at one time)';
COMMENT ON COLUMN ledgers.samples_refused IS 'Values refused and kept in quarantine';
COMMENT ON COLUMN ledgers.missing IS 'Numbers below low that never came and were not shed';

CREATE TABLE ledger_hours (
    hour timestamptz NOT NULL,
    gateway text NOT NULL,
    lane text NOT NULL,
    stored bigint NOT NULL DEFAULT 0,
    quarantined bigint NOT NULL DEFAULT 0,
    duplicates bigint NOT NULL DEFAULT 0,
    shed bigint NOT NULL DEFAULT 0,
    missing bigint NOT NULL DEFAULT 0,
    samples bigint NOT NULL DEFAULT 0,
    samples_refused bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (hour, gateway, lane)
);
COMMENT ON TABLE ledger_hours IS 'The ledger by the hour in which the platform received the message, UTC';

CREATE TABLE quarantine (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received_at timestamptz NOT NULL,
    gateway text NOT NULL,
    lane text NOT NULL,
    topic text NOT NULL,
    stream bigint,
    seq bigint,
    reason text NOT NULL,
    detail text NOT NULL,
    refused jsonb,
    payload bytea NOT NULL,
    is_cut boolean NOT NULL DEFAULT false,
    replayed_at timestamptz,
    replay_note text
);
COMMENT ON TABLE quarantine IS 'What could not be admitted, with its bytes and the reason; replayed once, by id';
COMMENT ON COLUMN quarantine.refused IS 'Which values of a partly stored message were refused; NULL: all of it';
COMMENT ON COLUMN quarantine.is_cut IS 'The gateway''s daily cap was reached: only the first bytes are kept';
CREATE INDEX quarantine_gateway ON quarantine (gateway, id);

CREATE INDEX quarantine_alarm_open ON quarantine (gateway) WHERE lane = 'alarm' AND replayed_at IS NULL;

CREATE TABLE quarantine_days (
    day date NOT NULL,
    gateway text NOT NULL,
    lane text NOT NULL,
    bytes bigint NOT NULL DEFAULT 0,
    messages bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (day, gateway, lane)
);
COMMENT ON TABLE quarantine_days IS 'How much a gateway sent into quarantine on a day (UTC), cut messages included; a row a lane, so that alarms never wait for telemetry';

CREATE TABLE arrivals (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    class text NOT NULL,
    gateway text NOT NULL,
    min_at timestamptz NOT NULL,
    max_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL
);
COMMENT ON TABLE arrivals IS 'What times a batch of telemetry brought, so that late data is seen; pruned after a day';
COMMENT ON COLUMN arrivals.gateway IS 'The gateway of telemetry older than a minute; * stands for all that came in time';
CREATE INDEX arrivals_received ON arrivals (received_at);

CREATE TABLE gateway_states (
    gateway text NOT NULL,
    lane text NOT NULL,
    is_online boolean NOT NULL,
    heard_at timestamptz NOT NULL,
    sent_at timestamptz,
    software text NOT NULL DEFAULT '',
    configuration text NOT NULL DEFAULT '',
    stream bigint NOT NULL DEFAULT 0,
    next_seq bigint NOT NULL DEFAULT 1,
    depth bigint NOT NULL DEFAULT 0,
    oldest_ms bigint NOT NULL DEFAULT 0,
    offset_ms bigint,
    skew_ms bigint,
    PRIMARY KEY (gateway, lane)
);
COMMENT ON COLUMN gateway_states.heard_at IS 'Last sign of life on the lane (heartbeat or message); the will is none';
COMMENT ON COLUMN gateway_states.skew_ms IS 'Gateway clock minus platform clock at the last heartbeat [ms]';

CREATE TABLE commands (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    gateway text NOT NULL,
    command text NOT NULL CONSTRAINT commands_are_read_only CHECK (
        command IN ('resend', 'duty_check', 'rebirth')
    ),
    body jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CONSTRAINT commands_state_is_known CHECK (
        state IN ('waiting', 'sent', 'answered', 'expired')
    ),
    sent_at timestamptz
);
COMMENT ON TABLE commands IS 'Requests to gateways; nothing here can move equipment';
CREATE INDEX commands_waiting ON commands (created_at) WHERE state = 'waiting';

CREATE TABLE shard_leases (
    shard smallint PRIMARY KEY CONSTRAINT shard_leases_shard_is_known CHECK (shard BETWEEN 0 AND 15),
    worker text NOT NULL,
    renewed_at timestamptz NOT NULL
);
COMMENT ON TABLE shard_leases IS 'Which data worker reads which shard; a silent worker''s shards are taken over';

CREATE TABLE data_workers (
    worker text PRIMARY KEY,
    renewed_at timestamptz NOT NULL
);
COMMENT ON TABLE data_workers IS 'Which data workers are alive, so that shards can be shared out evenly';

GRANT SELECT, INSERT, UPDATE, DELETE ON
    ledgers, ledger_hours, quarantine, quarantine_days, arrivals, gateway_states, commands, shard_leases,
    data_workers
    TO tw_ingest;
GRANT SELECT ON ledgers, ledger_hours, quarantine, quarantine_days, arrivals, gateway_states, commands
    TO tw_analytics, tw_console;
GRANT SELECT ON ledgers, ledger_hours, gateway_states TO tw_grafana;
GRANT INSERT ON commands TO tw_analytics;

CREATE FUNCTION drop_old_samples(sample_table text, older_than timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
    SELECT count(*)
    FROM timescaledb_information.hypertables AS known
    CROSS JOIN LATERAL drop_chunks(format('public.%I', known.hypertable_name)::regclass, older_than)
    WHERE known.hypertable_schema = 'public'
        AND known.hypertable_name = sample_table
        AND sample_table LIKE '%\_samples'
        AND older_than < now() - INTERVAL '1 day'
$$;
COMMENT ON FUNCTION drop_old_samples(text, timestamptz) IS 'Drop whole chunks of telemetry older than a time; the number of chunks. The Apache edition has no retention policies';
REVOKE ALL ON FUNCTION drop_old_samples(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION drop_old_samples(text, timestamptz) TO tw_ingest;
