-- Whether somebody has the bureau's page open, so that the other end sees when nobody has.

CREATE TABLE desk_beats (
    organisation_id int PRIMARY KEY REFERENCES organisations,
    beat_at timestamptz NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE desk_beats IS 'When the page of a bureau''s desk last asked for anything; written by the console alone';
GRANT SELECT, INSERT, UPDATE ON desk_beats TO tw_console;
