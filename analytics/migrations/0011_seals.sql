-- The audit chain: committed history is sealed in batches, each with the digest of the one before.

CREATE TABLE seal_work (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL,
    row_key text NOT NULL
);
COMMENT ON TABLE seal_work IS 'Rows of the history that no seal covers yet; written by the tables themselves, deleted by the sealer';

CREATE TABLE seals (
    number bigint PRIMARY KEY CONSTRAINT seals_count_from_one CHECK (number > 0),
    sealed_at timestamptz NOT NULL,
    row_count int NOT NULL,
    previous bytea NOT NULL,
    digest bytea NOT NULL
);
COMMENT ON TABLE seals IS 'Append-only: digest = SHA-256 of number, time, previous digest and every row of the seal in order';

CREATE TABLE seal_rows (
    seal bigint NOT NULL REFERENCES seals,
    position int NOT NULL,
    source text NOT NULL CONSTRAINT seal_rows_source_is_known CHECK (
        source IN ('alarm', 'order', 'act')
    ),
    row_key text NOT NULL,
    digest bytea NOT NULL,
    PRIMARY KEY (seal, position),
    CONSTRAINT seal_rows_seal_once UNIQUE (source, row_key)
);
COMMENT ON TABLE seal_rows IS 'Append-only: what each seal covers, with the digest of the row''s content';

-- Only what the alarm process writes is noted: a row that came by another way has no seal and shows.
CREATE FUNCTION note_for_sealing() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF current_user <> 'tw_analytics' THEN
        RETURN NULL;
    END IF;
    INSERT INTO seal_work (source, row_key) SELECT TG_ARGV[0], id::text FROM written ORDER BY id;
    RETURN NULL;
END
$$;
CREATE TRIGGER alarm_transitions_seal AFTER INSERT ON alarm_transitions
REFERENCING NEW TABLE AS written
FOR EACH STATEMENT EXECUTE FUNCTION note_for_sealing('alarm');
CREATE TRIGGER work_order_transitions_seal AFTER INSERT ON work_order_transitions
REFERENCING NEW TABLE AS written
FOR EACH STATEMENT EXECUTE FUNCTION note_for_sealing('order');

-- An act is sealed when it has ended: until then it is a wish, and nothing follows from it.
CREATE FUNCTION note_act_for_sealing() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF current_user <> 'tw_analytics' THEN
        RETURN NULL;
    END IF;
    INSERT INTO seal_work (source, row_key) VALUES ('act', NEW.id::text);
    RETURN NULL;
END
$$;
CREATE TRIGGER acts_seal AFTER UPDATE OF state ON acts
FOR EACH ROW
WHEN (OLD.state = 'waiting' AND NEW.state <> 'waiting')
EXECUTE FUNCTION note_act_for_sealing();

-- What was written before there were seals is sealed first.
INSERT INTO seal_work (source, row_key) SELECT 'alarm', id::text FROM alarm_transitions ORDER BY id;
INSERT INTO seal_work (source, row_key) SELECT 'order', id::text FROM work_order_transitions ORDER BY id;
INSERT INTO seal_work (source, row_key) SELECT 'act', id::text FROM acts WHERE state <> 'waiting' ORDER BY handled_at, id;

GRANT SELECT, INSERT, UPDATE, DELETE ON seal_work TO tw_analytics;
GRANT SELECT, INSERT ON seals, seal_rows TO tw_analytics;
GRANT SELECT ON seals TO tw_console, tw_grafana;
