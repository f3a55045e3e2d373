-- Measures of supervision: notices, the last five, the red and the black list, step by step.

CREATE TABLE measures (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number text NOT NULL CONSTRAINT measures_number_key UNIQUE,
    kind text NOT NULL CONSTRAINT measures_kind_is_known CHECK (
        kind IN ('rectification', 'supervision', 'last_five', 'red_list', 'black_list')
    ),
    company_id int NOT NULL REFERENCES organisations,
    place_path ltree NOT NULL,
    period text NOT NULL DEFAULT '',
    subject text NOT NULL CONSTRAINT measures_subject_is_not_empty CHECK (subject <> ''),
    evidence jsonb NOT NULL DEFAULT '[]',
    stage text NOT NULL CONSTRAINT measures_stage_is_known CHECK (
        stage IN (
            'proposed', 'heard', 'issued', 'appealed', 'talked', 'deducted', 'reported', 'failed',
            'published', 'exit_proposed', 'done', 'withdrawn'
        )
    ),
    due date,
    appeal_until date,
    version int NOT NULL DEFAULT 1,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    CONSTRAINT measures_close_once CHECK ((stage IN ('done', 'withdrawn')) = (closed_at IS NOT NULL))
);
COMMENT ON COLUMN measures.period IS 'The period whose score led to it, such as 2026-11; empty: an inspection or an order did';
COMMENT ON COLUMN measures.evidence IS 'What it rests on: [{"kind": "alarm", "id": 7}]';
COMMENT ON COLUMN measures.due IS 'Last day of the company''s time';
COMMENT ON COLUMN measures.appeal_until IS 'Last day of an appeal; nothing is published or deducted before it is over';
CREATE UNIQUE INDEX measures_once_a_period ON measures (kind, company_id, period)
    WHERE period <> '' AND stage <> 'withdrawn';
CREATE INDEX measures_open ON measures (due, id) WHERE closed_at IS NULL;
CREATE INDEX measures_company ON measures (company_id, id DESC);
CREATE SEQUENCE measure_numbers;

CREATE TABLE measure_steps (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    measure_id bigint NOT NULL REFERENCES measures,
    at timestamptz NOT NULL,
    step text NOT NULL,
    from_stage text NOT NULL,
    to_stage text NOT NULL,
    version int NOT NULL,
    actor text NOT NULL,
    actor_role text NOT NULL,
    reason text NOT NULL CONSTRAINT measure_steps_have_a_reason CHECK (reason <> ''),
    due date,
    appeal_until date,
    digest bytea NOT NULL,
    CONSTRAINT measure_steps_are_taken_once UNIQUE (measure_id, version)
);
COMMENT ON TABLE measure_steps IS 'Append-only: who took which step, when and why; the digest is over the row''s content (SHA-256)';

GRANT SELECT, INSERT, UPDATE ON measures TO tw_analytics;
GRANT SELECT, INSERT ON measure_steps TO tw_analytics;
GRANT USAGE ON SEQUENCE measure_numbers TO tw_analytics;
GRANT SELECT ON measures, measure_steps TO tw_console;
GRANT SELECT ON measures TO tw_grafana;
ALTER TABLE measures ENABLE ROW LEVEL SECURITY;
CREATE POLICY measures_of_the_platform ON measures TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY measures_in_scope ON measures FOR SELECT TO tw_console, tw_grafana
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
ALTER TABLE measure_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY measure_steps_of_the_platform ON measure_steps TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY measure_steps_in_scope ON measure_steps FOR SELECT TO tw_console
    USING (EXISTS (SELECT FROM measures WHERE measures.id = measure_steps.measure_id));
