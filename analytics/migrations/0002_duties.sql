-- The responsibility matrix 权责清单: who answers for what, where, and by when.

CREATE TABLE duty_versions (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    valid_from timestamptz NOT NULL,
    checksum text NOT NULL CONSTRAINT duty_versions_checksum_key UNIQUE,
    source text NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN duty_versions.source IS 'The matrix as it was read (YAML)';

CREATE TABLE duties (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version_id int NOT NULL REFERENCES duty_versions,
    line int NOT NULL,
    key text NOT NULL,
    event text NOT NULL,
    asset_class text NOT NULL,
    place_path ltree,
    responsible text NOT NULL,
    joint text[] NOT NULL DEFAULT '{}',
    chain text[] NOT NULL,
    acknowledge_s int NOT NULL CONSTRAINT duties_acknowledge_is_positive CHECK (acknowledge_s > 0),
    confirm_s int CONSTRAINT duties_confirm_is_positive CHECK (confirm_s > 0),
    accept_s int CONSTRAINT duties_accept_is_positive CHECK (accept_s > 0),
    arrive_s int CONSTRAINT duties_arrive_is_positive CHECK (arrive_s > 0),
    restore_s int CONSTRAINT duties_restore_is_positive CHECK (restore_s > 0),
    close_s int CONSTRAINT duties_close_is_positive CHECK (close_s > 0),
    opens_order boolean NOT NULL,
    order_to text NOT NULL,
    tells_bureau boolean NOT NULL,
    note_zh text NOT NULL,
    note_en text NOT NULL,
    basis text NOT NULL,
    CONSTRAINT duties_key_is_unique UNIQUE (version_id, key)
);
COMMENT ON COLUMN duties.event IS 'Event, @group, or *';
COMMENT ON COLUMN duties.asset_class IS 'Asset class or *';
COMMENT ON COLUMN duties.place_path IS 'NULL: everywhere';
COMMENT ON COLUMN duties.responsible IS 'Kind of organisation that answers; resolved at the place and the time';
COMMENT ON COLUMN duties.chain IS 'Kinds of organisation told one after another when nobody acknowledges';
COMMENT ON COLUMN duties.order_to IS 'Kind of organisation that does the work; the responsible one or another';
COMMENT ON COLUMN duties.acknowledge_s IS 'seconds';
COMMENT ON COLUMN duties.confirm_s IS 'seconds from the acknowledgement to confirmed real or false';
COMMENT ON COLUMN duties.accept_s IS 'seconds';
COMMENT ON COLUMN duties.arrive_s IS 'seconds';
COMMENT ON COLUMN duties.restore_s IS 'seconds';
COMMENT ON COLUMN duties.close_s IS 'seconds';

ALTER TABLE alarms ADD COLUMN duty_id int REFERENCES duties;
ALTER TABLE alarms ADD COLUMN responsible_id int REFERENCES organisations;
COMMENT ON COLUMN alarms.duty_id IS 'Line of the responsibility matrix in force when the alarm was born';
COMMENT ON COLUMN alarms.responsible_id IS 'The organisation that the line meant at that place and time; NULL: nobody was found';

GRANT SELECT, INSERT ON duty_versions, duties TO tw_analytics;
GRANT SELECT ON duty_versions, duties TO tw_console, tw_grafana;
