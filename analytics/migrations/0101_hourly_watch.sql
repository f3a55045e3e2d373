-- The watch of hours: what it has learned of each class, kept between its steps of three hours.
CREATE TABLE surge_states (
    asset_class text PRIMARY KEY,
    schema_key int NOT NULL,
    through timestamptz NOT NULL,
    assets int [] NOT NULL,
    state bytea NOT NULL,
    kept_at timestamptz NOT NULL
);
COMMENT ON TABLE surge_states IS 'What the watch of hours has learned of the assets of a class; arrays, no code';
COMMENT ON COLUMN surge_states.schema_key IS 'Which features these are, in which order; a state of another key is learned anew';
COMMENT ON COLUMN surge_states.through IS 'End of the newest step that was taken';
COMMENT ON COLUMN surge_states.assets IS 'One for each row of the arrays';

GRANT SELECT, INSERT, UPDATE, DELETE ON surge_states TO tw_analytics;

-- What a trend said first is what it is judged by; what it says now is refreshed with every cycle.
ALTER TABLE warnings ADD COLUMN said_from timestamptz;
ALTER TABLE warnings ADD COLUMN said_until timestamptz;
COMMENT ON COLUMN warnings.said_from IS 'What was said when it was raised; it is settled by this; NULL: expected_from was never refreshed';
COMMENT ON COLUMN warnings.said_until IS 'What was said when it was raised';
UPDATE warnings SET said_from = expected_from, said_until = expected_until;
