-- name: detectors
-- Detectors, call points and gas detectors in the registry of the chosen place.
SELECT count(*) AS detectors
FROM visible_assets
WHERE class IN ('detector', 'manual_call_point', 'gas_detector') AND path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: silent
-- Of these, from which nothing is heard.
SELECT count(*) AS silent
FROM visible_assets
WHERE class IN ('detector', 'manual_call_point', 'gas_detector')
    AND state <> 'reporting'
    AND path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: disabled
-- Detectors and zones that somebody has switched off at the panel.
SELECT count(DISTINCT asset_id) AS disabled
FROM alarms
WHERE closed_at IS NULL
    AND alarm_group = 'disabled'
    AND NOT is_drill
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: panels_in_trouble
-- Fire panels with a fault, without power, in manual mode or silent.
SELECT count(DISTINCT alarms.asset_id) AS panels_in_trouble
FROM alarms
JOIN assets ON assets.id = alarms.asset_id
WHERE alarms.closed_at IS NULL
    AND assets.class = 'fire_panel'
    AND NOT alarms.is_drill
    AND alarms.place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: false_share
-- Share of fire alarms that were found to be false, of those that somebody looked at.
SELECT
    (count(*) FILTER (WHERE confirmation = 'false'))::double precision
        / nullif(count(*) FILTER (WHERE confirmation IN ('real', 'false')), 0) AS false_share
FROM alarms
WHERE $__timeFilter(opened_at)
    AND alarm_group = 'fire'
    AND NOT is_drill
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: unanswered
-- Fire alarms that nobody confirmed in time and that went on by themselves.
SELECT count(*) AS unanswered
FROM alarms
WHERE $__timeFilter(opened_at)
    AND alarm_group = 'fire'
    AND confirmation = 'unanswered'
    AND NOT is_drill
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: fire_days
-- Fire alarms by the day (UTC+8) and what was found, drills left out.
SELECT
    date_bin('1 day', opened_at, TIMESTAMPTZ '2020-01-01 00:00+08') AS "time",
    count(*) FILTER (WHERE confirmation = 'real') AS real,
    count(*) FILTER (WHERE confirmation = 'false') AS false,
    count(*) FILTER (WHERE confirmation = 'unanswered') AS unanswered,
    count(*) FILTER (WHERE confirmation = 'unconfirmed') AS unconfirmed
FROM alarms
WHERE $__timeFilter(opened_at)
    AND alarm_group = 'fire'
    AND NOT is_drill
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
GROUP BY 1
ORDER BY 1
LIMIT 4000;

-- name: false_alarms
-- Detectors with the most false fire alarms.
SELECT
    assets.code AS asset,
    assets.id::text AS asset_id,
    assets.class AS class,
    coalesce(nullif(assets.name_${language:raw}, ''), assets.name_zh) AS name,
    assets.zone AS zone,
    count(*) AS alarms,
    max(alarms.opened_at) AS last_at
FROM alarms
JOIN assets ON assets.id = alarms.asset_id
WHERE $__timeFilter(alarms.opened_at)
    AND alarms.alarm_group = 'fire'
    AND alarms.confirmation = 'false'
    AND NOT alarms.is_drill
    AND alarms.place_path <@ replace(${place:sqlstring}, '*', '')::ltree
GROUP BY assets.id, assets.code, assets.class, assets.name_zh, assets.name_en, assets.zone
ORDER BY count(*) DESC, max(alarms.opened_at) DESC
LIMIT 30;

-- name: dirty
-- Detectors with the dirtiest chamber or the emptiest battery, from their last measurement in 3 days.
SELECT
    assets.code AS asset,
    assets.id::text AS asset_id,
    coalesce(nullif(assets.name_${language:raw}, ''), assets.name_zh) AS name,
    assets.path::text AS path,
    latest.at AS at,
    latest.contamination AS contamination,
    latest.battery AS battery
FROM visible_assets AS assets
CROSS JOIN LATERAL (
    SELECT newest.at, newest.contamination, newest.battery
    FROM visible_detector_newest AS newest
    WHERE newest.asset_id = assets.id
    LIMIT 1
) AS latest
WHERE assets.class = 'detector'
    AND assets.path <@ replace(${place:sqlstring}, '*', '')::ltree
    AND (latest.contamination >= 60 OR latest.battery <= 30)
ORDER BY greatest(latest.contamination / 80.0, 20.0 / nullif(latest.battery, 0)) DESC NULLS LAST, assets.code
LIMIT 100;

-- name: contamination
-- The chosen detector: dirt and battery, mean of each bucket of whole hours.
SELECT
    $__timeGroupAlias(hour, $__interval, NULL),
    avg(contamination_mean) AS contamination,
    avg(battery_mean) AS battery
FROM visible_detector_hours
WHERE asset_id = nullif(${asset:sqlstring}, '')::int AND $__timeFilter(hour)
GROUP BY 1
ORDER BY 1
LIMIT 10000;

-- name: smoke
-- The chosen detector: highest smoke and temperature of each bucket.
SELECT
    $__timeGroupAlias(hour, $__interval, NULL),
    max(smoke_max) AS smoke,
    max(temperature_max) AS temperature
FROM visible_detector_hours
WHERE asset_id = nullif(${asset:sqlstring}, '')::int AND $__timeFilter(hour)
GROUP BY 1
ORDER BY 1
LIMIT 10000;

-- name: faults
-- What detectors and panels reported besides fire, most frequent first. Equipment is looked up once,
-- not once for each alarm.
WITH chosen AS MATERIALIZED (
    SELECT id
    FROM assets
    WHERE class IN ('detector', 'manual_call_point', 'gas_detector', 'fire_panel', 'fire_output')
)
SELECT alarms.event AS event, count(*) AS alarms, count(DISTINCT alarms.asset_id) AS assets
FROM alarms
JOIN chosen ON chosen.id = alarms.asset_id
WHERE $__timeFilter(alarms.opened_at)
    AND alarms.alarm_group <> 'fire'
    AND NOT alarms.is_drill
    AND alarms.place_path <@ replace(${place:sqlstring}, '*', '')::ltree
GROUP BY alarms.event
ORDER BY count(*) DESC, alarms.event
LIMIT 15;
