-- name: place_path
-- Where a place stands in the tree.
SELECT path::text FROM places WHERE code = %(code)s AND closed_at IS NULL;

-- name: asset
-- Class and place of an asset.
SELECT a.id, a.class, p.path::text
FROM assets AS a
INNER JOIN places AS p ON p.id = a.place_id
WHERE a.code = %(code)s
ORDER BY a.id
LIMIT 1;

-- name: organisations
-- Names of organisations.
SELECT id, code, name_zh, phone
FROM organisations
WHERE id = ANY(%(ids)s)
ORDER BY id
LIMIT 1000;

-- name: compounds
-- Every compound that is open.
SELECT path::text FROM places WHERE level = 'compound' AND closed_at IS NULL ORDER BY path LIMIT 100000;

-- name: places
-- Path of every place that is open.
SELECT path::text FROM places WHERE closed_at IS NULL ORDER BY path LIMIT 1000000;

-- name: organisation
-- An organisation by its code.
SELECT id, code, kind, name_zh FROM organisations WHERE code = %(code)s;

-- name: manager_code
-- Whom the registry names for a compound at a time.
SELECT organisations.code
FROM managements
LEFT JOIN organisations ON organisations.id = managements.organisation_id
WHERE managements.place_id = %(place_id)s AND managements.valid_during @> %(at)s::timestamptz
ORDER BY managements.id DESC
LIMIT 1;

-- name: open_work
-- What is open below a compound now: alarms, orders, clocks that run.
SELECT
    (SELECT count(*) FROM alarms WHERE closed_at IS NULL AND place_path <@ %(path)s::ltree)::int,
    (SELECT count(*) FROM work_orders WHERE closed_at IS NULL AND place_path <@ %(path)s::ltree)::int,
    (
        SELECT count(*)
        FROM clocks
        LEFT JOIN alarms ON alarms.id = clocks.alarm_id
        LEFT JOIN work_orders ON work_orders.id = clocks.order_id
        WHERE clocks.state = 'running'
            AND coalesce(alarms.place_path, work_orders.place_path) <@ %(path)s::ltree
    )::int;
