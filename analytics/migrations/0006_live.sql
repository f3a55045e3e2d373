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

CREATE TABLE acts (
    id uuid PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    actor_role text NOT NULL,
    scope ltree[] NOT NULL,
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
CREATE INDEX acts_waiting ON acts (created_at) WHERE state = 'waiting';

GRANT SELECT, INSERT, DELETE, UPDATE ON live_work TO tw_analytics;
GRANT SELECT, INSERT, DELETE ON live_events TO tw_analytics;
GRANT SELECT, UPDATE ON acts TO tw_analytics;
GRANT SELECT, INSERT ON acts TO tw_console;
GRANT SELECT ON live_events TO tw_console;
ALTER TABLE live_events ENABLE ROW LEVEL SECURITY;
CREATE POLICY live_of_the_platform ON live_events TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY live_in_scope ON live_events FOR SELECT TO tw_console
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
