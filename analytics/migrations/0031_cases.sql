-- Cases of a city management platform or a hotline: theirs by number, ours by order, told back by step.

CREATE TABLE case_systems (
    code text PRIMARY KEY CONSTRAINT case_systems_code_is_a_word CHECK (code ~ '^[a-z0-9-]{2,40}$'),
    name_zh text NOT NULL CONSTRAINT case_systems_name_is_not_empty CHECK (name_zh <> ''),
    name_en text NOT NULL DEFAULT '',
    place_path ltree NOT NULL,
    callback_url text NOT NULL DEFAULT '' CONSTRAINT case_systems_callback_is_web CHECK (
        callback_url = '' OR callback_url ~ '^https?://'
    ),
    undertake_min int NOT NULL CONSTRAINT case_systems_undertake_is_positive CHECK (undertake_min > 0),
    feedback_min int NOT NULL CONSTRAINT case_systems_feedback_is_positive CHECK (feedback_min > 0),
    removed_at timestamptz
);
COMMENT ON TABLE case_systems IS 'Platforms that send cases and are told what becomes of them';
COMMENT ON COLUMN case_systems.place_path IS 'Cases below this place alone are taken from it';
COMMENT ON COLUMN case_systems.callback_url IS 'Where status changes go as signed webhooks; empty: it asks by itself';
COMMENT ON COLUMN case_systems.undertake_min IS 'minutes that count (office hours, or all for life safety) until somebody has taken a case on';
COMMENT ON COLUMN case_systems.feedback_min IS 'minutes that count until a case is answered';

CREATE TABLE exchange_keys (
    key_hash bytea PRIMARY KEY,
    hint text NOT NULL,
    case_system text REFERENCES case_systems,
    agreement text,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT exchange_keys_have_one_use CHECK (num_nonnulls(case_system, agreement) = 1)
);
COMMENT ON TABLE exchange_keys IS 'Keys of other platforms: shown once when made, stored hashed';
COMMENT ON COLUMN exchange_keys.key_hash IS 'SHA-256 of the key';
COMMENT ON COLUMN exchange_keys.hint IS 'Its first characters, so that people can tell keys apart';

CREATE TABLE cases (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    system text NOT NULL REFERENCES case_systems,
    number text NOT NULL CONSTRAINT cases_number_is_not_empty CHECK (number <> ''),
    revision int NOT NULL CONSTRAINT cases_revision_is_positive CHECK (revision > 0),
    content bytea NOT NULL,
    version int NOT NULL DEFAULT 0,
    state text NOT NULL CONSTRAINT cases_state_is_known CHECK (
        state IN ('received', 'undertaken', 'in_progress', 'answered', 'verified', 'closed', 'withdrawn')
    ),
    category text NOT NULL,
    text text NOT NULL,
    contact text NOT NULL DEFAULT '',
    place_path ltree NOT NULL,
    asset_id int REFERENCES assets,
    reported_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    alarm_id bigint REFERENCES alarms,
    order_id bigint REFERENCES work_orders,
    order_version int NOT NULL DEFAULT 0,
    has_own_order boolean NOT NULL,
    closed_at timestamptz,
    CONSTRAINT cases_number_key UNIQUE (system, number),
    CONSTRAINT cases_close_once CHECK ((state IN ('closed', 'withdrawn')) = (closed_at IS NOT NULL))
);
COMMENT ON TABLE cases IS 'Cases of other platforms, each once by the foreign number; row-level security by place';
COMMENT ON COLUMN cases.revision IS 'The sender''s own count of corrections; a lower one that comes late changes nothing';
COMMENT ON COLUMN cases.version IS 'Number of its last step';
COMMENT ON COLUMN cases.content IS 'SHA-256 over what the sender said in this revision';
COMMENT ON COLUMN cases.contact IS 'How to reach who reported (personal data)';
COMMENT ON COLUMN cases.order_version IS 'Version of the order up to which the sender has been told';
COMMENT ON COLUMN cases.has_own_order IS 'False: an order under way does the same work';
CREATE INDEX cases_order ON cases (order_id);
CREATE INDEX cases_alarm ON cases (alarm_id);
CREATE INDEX cases_closed ON cases (closed_at);
CREATE INDEX cases_place ON cases USING gist (place_path);

CREATE TABLE case_steps (
    case_id bigint NOT NULL REFERENCES cases,
    version int NOT NULL,
    at timestamptz NOT NULL,
    step text NOT NULL,
    to_state text NOT NULL,
    actor text NOT NULL,
    note text NOT NULL DEFAULT '',
    digest bytea NOT NULL,
    PRIMARY KEY (case_id, version)
);
COMMENT ON TABLE case_steps IS 'Append-only: what happened to a case; each step was told to the sender';

CREATE TABLE case_clocks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id bigint NOT NULL REFERENCES cases,
    kind text NOT NULL CONSTRAINT case_clocks_kind_is_known CHECK (kind IN ('undertake', 'feedback')),
    started_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'running' CONSTRAINT case_clocks_state_is_known CHECK (
        state IN ('running', 'kept', 'missed', 'stopped')
    ),
    ended_at timestamptz
);
COMMENT ON TABLE case_clocks IS 'The sender''s own deadlines beside those of the order; claimed FOR UPDATE SKIP LOCKED when due';
CREATE UNIQUE INDEX case_clocks_one_runs ON case_clocks (case_id, kind) WHERE state = 'running';
CREATE INDEX case_clocks_due ON case_clocks (due_at) WHERE state = 'running';

CREATE TABLE case_notices (
    notice_id uuid PRIMARY KEY REFERENCES notices,
    case_id bigint NOT NULL REFERENCES cases,
    version int NOT NULL,
    system text NOT NULL REFERENCES case_systems,
    CONSTRAINT case_notices_once UNIQUE (case_id, version)
);
COMMENT ON TABLE case_notices IS 'The notice of the outbox that tells the sender of a step; a case''s steps go in their order';

CREATE FUNCTION exchange_party(asked bytea)
RETURNS TABLE (case_system text, agreement text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT exchange_keys.case_system, exchange_keys.agreement
    FROM exchange_keys
    WHERE exchange_keys.key_hash = asked AND exchange_keys.revoked_at IS NULL
$$;
COMMENT ON FUNCTION exchange_party(bytea) IS 'Whose key it is, for whoever holds the key';
REVOKE ALL ON FUNCTION exchange_party(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION exchange_party(bytea) TO tw_console;

GRANT SELECT, INSERT, UPDATE ON case_systems, exchange_keys, cases, case_clocks TO tw_analytics;
GRANT SELECT, INSERT ON case_steps, case_notices TO tw_analytics;
GRANT SELECT ON case_systems, cases, case_steps, case_clocks TO tw_console;
ALTER TABLE case_systems ENABLE ROW LEVEL SECURITY;
CREATE POLICY case_systems_of_the_platform ON case_systems TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY case_systems_in_scope ON case_systems FOR SELECT TO tw_console
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
ALTER TABLE cases ENABLE ROW LEVEL SECURITY;
CREATE POLICY cases_of_the_platform ON cases TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY cases_in_scope ON cases FOR SELECT TO tw_console
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
ALTER TABLE case_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY case_steps_of_the_platform ON case_steps TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY case_steps_in_scope ON case_steps FOR SELECT TO tw_console
    USING (EXISTS (SELECT FROM cases WHERE cases.id = case_steps.case_id));
ALTER TABLE case_clocks ENABLE ROW LEVEL SECURITY;
CREATE POLICY case_clocks_of_the_platform ON case_clocks TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY case_clocks_in_scope ON case_clocks FOR SELECT TO tw_console
    USING (EXISTS (SELECT FROM cases WHERE cases.id = case_clocks.case_id));
