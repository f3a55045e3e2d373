-- What keeps alarms from the desk for a time: shelving, suppression by design, out of service; and
-- what only two people together may do.

CREATE TABLE holds (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CONSTRAINT holds_kind_is_known CHECK (
        kind IN ('shelved', 'suppressed', 'out_of_service')
    ),
    place_path ltree NOT NULL,
    condition text,
    rule text NOT NULL DEFAULT '',
    cause text NOT NULL DEFAULT '',
    groups text[],
    reason text NOT NULL,
    begun_at timestamptz NOT NULL,
    begun_by text NOT NULL,
    approved_by text,
    due_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_by text,
    end_reason text NOT NULL DEFAULT '',
    cause_ended_at timestamptz,
    needs_sweep boolean NOT NULL DEFAULT true,
    CONSTRAINT holds_shelve_a_condition CHECK ((kind = 'shelved') = (condition IS NOT NULL)),
    CONSTRAINT holds_suppress_by_a_rule CHECK ((kind = 'suppressed') = (rule <> '')),
    CONSTRAINT holds_out_of_service_by_two CHECK (kind <> 'out_of_service' OR approved_by <> begun_by)
);
COMMENT ON TABLE holds IS 'Why alarms are kept from the desk, by whom, since when and until when; life safety is held by being out of service only';
COMMENT ON COLUMN holds.condition IS 'Shelving: this condition alone; NULL: every condition of the assets';
COMMENT ON COLUMN holds.rule IS 'Suppression: the rule of the playbook';
COMMENT ON COLUMN holds.cause IS 'Suppression: the asset or order that is its cause';
COMMENT ON COLUMN holds.cause_ended_at IS 'Suppression: a cause whose hold was ended by its limit or a person holds nothing again before it has ended';
COMMENT ON COLUMN holds.groups IS 'Suppression: groups of alarms that it covers';
COMMENT ON COLUMN holds.due_at IS 'Its limit; a clock ends it then';
COMMENT ON COLUMN holds.needs_sweep IS 'Alarms may not yet be what it says; the alarm process goes over them and sets it false';
CREATE INDEX holds_running ON holds (kind, id) WHERE ended_at IS NULL;
CREATE INDEX holds_unswept ON holds (id) WHERE needs_sweep;
CREATE UNIQUE INDEX holds_one_per_cause ON holds (rule, cause) WHERE kind = 'suppressed' AND cause_ended_at IS NULL;

CREATE TABLE hold_assets (
    hold_id bigint NOT NULL REFERENCES holds,
    asset_id int NOT NULL REFERENCES assets,
    ended_at timestamptz,
    PRIMARY KEY (hold_id, asset_id)
);
COMMENT ON TABLE hold_assets IS 'The assets that a hold covers';
CREATE INDEX hold_assets_running ON hold_assets (asset_id) WHERE ended_at IS NULL;

CREATE TABLE proposals (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CONSTRAINT proposals_kind_is_known CHECK (kind IN ('take_out', 'write_off')),
    asset_id int NOT NULL REFERENCES assets,
    alarm_id bigint REFERENCES alarms,
    place_path ltree NOT NULL,
    minutes int NOT NULL DEFAULT 0,
    reason text NOT NULL,
    proposed_at timestamptz NOT NULL,
    proposed_by text NOT NULL,
    lapses_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'open' CONSTRAINT proposals_state_is_known CHECK (
        state IN ('open', 'approved', 'declined', 'lapsed')
    ),
    settled_at timestamptz,
    settled_by text,
    CONSTRAINT proposals_need_two_people CHECK (state <> 'approved' OR settled_by <> proposed_by),
    CONSTRAINT proposals_write_off_an_alarm CHECK ((kind = 'write_off') = (alarm_id IS NOT NULL))
);
COMMENT ON TABLE proposals IS 'What one person proposed and another has to approve';
COMMENT ON COLUMN proposals.minutes IS 'Taking out of service: for how long';
CREATE UNIQUE INDEX proposals_one_open ON proposals (kind, asset_id, coalesce(alarm_id, 0)) WHERE state = 'open';

ALTER TABLE alarms ADD COLUMN hold_id bigint REFERENCES holds;
COMMENT ON COLUMN alarms.hold_id IS 'What hides it, or hid it last';
CREATE INDEX alarms_held ON alarms (hold_id)
    WHERE closed_at IS NULL AND state IN ('shelved', 'suppressed', 'out_of_service');
CREATE INDEX alarms_acknowledged ON alarms (severity, acknowledged_at)
    WHERE closed_at IS NULL AND state = 'acknowledged';
CREATE INDEX conditions_active ON conditions (condition) WHERE is_active;

-- A clock may run on a hold, or on a condition that is not yet an alarm. Which kinds there are is
-- the code's closed set: each feature that brings one would otherwise write the others' list anew.
ALTER TABLE clocks ADD COLUMN hold_id bigint REFERENCES holds;
ALTER TABLE clocks ADD COLUMN event_id bigint REFERENCES events;
ALTER TABLE clocks ADD COLUMN asset_id int REFERENCES assets;
ALTER TABLE clocks ADD COLUMN condition text;
COMMENT ON COLUMN clocks.hold_id IS 'The hold that ends when it is due';
COMMENT ON COLUMN clocks.event_id IS 'On-delay: the raise that becomes an alarm when it has stood so long';
COMMENT ON COLUMN clocks.condition IS 'On-delay: the condition of the asset that waits';
ALTER TABLE clocks DROP CONSTRAINT clocks_have_one_subject;
ALTER TABLE clocks ADD CONSTRAINT clocks_have_one_subject
    CHECK (num_nonnulls(alarm_id, order_id, hold_id, event_id) = 1);
ALTER TABLE clocks ADD CONSTRAINT clocks_name_the_condition_that_waits
    CHECK (num_nonnulls(event_id, asset_id, condition) IN (0, 3));
ALTER TABLE clocks DROP CONSTRAINT IF EXISTS clocks_kind_is_known;
ALTER TABLE clocks ADD CONSTRAINT clocks_kind_is_known CHECK (kind ~ '^[a-z][a-z_]{2,39}$');
CREATE UNIQUE INDEX clocks_one_per_hold ON clocks (hold_id) WHERE state = 'running' AND hold_id IS NOT NULL;
CREATE UNIQUE INDEX clocks_one_per_condition ON clocks (asset_id, condition)
    WHERE state = 'running' AND condition IS NOT NULL;

GRANT SELECT, INSERT, UPDATE ON holds, hold_assets, proposals TO tw_analytics;
GRANT SELECT ON holds, hold_assets, proposals TO tw_console, tw_grafana;

ALTER TABLE holds ENABLE ROW LEVEL SECURITY;
CREATE POLICY holds_of_the_platform ON holds TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY holds_in_scope ON holds FOR SELECT TO tw_console, tw_grafana
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
ALTER TABLE hold_assets ENABLE ROW LEVEL SECURITY;
CREATE POLICY hold_assets_of_the_platform ON hold_assets TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY hold_assets_in_scope ON hold_assets FOR SELECT TO tw_console, tw_grafana
    USING (EXISTS (SELECT FROM holds WHERE holds.id = hold_assets.hold_id));
ALTER TABLE proposals ENABLE ROW LEVEL SECURITY;
CREATE POLICY proposals_of_the_platform ON proposals TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY proposals_in_scope ON proposals FOR SELECT TO tw_console, tw_grafana
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
