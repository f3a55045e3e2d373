-- What pages show as it happens, and what people at pages ask for.

CREATE TABLE live_work (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    kind text NOT NULL CONSTRAINT live_work_kind_is_known CHECK (
        kind IN ('alarm', 'order', 'warning', 'notice', 'platform')
    ),
    subject_id bigint,
    place_path ltree NOT NULL
);
COMMENT ON TABLE live_work IS 'Changes that have no number yet; the sequencer numbers them after their commit';

CREATE TABLE live_events (
    id bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    subject_id bigint,
    place_path ltree NOT NULL
);
COMMENT ON TABLE live_events IS 'The live stream: ids follow the order of commits, so a reader may ask for all after its last; pruned after 7 days';

CREATE TABLE live_counters (
    is_only boolean PRIMARY KEY DEFAULT true CONSTRAINT live_counters_is_one_row CHECK (is_only),
    last_id bigint NOT NULL
);
COMMENT ON TABLE live_counters IS 'Last number given in live_events; its row lock makes the sequencer one at a time';
INSERT INTO live_counters (last_id) VALUES (0);

CREATE TABLE acts (
    id uuid PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    actor_role text NOT NULL,
    scope ltree[] NOT NULL,
    organisation_id int,
    kind text NOT NULL,
    alarm_id bigint,
    order_id bigint,
    version int,
    body jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'waiting' CONSTRAINT acts_state_is_known CHECK (
        state IN ('waiting', 'done', 'refused')
    ),
    outcome text NOT NULL DEFAULT '',
    handled_at timestamptz
);
COMMENT ON TABLE acts IS 'What a person at a page asks for; the alarm process alone carries it out, once per id';
COMMENT ON COLUMN acts.organisation_id IS 'The actor''s own organisation';
COMMENT ON COLUMN acts.version IS 'Version of the alarm or order that the actor saw; an older one is refused';
COMMENT ON COLUMN acts.outcome IS 'JSON: why it was refused and who came first, in both languages';
CREATE INDEX acts_waiting ON acts (created_at) WHERE state = 'waiting';

GRANT SELECT, INSERT, DELETE, UPDATE ON live_work TO tw_analytics;
GRANT SELECT, INSERT, DELETE ON live_events TO tw_analytics;
GRANT SELECT, UPDATE ON live_counters TO tw_analytics;
GRANT SELECT, UPDATE ON acts TO tw_analytics;
GRANT SELECT, INSERT ON acts TO tw_console;
GRANT SELECT ON live_events TO tw_console;
ALTER TABLE live_events ENABLE ROW LEVEL SECURITY;
CREATE POLICY live_of_the_platform ON live_events TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY live_in_scope ON live_events FOR SELECT TO tw_console
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
