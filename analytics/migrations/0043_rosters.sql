-- The weekly roster of desks 值班台排班, beside that of technicians.

CREATE TABLE desk_shifts (
    place_id int NOT NULL REFERENCES places,
    person text NOT NULL CONSTRAINT desk_shifts_person_is_not_empty CHECK (person <> ''),
    weekday smallint NOT NULL CONSTRAINT desk_shifts_weekday_is_one CHECK (weekday BETWEEN 1 AND 7),
    starts_at time NOT NULL,
    ends_at time NOT NULL,
    PRIMARY KEY (place_id, person, weekday, starts_at)
);
COMMENT ON TABLE desk_shifts IS 'Who is at the desk of a compound, by the week in the zone of the places (1 Monday); a shift that ends before it starts goes over midnight';
COMMENT ON COLUMN desk_shifts.person IS 'Log-in name';

GRANT SELECT, INSERT, DELETE ON desk_shifts TO tw_analytics;
GRANT SELECT ON desk_shifts TO tw_console;
ALTER TABLE desk_shifts ENABLE ROW LEVEL SECURITY;
CREATE POLICY desk_shifts_of_the_platform ON desk_shifts TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY desk_shifts_in_scope ON desk_shifts FOR SELECT TO tw_console USING (
    EXISTS (
        SELECT FROM places
        WHERE places.id = desk_shifts.place_id AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
    )
);
