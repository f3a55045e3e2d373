-- Rescue of people trapped in lifts: who has it, what was done when, and the check before the lift runs again.

CREATE TABLE rescues (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alarm_id bigint NOT NULL CONSTRAINT rescues_alarm_key UNIQUE REFERENCES alarms,
    asset_id int NOT NULL REFERENCES assets,
    place_path ltree NOT NULL,
    stage text NOT NULL CONSTRAINT rescues_stage_is_known CHECK (
        stage IN ('suspected', 'dispatched', 'accepted', 'on_site', 'released', 'closed', 'refuted')
    ),
    tier int NOT NULL DEFAULT 0 CONSTRAINT rescues_tier_is_not_negative CHECK (tier >= 0),
    owner_id int REFERENCES organisations,
    due_at timestamptz,
    opened_at timestamptz NOT NULL,
    began_at timestamptz,
    legal_due_at timestamptz,
    accepted_at timestamptz,
    arrived_at timestamptz,
    released_at timestamptz,
    people int CONSTRAINT rescues_people_are_counted CHECK (people BETWEEN 0 AND 99),
    injured int CONSTRAINT rescues_injured_are_among_them CHECK (injured BETWEEN 0 AND people),
    condition text NOT NULL DEFAULT '',
    checked_at timestamptz,
    checked_by text,
    closed_at timestamptz,
    version int NOT NULL DEFAULT 1,
    CONSTRAINT rescues_close_once CHECK ((stage IN ('closed', 'refuted')) = (closed_at IS NOT NULL)),
    CONSTRAINT rescues_have_an_owner_or_a_clock CHECK (
        closed_at IS NOT NULL OR owner_id IS NOT NULL OR due_at IS NOT NULL
    ),
    CONSTRAINT rescues_say_who_was_released CHECK ((released_at IS NULL) = (people IS NULL)),
    CONSTRAINT rescues_close_checked CHECK (stage <> 'closed' OR checked_at IS NOT NULL)
);
COMMENT ON TABLE rescues IS 'One rescue for each entrapment alarm, from the suspicion to the checked lift';
COMMENT ON COLUMN rescues.tier IS 'Place in the line of those who rescue: 0 the desk, then the tiers of the plan from 1';
COMMENT ON COLUMN rescues.due_at IS 'The one running deadline: confirm, accept, arrive, release or check, by the stage';
COMMENT ON COLUMN rescues.legal_due_at IS 'Arrival by law, counted from when the rescue began; it does not start again with another tier';
CREATE UNIQUE INDEX rescues_one_open ON rescues (asset_id) WHERE closed_at IS NULL;
CREATE INDEX rescues_due ON rescues (due_at) WHERE closed_at IS NULL;
CREATE INDEX rescues_place ON rescues USING gist (place_path) WHERE closed_at IS NULL;

CREATE TABLE rescue_facts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rescue_id bigint NOT NULL REFERENCES rescues,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    actor text NOT NULL,
    actor_role text NOT NULL,
    organisation_id int REFERENCES organisations,
    is_answered boolean,
    people_heard int CONSTRAINT rescue_facts_people_are_counted CHECK (people_heard BETWEEN 0 AND 99),
    words text NOT NULL DEFAULT '',
    digest bytea NOT NULL
);
COMMENT ON TABLE rescue_facts IS 'Append-only: every call to the car, hand-over, arrival, release and check, by whom and when; the digest is over the row''s content (SHA-256)';
COMMENT ON COLUMN rescue_facts.is_answered IS 'Of a call to the car: whether somebody inside spoke';
CREATE INDEX rescue_facts_rescue ON rescue_facts (rescue_id, id);

GRANT SELECT, INSERT, UPDATE ON rescues TO tw_analytics;
GRANT SELECT, INSERT ON rescue_facts TO tw_analytics;
GRANT SELECT ON rescues TO tw_console, tw_grafana;
GRANT SELECT ON rescue_facts TO tw_console;
ALTER TABLE rescues ENABLE ROW LEVEL SECURITY;
CREATE POLICY rescues_of_the_platform ON rescues TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY rescues_in_scope ON rescues FOR SELECT TO tw_console, tw_grafana
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
ALTER TABLE rescue_facts ENABLE ROW LEVEL SECURITY;
CREATE POLICY rescue_facts_of_the_platform ON rescue_facts TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY rescue_facts_in_scope ON rescue_facts FOR SELECT TO tw_console
    USING (EXISTS (SELECT FROM rescues WHERE rescues.id = rescue_facts.rescue_id));
