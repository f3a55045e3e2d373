-- name: plans
-- Plans that have not ended, of assets that are there and of places that are not closed.
SELECT
    plans.id,
    plans.kind,
    plans.every,
    plans.starts_on,
    coalesce(place.path, of_asset.path)::text,
    plans.asset_id,
    coalesce(assets.name_zh, place.name_zh, '')
FROM plans
LEFT JOIN assets ON assets.id = plans.asset_id
LEFT JOIN places AS of_asset ON of_asset.id = assets.place_id
LEFT JOIN places AS place ON place.id = plans.place_id
WHERE plans.ended_at IS NULL AND assets.retired_at IS NULL AND place.closed_at IS NULL
ORDER BY plans.id;

-- name: planned
-- The newest turn of each plan that is planned already.
SELECT plans.id, newest.number
FROM plans
CROSS JOIN LATERAL (
    SELECT plan_periods.number
    FROM plan_periods
    WHERE plan_periods.plan_id = plans.id
    ORDER BY plan_periods.number DESC
    LIMIT 1
) AS newest
WHERE plans.ended_at IS NULL
ORDER BY plans.id;

-- name: take_turn
-- A turn is planned, by whoever comes first.
INSERT INTO plan_periods (plan_id, number, class, begins_on, due_at, evidence, done_at)
VALUES (%(plan_id)s, %(number)s, %(class)s, %(begins_on)s, %(due_at)s, %(evidence)s, %(done_at)s)
ON CONFLICT DO NOTHING;

-- name: set_order
-- The order that a turn has opened.
UPDATE plan_periods SET order_id = %(order_id)s WHERE plan_id = %(plan_id)s AND number = %(number)s;

-- name: test_call
-- The first test call of a lift's alarm system since a time.
SELECT events.at
FROM events
WHERE events.asset_id = %(asset_id)s AND events.event = 'alarm_test_call' AND events.at >= %(since)s
ORDER BY events.id
LIMIT 1;

-- name: begin_lift_plans
-- Maintenance and test calls of every lift below a place that has no such plan.
INSERT INTO plans (kind, asset_id, every, starts_on)
SELECT given.kind, assets.id, given.every, %(starts_on)s
FROM assets
JOIN places ON places.id = assets.place_id
CROSS JOIN (
    VALUES ('lift_maintenance', 'half_month'), ('alarm_test_call', 'three_days')
) AS given (kind, every)
WHERE assets.class = 'lift' AND assets.retired_at IS NULL AND NOT assets.is_placeholder
    AND places.path <@ %(path)s::ltree
    AND NOT EXISTS (
        SELECT FROM plans
        WHERE plans.asset_id = assets.id AND plans.kind = given.kind AND plans.ended_at IS NULL
    )
ORDER BY assets.id, given.kind;

-- name: begin_round_plans
-- Fire rounds of every compound below a place that has none of that rhythm.
INSERT INTO plans (kind, place_id, every, starts_on)
SELECT 'fire_round', places.id, given.every, %(starts_on)s
FROM places
CROSS JOIN unnest(%(rhythms)s::text[]) AS given (every)
WHERE places.level = 'compound' AND places.closed_at IS NULL AND places.path <@ %(path)s::ltree
    AND NOT EXISTS (
        SELECT FROM plans
        WHERE plans.place_id = places.id AND plans.kind = 'fire_round'
            AND plans.every = given.every AND plans.ended_at IS NULL
    )
ORDER BY places.id, given.every;

-- name: path_of
-- The path of a place.
SELECT path::text FROM places WHERE code = %(code)s;

-- name: overdue
-- Turns that are due and not done, the longest overdue first.
SELECT plans.kind, coalesce(assets.code, places.code), plan_periods.due_at, coalesce(work_orders.number, '')
FROM plan_periods
JOIN plans ON plans.id = plan_periods.plan_id
LEFT JOIN assets ON assets.id = plans.asset_id
LEFT JOIN places ON places.id = plans.place_id
LEFT JOIN work_orders ON work_orders.id = plan_periods.order_id
WHERE plan_periods.due_at <= %(now)s AND plan_periods.done_at IS NULL AND work_orders.restored_at IS NULL
ORDER BY plan_periods.due_at, plan_periods.plan_id
LIMIT 500;
