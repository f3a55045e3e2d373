-- Models of early warning as rows: what was trained on what, which is in force, and how it does.

CREATE TABLE models (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asset_class text NOT NULL,
    family text NOT NULL,
    features text[] NOT NULL,
    artefact bytea NOT NULL CONSTRAINT models_artefact_is_small CHECK (octet_length(artefact) <= 16777216),
    digest bytea NOT NULL CONSTRAINT models_digest_is_sha256 CHECK (octet_length(digest) = 32),
    source text NOT NULL,
    trained_at timestamptz NOT NULL,
    trained_by text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    assets int NOT NULL,
    validation jsonb NOT NULL,
    rejected_at timestamptz,
    rejected_why text,
    CONSTRAINT models_days_in_order CHECK (first_day <= last_day),
    CONSTRAINT models_rejection_has_a_reason CHECK ((rejected_at IS NULL) = (rejected_why IS NULL))
);
COMMENT ON COLUMN models.artefact IS 'JSON header and plain numbers; no code, nothing is unpickled';
COMMENT ON COLUMN models.digest IS 'SHA-256 of the artefact';
COMMENT ON COLUMN models.source IS 'What it was trained on: database, or simulator and seed';
COMMENT ON COLUMN models.validation IS 'Scores on time that it was not trained on';
COMMENT ON COLUMN models.rejected_why IS 'Why the platform uses it no more: damaged, no number, too slow, a flood of warnings';
CREATE INDEX models_of_class ON models (asset_class, id DESC);

CREATE TABLE model_switches (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asset_class text NOT NULL,
    model_id int REFERENCES models,
    kind text NOT NULL CONSTRAINT model_switches_kind_is_known CHECK (kind IN ('activate', 'rollback', 'fallback', 'stop')),
    at timestamptz NOT NULL,
    actor text NOT NULL,
    why text NOT NULL,
    CONSTRAINT model_switches_activate_one CHECK (kind <> 'activate' OR model_id IS NOT NULL)
);
COMMENT ON TABLE model_switches IS 'Append-only: which model of a class is in force since when, who said so and why; the newest row holds';
COMMENT ON COLUMN model_switches.model_id IS 'NULL: none, limits and trends alone';
CREATE INDEX model_switches_of_class ON model_switches (asset_class, id DESC);

CREATE TABLE model_runs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asset_class text NOT NULL,
    model_id int NOT NULL REFERENCES models,
    day date NOT NULL,
    at timestamptz NOT NULL,
    is_fit boolean NOT NULL,
    assets int NOT NULL,
    raised int NOT NULL,
    standing int NOT NULL,
    middle real,
    drift real,
    took_s real NOT NULL,
    why text NOT NULL DEFAULT '',
    CONSTRAINT model_runs_once UNIQUE (model_id, day)
);
COMMENT ON TABLE model_runs IS 'One row for each day that a model judged: exposure, drift, fitness';
COMMENT ON COLUMN model_runs.assets IS 'Assets of which the model could say something';
COMMENT ON COLUMN model_runs.middle IS 'Middle score of all assets on that day';
COMMENT ON COLUMN model_runs.drift IS 'Middle score over that of the training: 1 is as trained';
COMMENT ON COLUMN model_runs.took_s IS 'Time that judging took [s]';

GRANT SELECT, INSERT ON models, model_switches, model_runs TO tw_analytics;
GRANT UPDATE (rejected_at, rejected_why) ON models TO tw_analytics;
GRANT UPDATE ON model_runs TO tw_analytics;
GRANT SELECT ON model_switches, model_runs TO tw_console, tw_grafana;
GRANT SELECT (
    id, asset_class, family, features, digest, source, trained_at, trained_by, first_day, last_day, assets,
    validation, rejected_at, rejected_why
) ON models TO tw_console, tw_grafana;
