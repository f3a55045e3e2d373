-- name: asset_alarms
-- Alarms of the chosen asset, as stretches of time.
SELECT
    alarms.raised_at AS "time",
    coalesce(alarms.returned_at, alarms.closed_at, $__timeTo()) AS timeend,
    alarms.event || CASE WHEN alarms.text = '' THEN '' ELSE ': ' || alarms.text END AS text,
    alarms.severity || CASE WHEN alarms.is_drill THEN ',drill' ELSE '' END AS tags
FROM alarms
WHERE alarms.asset_id = nullif(${asset:sqlstring}, '')::int
    AND alarms.raised_at < $__timeTo()
    AND coalesce(alarms.returned_at, alarms.closed_at, 'infinity') > $__timeFrom()
ORDER BY alarms.id DESC
LIMIT 200;

-- name: asset_work
-- Work on the chosen asset, from arrival to restoration.
SELECT
    work_orders.arrived_at AS "time",
    coalesce(work_orders.restored_at, work_orders.closed_at, $__timeTo()) AS timeend,
    work_orders.number || ' ' || work_orders.title AS text,
    work_orders.source AS tags
FROM work_orders
WHERE work_orders.asset_id = nullif(${asset:sqlstring}, '')::int
    AND work_orders.arrived_at < $__timeTo()
    AND coalesce(work_orders.restored_at, work_orders.closed_at, 'infinity') > $__timeFrom()
ORDER BY work_orders.id DESC
LIMIT 200;

-- name: drills
-- Drills and tests of the chosen place: what was raised meanwhile is not counted.
SELECT
    drills.starts_at AS "time",
    coalesce(drills.ended_at, drills.ends_at) AS timeend,
    drills.reason AS text,
    drills.kind AS tags
FROM drills
WHERE drills.approved_by IS NOT NULL
    AND (drills.place_path <@ replace(${place:sqlstring}, '*', '')::ltree OR drills.place_path @> replace(${place:sqlstring}, '*', '')::ltree)
    AND drills.starts_at < $__timeTo()
    AND coalesce(drills.ended_at, drills.ends_at) > $__timeFrom()
ORDER BY drills.id DESC
LIMIT 200;
