-- Drills and tests 演练/测试: named assets for a limited time, agreed by two people, never told as real.

CREATE TABLE drills (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CONSTRAINT drills_kind_is_known CHECK (kind IN ('drill', 'test')),
    scope text NOT NULL CONSTRAINT drills_scope_is_known CHECK (scope IN ('panel', 'zone', 'lift', 'compound')),
    subject text NOT NULL,
    place_path ltree NOT NULL,
    reason text NOT NULL CONSTRAINT drills_have_a_reason CHECK (reason <> ''),
    tells_bureau boolean NOT NULL DEFAULT false,
    length_s int NOT NULL CONSTRAINT drills_length_is_positive CHECK (length_s > 0),
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    approved_by text CONSTRAINT drills_are_agreed_by_two CHECK (approved_by <> proposed_by),
    starts_at timestamptz,
    ends_at timestamptz,
    ended_at timestamptz,
    ended_by text,
    version int NOT NULL DEFAULT 1,
    CONSTRAINT drills_run_when_approved CHECK (num_nulls(approved_by, starts_at, ends_at) IN (0, 3)),
    CONSTRAINT drills_are_limited CHECK (ends_at > starts_at)
);
COMMENT ON TABLE drills IS 'Drills and tests: proposed by one person, begun by another, over by themselves';
COMMENT ON COLUMN drills.subject IS 'Code of the panel, the lift or the compound, or name of the zone';
COMMENT ON COLUMN drills.tells_bureau IS 'Whether the bureau takes part: its messages then say Exercise or Test, never Actual';
COMMENT ON COLUMN drills.ends_at IS 'From then on an alarm is real, whether somebody has ended the drill or not';
CREATE INDEX drills_running ON drills (ends_at) WHERE approved_by IS NOT NULL AND ended_at IS NULL;
CREATE INDEX drills_place ON drills USING gist (place_path);

CREATE TABLE drill_assets (
    drill_id bigint NOT NULL REFERENCES drills,
    asset_id int NOT NULL REFERENCES assets,
    PRIMARY KEY (drill_id, asset_id)
);
COMMENT ON TABLE drill_assets IS 'The assets of a drill, fixed when it is proposed: the second person agrees to these and no others';
CREATE INDEX drill_assets_asset ON drill_assets (asset_id, drill_id DESC);

ALTER TABLE alarms ADD COLUMN IF NOT EXISTS drill_id bigint REFERENCES drills;
COMMENT ON COLUMN alarms.drill_id IS 'The drill in which it was born; is_drill says whether it still counts as one';
CREATE INDEX alarms_in_drills ON alarms (drill_id) WHERE is_drill AND closed_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON drills TO tw_analytics;
GRANT SELECT, INSERT ON drill_assets TO tw_analytics;
GRANT SELECT ON drills TO tw_console, tw_grafana;
GRANT SELECT ON drill_assets TO tw_console;
ALTER TABLE drills ENABLE ROW LEVEL SECURITY;
CREATE POLICY drills_of_the_platform ON drills TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY drills_in_scope ON drills FOR SELECT TO tw_console, tw_grafana
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
ALTER TABLE drill_assets ENABLE ROW LEVEL SECURITY;
CREATE POLICY drill_assets_of_the_platform ON drill_assets TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY drill_assets_in_scope ON drill_assets FOR SELECT TO tw_console
    USING (EXISTS (SELECT FROM drills WHERE drills.id = drill_assets.drill_id));
