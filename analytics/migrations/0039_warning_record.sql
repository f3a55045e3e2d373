-- Which model said a warning, how sure it was, who settled it; and the record of every model.

ALTER TABLE warnings
    ADD COLUMN model_id int REFERENCES models,
    ADD COLUMN confidence text CONSTRAINT warnings_confidence_is_known CHECK (
        confidence IN ('unknown', 'possible', 'likely', 'very_likely')
    ),
    ADD COLUMN failed_at timestamptz,
    ADD COLUMN settled_by text,
    ADD COLUMN settled_why text NOT NULL DEFAULT '';
COMMENT ON COLUMN warnings.model_id IS 'The model that said it; NULL: limits and trends, which learn nothing';
COMMENT ON COLUMN warnings.failed_at IS 'When what was warned of happened, or when it was found and repaired';
COMMENT ON COLUMN warnings.settled_by IS 'The person whose word settled it; NULL: later events or the passing of time';
CREATE INDEX warnings_of_model ON warnings (model_id, settlement);
CREATE INDEX warnings_alike ON warnings (detector, metric, settled_at DESC) WHERE settled_at IS NOT NULL;

CREATE VIEW warning_records WITH (security_invoker) AS
WITH said AS (
    SELECT
        coalesce(warnings.model_id, 0) AS model_number,
        assets.class AS asset_class,
        warnings.detector,
        count(*) AS raised,
        count(*) FILTER (WHERE settlement IS NULL) AS open,
        count(*) FILTER (WHERE settlement = 'hit') AS hit,
        count(*) FILTER (WHERE settlement = 'early') AS early,
        count(*) FILTER (WHERE settlement = 'late') AS late,
        count(*) FILTER (WHERE settlement = 'false') AS false,
        count(*) FILTER (WHERE settlement = 'withdrawn') AS withdrawn,
        percentile_cont(0.5) WITHIN GROUP (
            ORDER BY extract(epoch FROM failed_at - raised_at)::float8 / 86400
        ) FILTER (WHERE failed_at IS NOT NULL) AS median_lead_days
    FROM warnings
    JOIN assets ON assets.id = warnings.asset_id
    GROUP BY 1, 2, 3
),
watched AS (
    SELECT model_id AS model_number, sum(assets)::float8 AS asset_days
    FROM model_runs
    WHERE is_fit
    GROUP BY 1
)
SELECT
    nullif(said.model_number, 0) AS model_id,
    said.asset_class,
    said.detector,
    said.raised,
    said.open,
    said.hit,
    said.early,
    said.late,
    said.false,
    said.withdrawn,
    (said.hit + said.early + said.late)::float8
        / nullif(said.hit + said.early + said.late + said.false + said.withdrawn, 0) AS precision,
    said.median_lead_days,
    watched.asset_days,
    100 * (said.false + said.withdrawn) / nullif(watched.asset_days, 0) AS false_per_100_days
FROM said
LEFT JOIN watched USING (model_number);
COMMENT ON VIEW warning_records IS 'How often each model was right, as far as it is settled; withdrawn counts as not borne out';

GRANT SELECT ON warning_records TO tw_analytics, tw_console, tw_grafana;
