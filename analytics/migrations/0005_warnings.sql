-- Early warnings 预警: what will fail, by when, why, and how it turned out.

CREATE TABLE warnings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asset_id int NOT NULL REFERENCES assets,
    place_path ltree NOT NULL,
    detector text NOT NULL,
    metric text NOT NULL,
    raised_at timestamptz NOT NULL,
    refreshed_at timestamptz NOT NULL,
    expected_from timestamptz,
    expected_until timestamptz,
    score real NOT NULL CONSTRAINT warnings_score_is_a_share CHECK (score BETWEEN 0 AND 1),
    reason_zh text NOT NULL,
    reason_en text NOT NULL,
    evidence jsonb NOT NULL,
    settled_at timestamptz,
    settlement text CONSTRAINT warnings_settlement_is_known CHECK (
        settlement IN ('hit', 'early', 'late', 'false', 'withdrawn')
    )
);
COMMENT ON COLUMN warnings.score IS 'Strength, 0 to 1';
CREATE UNIQUE INDEX warnings_one_open ON warnings (asset_id, detector, metric) WHERE settled_at IS NULL;

CREATE TABLE warning_work (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    warning_id bigint NOT NULL REFERENCES warnings,
    state text NOT NULL CONSTRAINT warning_work_state_is_known CHECK (state IN ('raise', 'clear'))
);
COMMENT ON TABLE warning_work IS 'Warnings that the alarm process has not taken up yet';

GRANT SELECT, INSERT, UPDATE ON warnings TO tw_analytics;
GRANT SELECT, INSERT, DELETE, UPDATE ON warning_work TO tw_analytics;
GRANT SELECT ON warnings TO tw_console, tw_grafana;
ALTER TABLE warnings ENABLE ROW LEVEL SECURITY;
CREATE POLICY warnings_of_the_platform ON warnings TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY warnings_in_scope ON warnings FOR SELECT TO tw_console, tw_grafana
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
