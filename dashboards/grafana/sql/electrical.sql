-- name: monitors
-- Electrical fire monitors in the registry of the chosen place.
SELECT count(*) AS monitors
FROM visible_assets
WHERE class = 'electrical_monitor' AND path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: alarming
-- Monitors with an alarm that stands now, silence left out.
SELECT count(DISTINCT alarms.asset_id) AS alarming
FROM alarms
JOIN assets ON assets.id = alarms.asset_id
WHERE alarms.closed_at IS NULL
    AND assets.class = 'electrical_monitor'
    AND alarms.alarm_group <> 'contact'
    AND NOT alarms.is_drill
    AND alarms.place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: silent
-- Monitors from which nothing is heard.
SELECT count(*) AS silent
FROM visible_assets
WHERE class = 'electrical_monitor' AND state <> 'reporting' AND path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: latest
-- Last measurement of each monitor within a day, most leakage first.
SELECT
    assets.code AS asset,
    assets.id::text AS asset_id,
    coalesce(nullif(assets.name_${language:raw}, ''), assets.name_zh) AS name,
    assets.path::text AS path,
    assets.state AS state,
    latest.at AS at,
    latest.residual_current AS residual_current,
    greatest(latest.temp_1, latest.temp_2, latest.temp_3, latest.temp_4) AS temperature
FROM visible_assets AS assets
LEFT JOIN LATERAL (
    SELECT newest.at, newest.residual_current, newest.temp_1, newest.temp_2, newest.temp_3, newest.temp_4
    FROM visible_electrical_newest AS newest
    WHERE newest.asset_id = assets.id AND newest.at > now() - INTERVAL '1 day'
    LIMIT 1
) AS latest ON true
WHERE assets.class = 'electrical_monitor' AND assets.path <@ replace(${place:sqlstring}, '*', '')::ltree
ORDER BY latest.residual_current DESC NULLS LAST, assets.code
LIMIT 100;

-- name: leakage
-- Residual current of the chosen monitor: mean and highest of each bucket of whole hours.
SELECT
    $__timeGroupAlias(hour, $__interval, NULL),
    avg(residual_current_mean) AS residual_current,
    max(residual_current_max) AS residual_current_max
FROM visible_electrical_hours
WHERE asset_id = nullif(${asset:sqlstring}, '')::int AND $__timeFilter(hour)
GROUP BY 1
ORDER BY 1
LIMIT 10000;

-- name: temperatures
-- Cable temperatures of the chosen monitor: highest of each bucket.
SELECT
    $__timeGroupAlias(hour, $__interval, NULL),
    max(temp_1_max) AS temp_1,
    max(temp_2_max) AS temp_2,
    max(temp_3_max) AS temp_3,
    max(temp_4_max) AS temp_4
FROM visible_electrical_hours
WHERE asset_id = nullif(${asset:sqlstring}, '')::int AND $__timeFilter(hour)
GROUP BY 1
ORDER BY 1
LIMIT 10000;

-- name: loads
-- Phase currents of the chosen monitor: highest of each bucket.
SELECT
    $__timeGroupAlias(hour, $__interval, NULL),
    max(current_1_max) AS current_1,
    max(current_2_max) AS current_2,
    max(current_3_max) AS current_3
FROM visible_electrical_hours
WHERE asset_id = nullif(${asset:sqlstring}, '')::int AND $__timeFilter(hour)
GROUP BY 1
ORDER BY 1
LIMIT 10000;

-- name: voltages
-- Phase voltages of the chosen monitor: lowest of each bucket.
SELECT
    $__timeGroupAlias(hour, $__interval, NULL),
    min(voltage_1_min) AS voltage_1,
    min(voltage_2_min) AS voltage_2,
    min(voltage_3_min) AS voltage_3
FROM visible_electrical_hours
WHERE asset_id = nullif(${asset:sqlstring}, '')::int AND $__timeFilter(hour)
GROUP BY 1
ORDER BY 1
LIMIT 10000;

-- name: alarms
-- What monitors reported, newest first. Equipment is looked up once, not once for each alarm.
WITH chosen AS MATERIALIZED (
    SELECT id, code FROM assets WHERE class = 'electrical_monitor'
)
SELECT
    alarms.id::text AS alarm,
    alarms.opened_at AS opened_at,
    chosen.code AS asset,
    alarms.severity AS severity,
    alarms.event AS event,
    alarms.state AS state,
    date_part('epoch', coalesce(alarms.returned_at, alarms.closed_at, now()) - alarms.raised_at) AS lasted
FROM alarms
JOIN chosen ON chosen.id = alarms.asset_id
WHERE $__timeFilter(alarms.opened_at)
    AND NOT alarms.is_drill
    AND alarms.place_path <@ replace(${place:sqlstring}, '*', '')::ltree
ORDER BY alarms.opened_at DESC
LIMIT 100;
