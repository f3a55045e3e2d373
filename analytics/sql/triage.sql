-- name: patience
-- A card is worth so much of the database's time and no more.
SET LOCAL statement_timeout = '400ms';

-- name: alarm
-- The alarm, its asset, since when the asset is silent, and the compound and building around it.
SELECT
    alarms.id,
    alarms.event,
    alarms.asset_id,
    assets.class,
    assets.name_zh,
    assets.name_en,
    alarms.place_path::text,
    assets.zone,
    alarms.text,
    alarms.raised_at,
    alarms.duty_id,
    assets.is_placeholder,
    asset_contacts.silent_since,
    coalesce(compound.path, alarms.place_path)::text,
    coalesce(building.path, alarms.place_path)::text
FROM alarms
JOIN assets ON assets.id = alarms.asset_id
LEFT JOIN asset_contacts ON asset_contacts.asset_id = alarms.asset_id
LEFT JOIN places AS compound ON compound.path @> alarms.place_path AND compound.level = 'compound'
LEFT JOIN places AS building ON building.path @> alarms.place_path AND building.level = 'building'
WHERE alarms.id = %(alarm_id)s;

-- name: past
-- Earlier alarms of the asset within 90 days, newest first; drills left out.
SELECT alarms.event, alarms.raised_at, alarms.confirmation
FROM alarms
WHERE alarms.asset_id = %(asset_id)s
    AND alarms.id < %(alarm_id)s
    AND alarms.raised_at >= %(since)s
    AND NOT alarms.is_drill
ORDER BY alarms.id DESC
LIMIT 500;

-- name: neighbours
-- Open alarms of the same compound, found by place; the newest of them.
WITH there AS MATERIALIZED (
    SELECT alarms.id, alarms.event, alarms.asset_id, alarms.place_path, alarms.raised_at
    FROM alarms
    WHERE alarms.closed_at IS NULL
        AND alarms.place_path <@ %(compound)s::ltree
        AND alarms.id <> %(alarm_id)s
    LIMIT 2000
)
SELECT there.event, there.asset_id, there.place_path::text, assets.zone, there.raised_at
FROM there
JOIN assets ON assets.id = there.asset_id
ORDER BY there.id DESC
LIMIT 300;

-- name: orders
-- Open orders of the asset that this alarm did not open, newest first.
SELECT work_orders.number, work_orders.state, work_orders.opened_at
FROM work_orders
WHERE work_orders.asset_id = %(asset_id)s
    AND work_orders.closed_at IS NULL
    AND work_orders.state IN ('accepted', 'on_site')
    AND work_orders.alarm_id IS DISTINCT FROM %(alarm_id)s
ORDER BY work_orders.id DESC
LIMIT 20;

-- name: active
-- Conditions of the asset that are there now.
SELECT conditions.condition
FROM conditions
WHERE conditions.asset_id = %(asset_id)s AND conditions.is_active
LIMIT 200;

-- name: said
-- What the asset said lately, newest first.
SELECT events.event, events.at
FROM events
WHERE events.asset_id = %(asset_id)s AND events.state = 'raise' AND events.at >= %(since)s
ORDER BY events.id DESC
LIMIT 200;

-- name: warned
-- Open early warnings of the asset.
SELECT warnings.metric, warnings.reason_zh, warnings.reason_en
FROM warnings
WHERE warnings.asset_id = %(asset_id)s AND warnings.settled_at IS NULL
ORDER BY warnings.id DESC
LIMIT 20;

-- name: trend
-- The newest frames of the asset up to a time; columns and view come from the catalogue.
SELECT at, {columns}
FROM {view}
WHERE asset_id = %(asset_id)s AND at >= %(since)s AND at <= %(until)s
ORDER BY at DESC
LIMIT 720;

-- name: names
-- What organisations are called and how they are reached.
SELECT id, name_zh, name_en, phone
FROM organisations
WHERE id = ANY (%(ids)s::int[])
ORDER BY id
LIMIT 50;
