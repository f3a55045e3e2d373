-- Features of whole days: what models learn from and judge by, so that months are read in a second.

CREATE TABLE feature_days (
    asset_class text NOT NULL,
    day date NOT NULL,
    asset_id int NOT NULL REFERENCES assets,
    schema_key int NOT NULL,
    features real[] NOT NULL,
    PRIMARY KEY (asset_class, day, asset_id)
);
COMMENT ON TABLE feature_days IS 'Features of an asset''s day, computed once from the hourly statistics';
COMMENT ON COLUMN feature_days.day IS 'Day of China, midnight to midnight UTC+8';
COMMENT ON COLUMN feature_days.schema_key IS 'Which features these are, in which order; rows of another key are made anew';
COMMENT ON COLUMN feature_days.features IS 'NaN: nothing is known; relative features are logarithms';

CREATE TABLE feature_runs (
    asset_class text NOT NULL,
    day date NOT NULL,
    schema_key int NOT NULL,
    assets int NOT NULL CONSTRAINT feature_runs_count CHECK (assets >= 0),
    made_at timestamptz NOT NULL,
    PRIMARY KEY (asset_class, day)
);
COMMENT ON TABLE feature_runs IS 'Days whose features are made, days without any reading included';

GRANT SELECT, INSERT, UPDATE, DELETE ON feature_days, feature_runs TO tw_analytics;
