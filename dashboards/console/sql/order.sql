-- name: order_lines
-- Work orders as a list shows them: open ones first, the oldest of them first; then the newest
-- closed. `owner_id` picks one organisation's (NULL: all); a page begins after a row (NULL: first).
WITH page AS (
    SELECT work_orders.id
    FROM work_orders
    WHERE (%(owner_id)s::int IS NULL OR work_orders.owner_id = %(owner_id)s)
        AND (%(is_open)s::boolean IS NULL OR (work_orders.closed_at IS NULL) = %(is_open)s)
        AND (%(after)s::bigint IS NULL OR work_orders.id < %(after)s)
    ORDER BY work_orders.id DESC
    LIMIT %(limit)s
)
{lines}
WHERE work_orders.id = ANY (ARRAY(SELECT page.id FROM page))
ORDER BY work_orders.id DESC
LIMIT %(limit)s;

-- name: order_by_id
-- One work order.
{lines}
WHERE work_orders.id = %(id)s;

-- name: lines
-- The columns of a work order, without its WHERE: filled into the queries above.
SELECT
    work_orders.id,
    work_orders.number,
    work_orders.version,
    work_orders.state,
    work_orders.title,
    work_orders.alarm_id,
    work_orders.assignee,
    work_orders.result,
    work_orders.opened_at,
    work_orders.accepted_at,
    work_orders.arrived_at,
    work_orders.restored_at,
    work_orders.verified_at,
    work_orders.closed_at,
    work_orders.owner_id,
    work_orders.place_path::text AS place_path,
    coalesce(owner.name_zh, '') AS owner_zh,
    coalesce(owner.name_en, '') AS owner_en,
    coalesce(owner.phone, '') AS owner_phone,
    assets.id AS asset_id,
    assets.code AS asset_code,
    assets.class AS asset_class,
    assets.name_zh AS asset_name_zh,
    assets.name_en AS asset_name_en,
    alarms.event,
    alarms.alarm_group,
    alarms.severity,
    alarms.is_life_safety,
    alarms.is_drill,
    alarms.raised_at,
    standing.names_zh AS place_names_zh,
    standing.names_en AS place_names_en,
    standing.address,
    standing.access_note,
    clock.kind AS clock_kind,
    clock.due_at AS clock_due_at
FROM work_orders
JOIN assets ON assets.id = work_orders.asset_id
LEFT JOIN organisations AS owner ON owner.id = work_orders.owner_id
LEFT JOIN alarms ON alarms.id = work_orders.alarm_id
CROSS JOIN LATERAL (
    SELECT
        coalesce(array_agg(above.name_zh ORDER BY nlevel(above.path)), '{}') AS names_zh,
        coalesce(
            array_agg(coalesce(nullif(above.name_en, ''), above.name_zh) ORDER BY nlevel(above.path)),
            '{}'
        ) AS names_en,
        coalesce(max(above.address) FILTER (WHERE above.level = 'compound'), '') AS address,
        coalesce(max(nullif(above.access_note, '')), '') AS access_note
    FROM places AS above
    WHERE above.path @> work_orders.place_path AND above.level IN ('compound', 'building', 'floor')
) AS standing
LEFT JOIN LATERAL (
    SELECT clocks.kind, clocks.due_at
    FROM clocks
    WHERE clocks.order_id = work_orders.id AND clocks.state = 'running'
    ORDER BY clocks.due_at
    LIMIT 1
) AS clock ON true;

-- name: order_steps
-- What happened to a work order, oldest first.
SELECT at, trigger, from_state, to_state, actor, note
FROM work_order_transitions
WHERE order_id = %(id)s
ORDER BY id
LIMIT 500;
