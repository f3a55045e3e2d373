-- What people say of a company: owners' ratings and inspections by aspect.

CREATE TABLE owner_ratings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id int NOT NULL REFERENCES organisations,
    place_path ltree NOT NULL,
    giver text NOT NULL CONSTRAINT owner_ratings_giver_is_known CHECK (giver IN ('owner', 'committee')),
    stars smallint NOT NULL CONSTRAINT owner_ratings_stars_are_five CHECK (stars BETWEEN 1 AND 5),
    note text NOT NULL DEFAULT '',
    ballot text NOT NULL CONSTRAINT owner_ratings_ballot_key UNIQUE,
    order_id bigint REFERENCES work_orders,
    answered_at timestamptz NOT NULL
);
COMMENT ON TABLE owner_ratings IS 'What owners and owners'' committees answered; nothing stands in for an answer';
COMMENT ON COLUMN owner_ratings.ballot IS 'One answer for each ballot: a work order''s link or a household''s slip of a survey';
CREATE INDEX owner_ratings_answered ON owner_ratings (answered_at);

CREATE TABLE inspections (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id int NOT NULL REFERENCES organisations,
    place_path ltree NOT NULL,
    aspect text NOT NULL CONSTRAINT inspections_aspect_is_known CHECK (
        aspect IN (
            'management', 'public_relations', 'equipment', 'safety', 'order', 'cleaning',
            'greenery', 'digital'
        )
    ),
    marks real NOT NULL CONSTRAINT inspections_marks_are_a_hundred CHECK (marks BETWEEN 0 AND 100),
    note text NOT NULL DEFAULT '',
    actor text NOT NULL,
    inspected_at timestamptz NOT NULL
);
COMMENT ON COLUMN inspections.aspect IS 'One of the eight aspects of the star rating';
CREATE INDEX inspections_at ON inspections (inspected_at);

GRANT SELECT, INSERT ON owner_ratings, inspections TO tw_analytics;
GRANT SELECT ON owner_ratings, inspections TO tw_console, tw_grafana;
ALTER TABLE owner_ratings ENABLE ROW LEVEL SECURITY;
CREATE POLICY ratings_of_the_platform ON owner_ratings TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY ratings_in_scope ON owner_ratings FOR SELECT TO tw_console, tw_grafana
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
ALTER TABLE inspections ENABLE ROW LEVEL SECURITY;
CREATE POLICY inspections_of_the_platform ON inspections TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY inspections_in_scope ON inspections FOR SELECT TO tw_console, tw_grafana
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
