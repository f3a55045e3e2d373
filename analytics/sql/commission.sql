-- name: assets
-- Registered assets by their codes, locked in the order of their numbers.
SELECT assets.id, assets.code, assets.class, places.path::text
FROM assets
JOIN places ON places.id = assets.place_id
WHERE assets.code = ANY (%(codes)s::text[]) AND assets.retired_at IS NULL AND NOT assets.is_placeholder
ORDER BY assets.id;

-- name: end_lapsed
-- Walk tests whose time is over have failed.
UPDATE walk_tests
SET state = 'failed', ended_at = until_at, ended_by = 'platform'
WHERE asset_id = ANY (%(assets)s::int[]) AND state = 'open' AND until_at <= %(now)s;

-- name: begin
-- A walk test of each asset that has none.
INSERT INTO walk_tests (asset_id, place_path, begun_at, begun_by, until_at, note)
SELECT assets.id, places.path, %(now)s, %(by)s, %(until)s, %(note)s
FROM assets
JOIN places ON places.id = assets.place_id
WHERE assets.id = ANY (%(assets)s::int[])
ORDER BY assets.id
ON CONFLICT (asset_id) WHERE state = 'open' DO NOTHING;

-- name: lock
-- A walk test with its asset's class.
SELECT
    walk_tests.id, walk_tests.asset_id, assets.class, walk_tests.place_path::text, walk_tests.begun_at,
    walk_tests.until_at, walk_tests.state
FROM walk_tests
JOIN assets ON assets.id = walk_tests.asset_id
WHERE walk_tests.id = %(id)s
FOR UPDATE OF walk_tests;

-- name: said
-- What the asset raised within the walk test, in the order of receipt.
SELECT events.event, events.received_at
FROM events
WHERE events.asset_id = %(asset_id)s
    AND events.state = 'raise'
    AND events.received_at >= %(since)s
    AND events.received_at <= %(until)s
ORDER BY events.id
LIMIT 50;

-- name: values
-- The asset's values within the walk test; columns and table come from the catalogue.
SELECT at, {columns}
FROM {table}
WHERE asset_id = %(asset_id)s AND at >= %(since)s AND at <= %(until)s
ORDER BY at
LIMIT 4000;

-- name: end
-- How the walk test ended.
UPDATE walk_tests
SET state = %(state)s, ended_at = %(now)s, ended_by = %(by)s, heard_at = %(heard_at)s,
    evidence = %(evidence)s, note = concat_ws('; ', nullif(note, ''), nullif(%(note)s::text, ''))
WHERE id = %(id)s;

-- name: commission
-- From now on the asset counts as monitored.
SELECT commission_asset(%(asset_id)s, %(now)s);
