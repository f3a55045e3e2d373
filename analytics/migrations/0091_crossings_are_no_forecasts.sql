-- A value beyond a limit that an administrator set is a fact and no forecast: it counts neither for nor
-- against any detector.
CREATE OR REPLACE VIEW warning_records WITH (security_invoker = false) AS
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
    WHERE warnings.detector <> 'limit'
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
