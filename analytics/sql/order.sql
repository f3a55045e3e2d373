-- name: order_facts
-- What there is to tell about orders, whether an alarm stands behind them or not.
SELECT
    work_orders.id,
    work_orders.number,
    work_orders.version,
    work_orders.state,
    work_orders.source,
    work_orders.cause,
    work_orders.title,
    work_orders.detail,
    work_orders.place_path::text,
    work_orders.owner_id,
    work_orders.duty_id,
    work_orders.opened_at,
    work_orders.alarm_id,
    coalesce(alarms.is_life_safety, false),
    coalesce(alarms.is_drill, false),
    assets.id,
    coalesce(assets.code, ''),
    coalesce(assets.class, ''),
    coalesce(assets.name_zh, ''),
    coalesce(assets.name_en, ''),
    (
        SELECT coalesce(string_agg(places.name_zh, ' ' ORDER BY nlevel(places.path)), '')
        FROM places
        WHERE places.path @> work_orders.place_path AND places.level IN ('compound', 'building', 'floor')
    ),
    coalesce(compound.address, ''),
    coalesce(compound.access_note, '')
FROM work_orders
LEFT JOIN alarms ON alarms.id = work_orders.alarm_id
LEFT JOIN assets ON assets.id = work_orders.asset_id
LEFT JOIN places AS compound ON compound.path @> work_orders.place_path AND compound.level = 'compound'
WHERE work_orders.id = ANY (%(orders)s::bigint[])
ORDER BY work_orders.id;

-- name: tell
-- Somebody at a console is told about an order, delivered by being there; people on the telephone
-- hear of it where they are to do something.
WITH added AS (
    INSERT INTO notices (
        alarm_id, order_id, place_path, organisation_id, target, kind, body, is_life_safety, created_at,
        state, next_at, delivered_at
    )
    VALUES (
        %(alarm_id)s, %(order_id)s, %(place_path)s::ltree, %(organisation_id)s, 'desk', %(kind)s,
        %(body)s::jsonb, %(is_life_safety)s, %(now)s, 'delivered', %(now)s, %(now)s
    )
    RETURNING id
)
INSERT INTO notice_work (notice_id) SELECT added.id FROM added WHERE %(is_for_people)s;

-- name: open_order
-- An order that no alarm opened; the key lets the same thing open one only.
INSERT INTO work_orders (
    number, asset_id, place_path, duty_id, title, detail, state, owner_id, opened_at, source,
    source_key, cause, parent_id
)
SELECT
    to_char(%(now)s::timestamptz AT TIME ZONE 'UTC', 'YYYYMMDD') || '-'
    || lpad(nextval('work_order_numbers')::text, 6, '0'),
    %(asset_id)s, %(place_path)s::ltree, %(duty_id)s, %(title)s, %(detail)s, %(state)s, %(owner_id)s,
    %(now)s, %(source)s, %(source_key)s, %(cause)s, %(parent_id)s
ON CONFLICT (source_key) DO NOTHING
RETURNING id;

-- name: order_of_key
-- The order that the same thing opened before.
SELECT id FROM work_orders WHERE source_key = %(source_key)s;

-- name: unlinked
-- Orders that were not yet compared with those before them, oldest first.
SELECT id FROM work_orders WHERE linked_at IS NULL ORDER BY id LIMIT %(limit)s;

-- name: cause_of
-- What an order is about; one that an alarm opened takes the alarm's condition.
SELECT
    work_orders.asset_id,
    coalesce(nullif(work_orders.cause, ''), alarms.condition, '') AS cause,
    work_orders.opened_at,
    coalesce(alarms.is_life_safety, false),
    coalesce(alarms.is_drill, false),
    work_orders.source
FROM work_orders
LEFT JOIN alarms ON alarms.id = work_orders.alarm_id
WHERE work_orders.id = %(order_id)s;

-- name: set_cause
-- An order was compared with those before it.
UPDATE work_orders SET cause = %(cause)s, linked_at = %(now)s WHERE id = %(order_id)s;

-- name: formers
-- Orders on the same asset and cause beside one: those before it, and those compared already.
SELECT work_orders.id, work_orders.state, work_orders.opened_at, work_orders.restored_at, coalesce(alarms.is_drill, false)
FROM work_orders
LEFT JOIN alarms ON alarms.id = work_orders.alarm_id
WHERE work_orders.asset_id = %(asset_id)s AND work_orders.cause = %(cause)s AND work_orders.id <> %(order_id)s
    AND (work_orders.id < %(order_id)s OR work_orders.linked_at IS NOT NULL)
ORDER BY work_orders.id DESC
LIMIT 50;

-- name: set_merged
-- The order that does the work of merged ones.
UPDATE work_orders SET merged_into = %(survivor)s WHERE id = ANY (%(orders)s::bigint[]);

-- name: set_repeat
-- An order came back to what a former one had said to be fixed.
UPDATE work_orders SET repeat_of = %(former)s WHERE id = %(order_id)s;

-- name: set_not_fixed
-- The former order counts as not fixed from its first repeat on.
UPDATE work_orders SET not_fixed_at = %(now)s WHERE id = %(former)s AND not_fixed_at IS NULL;

-- name: had_order
-- Organisations that were given an order before.
SELECT DISTINCT organisation_id
FROM notices
WHERE order_id = %(order_id)s AND kind IN ('order.dispatched', 'order.opened') AND organisation_id IS NOT NULL;

-- name: ownerless
-- Open orders that nobody owns and on which no clock runs; there should be none.
SELECT work_orders.id
FROM work_orders
WHERE work_orders.closed_at IS NULL AND work_orders.owner_id IS NULL
    AND NOT EXISTS (
        SELECT FROM clocks WHERE clocks.order_id = work_orders.id AND clocks.state = 'running'
    )
ORDER BY work_orders.id
LIMIT %(limit)s;
