-- name: about
-- The chosen lift: where it is, who maintains it, and whether it is monitored.
SELECT
    assets.code AS asset,
    assets.id::text AS asset_id,
    coalesce(nullif(assets.name_${language:raw}, ''), assets.name_zh) AS name,
    assets.state AS state,
    coalesce(assets.silent_since, assets.heard_at) AS heard_at,
    coalesce(nullif(organisations.name_${language:raw}, ''), organisations.name_zh, '-') AS maintainer,
    assets.contract_until AS contract_until,
    (
        SELECT count(*) FROM rescues
        WHERE rescues.asset_id = assets.id AND $__timeFilter(rescues.opened_at) AND rescues.stage <> 'refuted'
    ) AS entrapments
FROM visible_assets AS assets
LEFT JOIN organisations ON organisations.id = assets.maintainer_id
WHERE assets.id = nullif(${asset:sqlstring}, '')::int
LIMIT 1;

-- name: temperatures
-- Motor and machine room, mean and highest of each bucket of whole hours.
SELECT
    $__timeGroupAlias(hour, $__interval, NULL),
    avg(motor_temp_mean) AS motor_temp,
    max(motor_temp_max) AS motor_temp_max,
    avg(machine_room_temp_mean) AS machine_room_temp
FROM visible_lift_hours
WHERE asset_id = nullif(${asset:sqlstring}, '')::int AND $__timeFilter(hour)
GROUP BY 1
ORDER BY 1
LIMIT 10000;

-- name: currents
-- Motor and door operator: highest current of each bucket.
SELECT
    $__timeGroupAlias(hour, $__interval, NULL),
    max(motor_current_max) AS motor_current,
    max(door_current_max) AS door_current
FROM visible_lift_hours
WHERE asset_id = nullif(${asset:sqlstring}, '')::int AND $__timeFilter(hour)
GROUP BY 1
ORDER BY 1
LIMIT 10000;

-- name: vibrations
-- Vibration of the car: highest of each bucket.
SELECT
    $__timeGroupAlias(hour, $__interval, NULL),
    max(vibration_max) AS vibration,
    max(vibration_horizontal_max) AS vibration_horizontal
FROM visible_lift_hours
WHERE asset_id = nullif(${asset:sqlstring}, '')::int AND $__timeFilter(hour)
GROUP BY 1
ORDER BY 1
LIMIT 10000;

-- name: levelling
-- How exactly the car stops: lowest and highest error of each bucket.
SELECT
    $__timeGroupAlias(hour, $__interval, NULL),
    min(levelling_error_min) AS levelling_error_min,
    max(levelling_error_max) AS levelling_error_max
FROM visible_lift_hours
WHERE asset_id = nullif(${asset:sqlstring}, '')::int AND $__timeFilter(hour)
GROUP BY 1
ORDER BY 1
LIMIT 10000;

-- name: running
-- Hours run in each bucket, from the lift's own counter.
SELECT
    $__timeGroupAlias(hour, $__interval, NULL),
    max(run_hours_max) - min(run_hours_min) AS run_hours,
    max(speed_max) AS speed
FROM visible_lift_hours
WHERE asset_id = nullif(${asset:sqlstring}, '')::int AND $__timeFilter(hour)
GROUP BY 1
ORDER BY 1
LIMIT 10000;

-- name: last_hour
-- The last hour as it was sent.
SELECT
    at AS "time",
    speed,
    floor,
    door_closed,
    person
FROM visible_lift_samples
WHERE asset_id = nullif(${asset:sqlstring}, '')::int AND $__timeFilter(at)
ORDER BY at
LIMIT 8000;

-- name: alarms
-- What the lift reported, newest first.
SELECT
    alarms.id::text AS alarm,
    alarms.opened_at AS opened_at,
    alarms.severity AS severity,
    alarms.event AS event,
    alarms.state AS state,
    alarms.raises AS raises,
    date_part('epoch', coalesce(alarms.returned_at, alarms.closed_at, now()) - alarms.raised_at)
        AS lasted
FROM alarms
WHERE alarms.asset_id = nullif(${asset:sqlstring}, '')::int AND $__timeFilter(alarms.opened_at)
ORDER BY alarms.id DESC
LIMIT 100;

-- name: orders
-- Work on the lift, newest first.
SELECT
    work_orders.number AS number,
    work_orders.id::text AS order_id,
    work_orders.opened_at AS opened_at,
    work_orders.title AS title,
    work_orders.state AS state,
    date_part('epoch', work_orders.arrived_at - work_orders.opened_at) AS arrival,
    date_part('epoch', work_orders.restored_at - work_orders.opened_at) AS restored,
    work_orders.repeat_of IS NOT NULL AS is_repeat
FROM work_orders
WHERE work_orders.asset_id = nullif(${asset:sqlstring}, '')::int AND $__timeFilter(work_orders.opened_at)
ORDER BY work_orders.id DESC
LIMIT 100;

-- name: warnings
-- Early warnings on the lift and how they turned out.
SELECT
    warnings.raised_at AS raised_at,
    warnings.metric AS metric,
    warnings.reason_${language:raw} AS reason,
    warnings.expected_from AS expected_from,
    warnings.expected_until AS expected_until,
    coalesce(warnings.settlement, 'open') AS settlement
FROM warnings
WHERE warnings.asset_id = nullif(${asset:sqlstring}, '')::int AND $__timeFilter(warnings.raised_at)
ORDER BY warnings.id DESC
LIMIT 100;
