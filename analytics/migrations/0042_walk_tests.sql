-- Walk tests 点位实测: somebody sets a device off, the platform says what came, and a person passes it.

CREATE TABLE walk_tests (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asset_id int NOT NULL REFERENCES assets,
    place_path ltree NOT NULL,
    begun_at timestamptz NOT NULL,
    begun_by text NOT NULL,
    until_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'open' CONSTRAINT walk_tests_state_is_known CHECK (
        state IN ('open', 'passed', 'failed')
    ),
    ended_at timestamptz,
    ended_by text,
    heard_at timestamptz,
    evidence text NOT NULL DEFAULT '',
    note text NOT NULL DEFAULT '',
    CONSTRAINT walk_tests_are_limited CHECK (until_at > begun_at),
    CONSTRAINT walk_tests_end_by_somebody CHECK (
        (state = 'open') = (ended_at IS NULL) AND (ended_at IS NULL) = (ended_by IS NULL)
    ),
    CONSTRAINT walk_tests_pass_on_what_was_heard CHECK (state <> 'passed' OR heard_at IS NOT NULL)
);
COMMENT ON TABLE walk_tests IS 'Who set off which device, what the platform heard of it, and who passed it; a device without a passed one does not count as monitored';
COMMENT ON COLUMN walk_tests.until_at IS 'What comes later proves nothing';
COMMENT ON COLUMN walk_tests.heard_at IS 'By the device''s own clock for values, by the platform''s for events';
COMMENT ON COLUMN walk_tests.evidence IS 'Name of the event or metric that was heard';
CREATE UNIQUE INDEX walk_tests_one_open ON walk_tests (asset_id) WHERE state = 'open';
CREATE INDEX walk_tests_of ON walk_tests (asset_id, id DESC);

GRANT SELECT, INSERT, UPDATE ON walk_tests TO tw_analytics;
GRANT SELECT ON walk_tests TO tw_console, tw_grafana;
ALTER TABLE walk_tests ENABLE ROW LEVEL SECURITY;
CREATE POLICY walk_tests_of_the_platform ON walk_tests TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY walk_tests_in_scope ON walk_tests FOR SELECT TO tw_console, tw_grafana
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
