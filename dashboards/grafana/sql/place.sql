-- name: managed_by
-- Who runs the chosen place now, and who is responsible for it above.
SELECT
    coalesce(nullif(places.name_${language:raw}, ''), places.name_zh) AS place,
    places.level AS level,
    coalesce(managements.kind, 'unknown') AS management,
    coalesce(nullif(organisations.name_${language:raw}, ''), organisations.name_zh, '-') AS organisation,
    lower(managements.valid_during) AS since
FROM places
LEFT JOIN managements ON managements.place_id = places.id AND managements.valid_during @> now()
LEFT JOIN organisations ON organisations.id = managements.organisation_id
WHERE places.path @> replace(${place:sqlstring}, '*', '')::ltree
    AND places.path <> ''::ltree
    AND EXISTS (
        SELECT FROM unnest((SELECT visible_scope())::ltree[]) AS scope (path)
        WHERE scope.path @> places.path OR scope.path <@ places.path
    )
ORDER BY nlevel(places.path) DESC
LIMIT 7;

-- name: open_alarms
-- Alarms of the chosen place that stand now, life safety first.
SELECT
    alarms.id::text AS alarm,
    alarms.severity AS severity,
    alarms.event AS event,
    assets.code AS asset,
    coalesce(nullif(assets.name_${language:raw}, ''), assets.name_zh) AS name,
    alarms.state AS state,
    date_part('epoch', now() - alarms.opened_at) AS age,
    coalesce(nullif(organisations.name_${language:raw}, ''), organisations.name_zh, '-') AS organisation
FROM alarms
JOIN assets ON assets.id = alarms.asset_id
LEFT JOIN organisations ON organisations.id = alarms.responsible_id
WHERE alarms.closed_at IS NULL
    AND NOT alarms.is_drill
    AND alarms.place_path <@ replace(${place:sqlstring}, '*', '')::ltree
ORDER BY
    alarms.is_life_safety DESC,
    array_position(ARRAY['critical', 'major', 'minor', 'warning'], alarms.severity),
    alarms.opened_at
LIMIT 200;

-- name: open_orders
-- Work orders of the chosen place that are open, and how long the longest missed promise has been.
SELECT
    work_orders.number AS number,
    work_orders.id::text AS order_id,
    work_orders.title AS title,
    work_orders.state AS state,
    coalesce(nullif(organisations.name_${language:raw}, ''), organisations.name_zh, '-') AS organisation,
    date_part('epoch', now() - work_orders.opened_at) AS age,
    date_part('epoch', now() - late.due_at) AS late
FROM work_orders
LEFT JOIN organisations ON organisations.id = work_orders.owner_id
LEFT JOIN (
    SELECT order_id, min(due_at) AS due_at FROM visible_clocks WHERE is_late GROUP BY order_id
) AS late ON late.order_id = work_orders.id
WHERE work_orders.closed_at IS NULL AND work_orders.place_path <@ replace(${place:sqlstring}, '*', '')::ltree
ORDER BY late.due_at NULLS LAST, work_orders.opened_at
LIMIT 200;

-- name: held
-- What keeps alarms of the chosen place from the desk, and until when.
SELECT
    holds.kind AS kind,
    holds.reason AS reason,
    holds.begun_at AS since,
    holds.due_at AS until,
    holds.begun_by AS by,
    coalesce(holds.approved_by, '') AS approved_by
FROM holds
WHERE holds.ended_at IS NULL AND holds.place_path <@ replace(${place:sqlstring}, '*', '')::ltree
ORDER BY holds.due_at
LIMIT 200;

-- name: alarm_days
-- Alarms by the day (UTC+8) on which they were opened, by kind, drills left out.
SELECT
    date_bin('1 day', opened_at, TIMESTAMPTZ '2020-01-01 00:00+08') AS "time",
    count(*) FILTER (WHERE is_life_safety) AS life_safety,
    count(*) FILTER (WHERE alarm_group = 'safety') AS safety,
    count(*) FILTER (WHERE alarm_group = 'fault') AS fault,
    count(*) FILTER (WHERE alarm_group = 'contact') AS contact,
    count(*) FILTER (WHERE NOT is_life_safety AND alarm_group NOT IN ('safety', 'fault', 'contact')) AS other
FROM alarms
WHERE $__timeFilter(opened_at) AND NOT is_drill AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
GROUP BY 1
ORDER BY 1
LIMIT 4000;

-- name: worst_assets
-- Equipment of the chosen place with the most alarms in the chosen time. Alarms are counted before the
-- equipment is looked up: once for each asset, not once for each alarm.
WITH counted AS MATERIALIZED (
    SELECT
        asset_id,
        count(*) AS alarms,
        count(*) FILTER (WHERE is_life_safety) AS life_safety,
        max(opened_at) AS last_at
    FROM alarms
    WHERE $__timeFilter(opened_at) AND NOT is_drill AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    GROUP BY asset_id
)
SELECT
    assets.code AS asset,
    assets.id::text AS asset_id,
    assets.class AS class,
    coalesce(nullif(assets.name_${language:raw}, ''), assets.name_zh) AS name,
    counted.alarms AS alarms,
    counted.life_safety AS life_safety,
    counted.last_at AS last_at
FROM counted
JOIN assets ON assets.id = counted.asset_id
ORDER BY counted.alarms DESC, assets.code
LIMIT 20;
