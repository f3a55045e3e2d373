-- name: places
-- A city down to its compounds, a building in each.
INSERT INTO places (code, path, level, name_zh)
SELECT given.code, given.path::ltree, given.level, given.code
FROM (VALUES
    ('city', 'city', 'city'),
    ('dist', 'city.dist', 'district'),
    ('str', 'city.dist.str', 'street'),
    ('comm', 'city.dist.str.comm', 'community')
) AS given (code, path, level)
UNION ALL
SELECT 'c' || n, ('city.dist.str.comm.c' || n)::ltree, 'compound', 'c' || n
FROM generate_series(0, %(compounds)s - 1) AS n
UNION ALL
SELECT 'b' || n, ('city.dist.str.comm.c' || n || '.b' || n)::ltree, 'building', 'b' || n
FROM generate_series(0, %(compounds)s - 1) AS n;

-- name: organisations
-- Who answers, as the default matrix names them.
INSERT INTO organisations (code, kind, name_zh, place_id) VALUES
    ('property', 'property_company', '物业', NULL),
    ('lift_firm', 'maintenance_firm', '电梯维保', NULL),
    ('fire_firm', 'fire_maintenance_firm', '消防维保', NULL),
    ('community', 'community', '居委会', (SELECT id FROM places WHERE code = 'comm')),
    ('street', 'street', '街道办', (SELECT id FROM places WHERE code = 'str')),
    ('bureau', 'bureau', '应急管理局', (SELECT id FROM places WHERE code = 'city'));

-- name: managements
-- One company runs every compound.
INSERT INTO managements (place_id, kind, organisation_id, valid_during)
SELECT places.id, 'company', organisations.id, '[2020-01-01,)'
FROM places CROSS JOIN organisations
WHERE places.level = 'compound' AND organisations.code = 'property';

-- name: gateways
-- A gateway in each compound.
INSERT INTO gateways (id, place_id)
SELECT 'gw-grow-' || substr(code, 2), id FROM places WHERE level = 'compound';

-- name: assets
-- Two lifts, a detector and an electrical monitor in each building: a fire has no second witness, so that
-- what follows from it does not hang on when its words are read.
INSERT INTO assets (code, class, place_id, name_zh, maintainer_id)
SELECT
    'gw-grow-' || substr(places.code, 2) || '.' || given.code,
    given.class,
    places.id,
    given.code,
    organisations.id
FROM places
CROSS JOIN (VALUES
    ('L-1', 'lift', 'lift_firm'), ('L-2', 'lift', 'lift_firm'),
    ('D-1', 'detector', 'fire_firm'), ('E-1', 'electrical_monitor', 'fire_firm')
) AS given (code, class, firm)
JOIN organisations ON organisations.code = given.firm
WHERE places.level = 'building';

-- name: bindings
-- Each asset under its own code at its own gateway.
INSERT INTO bindings (gateway_id, code, asset_id, valid_during)
SELECT split_part(code, '.', 1), split_part(code, '.', 2), id, '[2020-01-01Z,)'
FROM assets
WHERE NOT is_placeholder;

-- name: samples
-- Every frame of the lifts.
SELECT assets.code, (extract(epoch FROM lift_samples.at) * 1000)::bigint, lift_samples.speed
FROM lift_samples
JOIN assets ON assets.id = lift_samples.asset_id
ORDER BY assets.code, lift_samples.at;

-- name: events
-- What devices said, without what the platform noticed itself.
SELECT
    assets.code, events.event, events.state, (extract(epoch FROM events.at) * 1000)::bigint,
    events.gateway, events.seq
FROM events
JOIN assets ON assets.id = events.asset_id
WHERE events.code_system <> 'platform' AND assets.class <> 'gateway'
ORDER BY events.gateway, events.seq, events.position;

-- name: alarms
-- Alarms with the history that devices made, without numbers, the platform's times and its clocks' steps.
SELECT
    assets.code, alarms.condition, alarms.event, alarms.severity, alarms.state, alarms.raised_at,
    alarms.raises, organisations.code, (alarms.incident_id IS NOT NULL),
    (
        SELECT string_agg(
            line.trigger || ':' || line.from_state || '>' || line.to_state,
            ' ' ORDER BY line.id
        )
        FROM alarm_transitions AS line
        WHERE line.alarm_id = alarms.id AND line.actor_role = 'device'
    ) AS history
FROM alarms
JOIN assets ON assets.id = alarms.asset_id
LEFT JOIN organisations ON organisations.id = alarms.responsible_id
WHERE assets.class <> 'gateway'
ORDER BY assets.code, alarms.condition, alarms.raised_at, alarms.id;

-- name: orders
-- Work orders by what they are for.
SELECT
    assets.code, alarms.condition, alarms.raised_at, work_orders.title, work_orders.state,
    organisations.code
FROM work_orders
JOIN assets ON assets.id = work_orders.asset_id
LEFT JOIN alarms ON alarms.id = work_orders.alarm_id
LEFT JOIN organisations ON organisations.id = work_orders.owner_id
WHERE assets.class <> 'gateway'
ORDER BY assets.code, alarms.condition, alarms.raised_at, work_orders.title;

-- name: clocks
-- First clocks of alarms and orders: what was begun, for how long, and whether a device ended it.
-- A test that takes longer than a clock finds it missed; that is no difference.
SELECT
    assets.code, alarms.condition, alarms.raised_at, clocks.kind, clocks.order_id IS NOT NULL,
    clocks.state IN ('kept', 'stopped'), clocks.due_at - clocks.started_at
FROM clocks
LEFT JOIN work_orders ON work_orders.id = clocks.order_id
JOIN alarms ON alarms.id = coalesce(clocks.alarm_id, work_orders.alarm_id)
JOIN assets ON assets.id = alarms.asset_id
WHERE clocks.step = 0 AND assets.class <> 'gateway'
ORDER BY assets.code, alarms.condition, alarms.raised_at, clocks.kind, clocks.due_at - clocks.started_at;

-- name: notices
-- Who is told that something began or ended.
SELECT assets.code, alarms.condition, alarms.raised_at, notices.kind, notices.target, count(*)
FROM notices
JOIN alarms ON alarms.id = notices.alarm_id
JOIN assets ON assets.id = alarms.asset_id
WHERE assets.class <> 'gateway' AND notices.kind IN ('alarm.opened', 'alarm.closed', 'order.dispatched')
GROUP BY assets.code, alarms.condition, alarms.raised_at, notices.kind, notices.target
ORDER BY assets.code, alarms.condition, alarms.raised_at, notices.kind, notices.target;

-- name: waiting
-- What no process has taken up yet.
SELECT (SELECT count(*) FROM event_work) + (SELECT count(*) FROM fold_work);

-- name: alarm_holders
-- Which worker holds how many slices of places.
SELECT worker, count(*) FROM alarm_leases GROUP BY worker ORDER BY worker;

-- name: shard_holders
-- Which data worker holds how many shards.
SELECT worker, count(*) FROM shard_leases GROUP BY worker ORDER BY worker;

-- name: ledger
-- What the books say of all gateways: messages stored, quarantined, shed, missing.
SELECT
    coalesce(sum(stored), 0)::bigint, coalesce(sum(quarantined), 0)::bigint,
    coalesce(sum(shed_messages), 0)::bigint, coalesce(sum(missing), 0)::bigint
FROM ledgers;

-- name: same_events
-- The events of another platform, in their order, before this one's alarm process.
WITH came AS (
    INSERT INTO events (
        asset_id, place_path, gateway, stream, age, seq, position, event, condition, state, at,
        device_ms, received_at, code_system, code, text, raw, flags
    )
    SELECT
        assets.id, given.place_path::ltree, given.gateway, given.stream, given.age, given.seq,
        given.position, given.event, given.condition, given.state, given.at, given.device_ms,
        given.received_at, given.code_system, given.code, given.text, given.raw, given.flags
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS given (
        id bigint, asset text, place_path text, gateway text, stream bigint, age bigint, seq bigint,
        position smallint, event text, condition text, state text, at timestamptz, device_ms bigint,
        received_at timestamptz, code_system text, code text, text text, raw text, flags text[]
    )
    JOIN assets ON assets.code = given.asset
    ORDER BY given.id
    RETURNING id, event, place_path
)
INSERT INTO event_work (event_id, is_life_safety, slice)
SELECT id, event = ANY (%(life_safety)s::text[]), place_slice(place_path) FROM came;

-- name: all_events
-- Every event of a device, as a document.
SELECT coalesce(jsonb_agg(to_jsonb(said) ORDER BY said.id), '[]')
FROM (
    SELECT events.*, assets.code AS asset
    FROM events
    JOIN assets ON assets.id = events.asset_id
    WHERE assets.class <> 'gateway'
) AS said;

-- name: online
-- Lanes of gateways whose newest heartbeat says that they are there.
SELECT count(*) FROM gateway_states WHERE is_online AND gateway LIKE 'gw-grow-%';

-- name: silences
-- Gateways of which it was ever said that they are silent.
SELECT count(*) FROM events WHERE event = 'gateway_silent' AND gateway LIKE 'gw-grow-%';
