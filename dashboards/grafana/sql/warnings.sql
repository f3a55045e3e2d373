-- name: open_warnings
-- Early warnings that are not settled.
SELECT count(*) AS open_warnings
FROM warnings
WHERE settled_at IS NULL AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: due_this_week
-- Of these, what is expected to fail within seven days.
SELECT count(*) AS due_this_week
FROM warnings
WHERE settled_at IS NULL
    AND expected_from < now() + INTERVAL '7 days'
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: borne_out
-- Share of settled warnings that came true, early or late included; withdrawn counts as not borne out.
SELECT
    (count(*) FILTER (WHERE settlement IN ('hit', 'early', 'late')))::double precision / nullif(count(*), 0)
        AS borne_out
FROM warnings
WHERE $__timeFilter(settled_at) AND detector <> 'limit' AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: settled
-- How many were settled, so that the share beside it can be judged.
SELECT count(*) AS settled
FROM warnings
WHERE $__timeFilter(settled_at) AND detector <> 'limit' AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: lead
-- Median time between a warning and the failure that it foretold.
SELECT
    percentile_cont(0.5) WITHIN GROUP (ORDER BY date_part('epoch', failed_at - raised_at)) AS lead
FROM warnings
WHERE $__timeFilter(settled_at) AND failed_at IS NOT NULL AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: standing
-- What will fail, by when and why; the soonest first.
SELECT
    assets.code AS asset,
    assets.id::text AS asset_id,
    assets.class AS class,
    coalesce(nullif(assets.name_${language:raw}, ''), assets.name_zh) AS name,
    warnings.metric AS metric,
    warnings.reason_${language:raw} AS reason,
    warnings.expected_from AS expected_from,
    warnings.expected_until AS expected_until,
    coalesce(warnings.confidence, 'unknown') AS confidence,
    warnings.raised_at AS raised_at
FROM warnings
JOIN assets ON assets.id = warnings.asset_id
WHERE warnings.settled_at IS NULL AND warnings.place_path <@ replace(${place:sqlstring}, '*', '')::ltree
ORDER BY warnings.expected_from NULLS LAST, warnings.score DESC
LIMIT 200;

-- name: record
-- How often each detector was right in all, by class of equipment and model.
SELECT
    asset_class AS class,
    detector,
    coalesce(model_id::text, '-') AS model,
    raised,
    open,
    hit,
    early,
    late,
    "false" AS not_borne_out,
    withdrawn,
    "precision" AS borne_out,
    median_lead_days * 86400.0 AS lead,
    false_per_100_days
FROM warning_records
ORDER BY raised DESC, asset_class, detector, model
LIMIT 100;

-- name: settled_weeks
-- How warnings turned out, by the week in which they were settled.
SELECT
    date_bin('7 days', settled_at, TIMESTAMPTZ '2020-01-06 00:00+08') AS "time",
    count(*) FILTER (WHERE settlement = 'hit') AS hit,
    count(*) FILTER (WHERE settlement = 'early') AS early,
    count(*) FILTER (WHERE settlement = 'late') AS late,
    count(*) FILTER (WHERE settlement = 'false') AS not_borne_out,
    count(*) FILTER (WHERE settlement = 'withdrawn') AS withdrawn
FROM warnings
WHERE $__timeFilter(settled_at) AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
GROUP BY 1
ORDER BY 1
LIMIT 600;

-- name: models
-- Which model judges each class since when, and on how much equipment it ran last.
SELECT
    switches.asset_class AS class,
    coalesce(switches.model_id::text, '-') AS model,
    switches.kind AS kind,
    switches.at AS since,
    runs.day AS last_day,
    runs.assets AS assets,
    runs.is_fit AS is_fit,
    runs.drift AS drift
FROM (
    SELECT DISTINCT ON (asset_class) asset_class, model_id, kind, at
    FROM model_switches
    ORDER BY asset_class, id DESC
) AS switches
LEFT JOIN LATERAL (
    SELECT model_runs.day, model_runs.assets, model_runs.is_fit, model_runs.drift
    FROM model_runs
    WHERE model_runs.asset_class = switches.asset_class AND model_runs.model_id = switches.model_id
    ORDER BY model_runs.id DESC
    LIMIT 1
) AS runs ON true
ORDER BY switches.asset_class
LIMIT 20;
