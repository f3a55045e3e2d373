-- What a fire does when nobody confirms it, why an alarm was judged so, and checks of who watches.

CREATE TABLE safety_plans (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    valid_from timestamptz NOT NULL,
    checksum text NOT NULL CONSTRAINT safety_plans_checksum_key UNIQUE,
    source text NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE safety_plans IS 'Who is told and who rescues, in which order and after how long; the newest by valid_from is in force';
COMMENT ON COLUMN safety_plans.source IS 'The plan as it was read (YAML)';
GRANT SELECT, INSERT ON safety_plans TO tw_analytics;
GRANT SELECT ON safety_plans TO tw_console, tw_grafana;

ALTER TABLE alarms ADD COLUMN IF NOT EXISTS cause_code text;
ALTER TABLE alarms ADD COLUMN IF NOT EXISTS went_on_at timestamptz;
ALTER TABLE alarms ADD COLUMN IF NOT EXISTS corroborated_at timestamptz;
COMMENT ON COLUMN alarms.cause_code IS 'Why it was real or false, by the list of causes; NULL: not judged';
COMMENT ON COLUMN alarms.went_on_at IS 'When it left the desk by itself, unconfirmed';
COMMENT ON COLUMN alarms.corroborated_at IS 'When a second device of its zone spoke while it was unconfirmed';

-- The kinds are those of the code (ClockKind); a list here would name each of them a second time.
ALTER TABLE clocks DROP CONSTRAINT IF EXISTS clocks_kind_is_known;
ALTER TABLE clocks ADD CONSTRAINT clocks_kind_is_known CHECK (kind ~ '^[a-z][a-z_]{2,39}$');

CREATE TABLE life_safety_work (
    alarm_id bigint PRIMARY KEY REFERENCES alarms,
    since timestamptz NOT NULL
);
COMMENT ON TABLE life_safety_work IS 'Fire and entrapment alarms that were raised and whose confirmation or rescue has not begun yet';
GRANT SELECT, INSERT, DELETE, UPDATE ON life_safety_work TO tw_analytics;

CREATE TABLE post_checks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    place_path ltree NOT NULL,
    organisation_id int REFERENCES organisations,
    reason text NOT NULL CONSTRAINT post_checks_reason_is_known CHECK (reason IN ('random', 'demand')),
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL,
    answer_s int NOT NULL CONSTRAINT post_checks_answer_is_positive CHECK (answer_s > 0),
    state text NOT NULL CONSTRAINT post_checks_state_is_known CHECK (
        state IN ('planned', 'waiting', 'answered', 'unanswered')
    ),
    due_at timestamptz,
    answered_at timestamptz,
    answered_by text,
    CONSTRAINT post_checks_run_a_clock CHECK ((due_at IS NULL) = (state = 'planned')),
    CONSTRAINT post_checks_name_who_answered CHECK ((state = 'answered') = (answered_by IS NOT NULL))
);
COMMENT ON TABLE post_checks IS 'Duty checks 查岗 of the desks: asked, answered by whom and when, or unanswered';
COMMENT ON COLUMN post_checks.asked_at IS 'While planned: when it will be asked; pages never see it before';
CREATE UNIQUE INDEX post_checks_one_planned ON post_checks (place_path) WHERE state = 'planned';
CREATE UNIQUE INDEX post_checks_one_waiting ON post_checks (place_path) WHERE state = 'waiting';
CREATE INDEX post_checks_of_place ON post_checks (place_path, asked_at DESC);
CREATE INDEX post_checks_asked ON post_checks (asked_at) WHERE state = 'planned';
CREATE INDEX post_checks_due ON post_checks (due_at) WHERE state = 'waiting';

GRANT SELECT, INSERT, UPDATE ON post_checks TO tw_analytics;
GRANT SELECT ON post_checks TO tw_console, tw_grafana;
ALTER TABLE post_checks ENABLE ROW LEVEL SECURITY;
CREATE POLICY post_checks_of_the_platform ON post_checks TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY post_checks_in_scope ON post_checks FOR SELECT TO tw_console, tw_grafana
    USING (state <> 'planned' AND place_path <@ ANY ((SELECT visible_scope())::ltree[]));
