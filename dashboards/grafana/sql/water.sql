-- name: points
-- Points of fire water in the registry of the chosen place.
SELECT count(*) AS points FROM visible_assets WHERE class = 'fire_water' AND path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: too_low
-- Points where too low a pressure or level stands now.
SELECT count(DISTINCT asset_id) AS too_low
FROM alarms
WHERE closed_at IS NULL
    AND event IN ('pressure_low_critical', 'pressure_low', 'level_low', 'supply_pressure_lost', 'supply_pressure_low')
    AND NOT is_drill
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: pumps_not_ready
-- Pumps that would not start by themselves: not automatic, no power, failed start, fault.
SELECT count(DISTINCT asset_id) AS pumps_not_ready
FROM alarms
WHERE closed_at IS NULL
    AND event IN ('pump_not_automatic', 'pump_power_lost', 'pump_start_failed', 'pump_fault')
    AND NOT is_drill
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: silent
-- Points and pumps from which nothing is heard: their water is unknown.
SELECT count(*) AS silent
FROM visible_assets
WHERE class IN ('fire_water', 'supply_main', 'pump') AND state <> 'reporting' AND path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: latest
-- Last measurement of each point within a day, lowest pressure first.
SELECT
    assets.code AS asset,
    assets.id::text AS asset_id,
    coalesce(nullif(assets.name_${language:raw}, ''), assets.name_zh) AS name,
    assets.path::text AS path,
    assets.state AS state,
    latest.at AS at,
    latest.pressure AS pressure,
    latest.level AS level,
    latest.battery AS battery
FROM visible_assets AS assets
LEFT JOIN LATERAL (
    SELECT newest.at, newest.pressure, newest.level, newest.battery
    FROM visible_water_newest AS newest
    WHERE newest.asset_id = assets.id AND newest.at > now() - INTERVAL '1 day'
    LIMIT 1
) AS latest ON true
WHERE assets.class IN ('fire_water', 'supply_main') AND assets.path <@ replace(${place:sqlstring}, '*', '')::ltree
ORDER BY latest.pressure NULLS LAST, assets.code
LIMIT 100;

-- name: pumps
-- Last state of each pump within a day: those that are not automatic first.
SELECT
    assets.code AS asset,
    assets.id::text AS asset_id,
    coalesce(nullif(assets.name_${language:raw}, ''), assets.name_zh) AS name,
    assets.state AS state,
    latest.at AS at,
    latest.automatic AS automatic,
    latest.running AS running,
    latest.pressure AS pressure,
    latest.motor_temp AS motor_temp
FROM visible_assets AS assets
LEFT JOIN LATERAL (
    SELECT newest.at, newest.automatic, newest.running, newest.pressure, newest.motor_temp
    FROM visible_pump_newest AS newest
    WHERE newest.asset_id = assets.id AND newest.at > now() - INTERVAL '1 day'
    LIMIT 1
) AS latest ON true
WHERE assets.class = 'pump' AND assets.path <@ replace(${place:sqlstring}, '*', '')::ltree
ORDER BY latest.automatic NULLS LAST, assets.code
LIMIT 100;

-- name: pressure
-- Pressure of the chosen point: mean, lowest and highest of each bucket of whole hours.
SELECT
    $__timeGroupAlias(hour, $__interval, NULL),
    avg(pressure_mean) AS pressure,
    min(pressure_min) AS pressure_min,
    max(pressure_max) AS pressure_max
FROM visible_water_hours
WHERE asset_id = nullif(${asset:sqlstring}, '')::int AND $__timeFilter(hour)
GROUP BY 1
ORDER BY 1
LIMIT 10000;

-- name: level
-- Level of the tank and flow at the chosen point.
SELECT
    $__timeGroupAlias(hour, $__interval, NULL),
    avg(level_mean) AS level,
    max(flow_max) AS flow
FROM visible_water_hours
WHERE asset_id = nullif(${asset:sqlstring}, '')::int AND $__timeFilter(hour)
GROUP BY 1
ORDER BY 1
LIMIT 10000;

-- name: last_hour
-- The last hour of the chosen point as it was sent.
SELECT at AS "time", pressure, level, flow
FROM visible_water_samples
WHERE asset_id = nullif(${asset:sqlstring}, '')::int AND $__timeFilter(at)
ORDER BY at
LIMIT 8000;

-- name: alarms
-- What water and pumps reported, newest first. Equipment is looked up once, not once for each alarm.
WITH chosen AS MATERIALIZED (
    SELECT id, code FROM assets WHERE class IN ('fire_water', 'supply_main', 'pump')
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
