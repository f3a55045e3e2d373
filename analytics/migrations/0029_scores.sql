-- Scores as they were published: a later correction is a new row, the old one stays.

CREATE TABLE scores (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    period text NOT NULL,
    place_path ltree NOT NULL,
    company_id int NOT NULL REFERENCES organisations,
    rank int NOT NULL,
    measured_by text NOT NULL CONSTRAINT scores_measure_is_known CHECK (measured_by IN ('total', 'equipment')),
    equipment double precision NOT NULL,
    total double precision,
    answers int NOT NULL,
    coverage double precision NOT NULL,
    lines jsonb NOT NULL,
    digest bytea NOT NULL,
    actor text NOT NULL,
    published_at timestamptz NOT NULL
);
COMMENT ON TABLE scores IS 'Published scores of companies, with every indicator and the facts behind it';
COMMENT ON COLUMN scores.place_path IS 'The place whose companies were compared';
COMMENT ON COLUMN scores.equipment IS '0 to 100, from the loop''s own facts';
COMMENT ON COLUMN scores.total IS '0 to 100 with the owners'' 60 %; NULL: too few answers';
COMMENT ON COLUMN scores.coverage IS 'Share of registered assets that reported, 0 to 1';
COMMENT ON COLUMN scores.digest IS 'SHA-256 over the record; the same facts give the same digest';
CREATE INDEX scores_latest ON scores (period, place_path, company_id, id DESC);

GRANT SELECT, INSERT ON scores TO tw_analytics;
GRANT SELECT ON scores TO tw_console, tw_grafana;
ALTER TABLE scores ENABLE ROW LEVEL SECURITY;
CREATE POLICY scores_of_the_platform ON scores TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY scores_in_scope ON scores FOR SELECT TO tw_console, tw_grafana
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
