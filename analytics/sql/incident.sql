-- name: claim_work
-- Alarms that no incident has looked at since they were born, ended or hidden.
DELETE FROM fold_work
WHERE id IN (SELECT id FROM fold_work ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING alarm_id;

-- name: touched_incidents
-- Open incidents of alarms.
SELECT DISTINCT alarms.incident_id
FROM alarms
JOIN incidents ON incidents.id = alarms.incident_id AND incidents.closed_at IS NULL
WHERE alarms.id = ANY (%(alarms)s::bigint[])
ORDER BY alarms.incident_id;

-- name: candidates
-- Open alarms without an incident, with what they share with others. Each is read by its number: a
-- plan made while few were open reads all that are (tried: 4 ms with 700 open, for 50 of them).
SELECT
    own.id,
    own.asset_id,
    assets.class,
    own.event,
    own.alarm_group,
    own.is_life_safety,
    own.opened_at,
    CASE WHEN assets.code LIKE '@gw/%%' THEN ARRAY[substr(assets.code, 5)] ELSE '{}' END
    || ARRAY(
        SELECT bindings.gateway_id
        FROM bindings
        WHERE bindings.asset_id = own.asset_id AND bindings.valid_during @> %(now)s::timestamptz
    ),
    (
        SELECT places.path::text
        FROM places
        WHERE places.path @> own.place_path AND places.level = 'building'
    ),
    assets.zone
FROM unnest(%(alarms)s::bigint[]) AS named (id)
CROSS JOIN LATERAL (
    SELECT
        alarms.id, alarms.asset_id, alarms.event, alarms.alarm_group, alarms.is_life_safety,
        alarms.opened_at, alarms.place_path, alarms.closed_at, alarms.incident_id
    FROM alarms
    WHERE alarms.id = named.id
    OFFSET 0
) AS own
JOIN assets ON assets.id = own.asset_id
WHERE own.closed_at IS NULL AND own.incident_id IS NULL
ORDER BY own.id;

-- name: near
-- Open alarms without an incident in buildings or on gateways, opened since a time.
SELECT alarms.id
FROM alarms
WHERE alarms.closed_at IS NULL
    AND alarms.incident_id IS NULL
    AND alarms.opened_at >= %(since)s
    AND alarms.place_path <@ ANY (%(buildings)s::ltree[])
UNION
SELECT alarms.id
FROM bindings
JOIN alarms ON alarms.asset_id = bindings.asset_id
WHERE bindings.gateway_id = ANY (%(gateways)s::text[])
    AND bindings.valid_during @> %(now)s::timestamptz
    AND alarms.closed_at IS NULL
    AND alarms.incident_id IS NULL
    AND alarms.opened_at >= %(since)s
UNION
SELECT alarms.id
FROM assets
JOIN alarms ON alarms.asset_id = assets.id
WHERE assets.code = ANY (%(own_codes)s::text[])
    AND alarms.closed_at IS NULL
    AND alarms.incident_id IS NULL
    AND alarms.opened_at >= %(since)s
ORDER BY 1
LIMIT 5000;

-- name: open_incidents
-- Open incidents of scopes.
SELECT id, rule, scope
FROM incidents
WHERE closed_at IS NULL AND scope = ANY (%(scopes)s::text[])
ORDER BY id;

-- name: begin_incident
-- An incident begins; one of a rule and scope at a time.
INSERT INTO incidents (cause, cause_en, place_path, opened_at, rule, scope, head_id)
SELECT %(cause)s, %(cause_en)s, alarms.place_path, %(now)s, %(rule)s, %(scope)s, alarms.id
FROM alarms
WHERE alarms.id = %(head_id)s
ON CONFLICT DO NOTHING
RETURNING id;

-- name: lock_members
-- Alarms that join, locked in one order.
SELECT id
FROM alarms
WHERE id = ANY (%(alarms)s::bigint[]) AND closed_at IS NULL AND incident_id IS NULL
ORDER BY id
FOR UPDATE;

-- name: join
-- Alarms join an incident; those that fold stand behind its head.
UPDATE alarms
SET incident_id = %(incident_id)s,
    is_folded = %(folds)s::boolean AND NOT alarms.is_life_safety AND alarms.id <> incidents.head_id,
    version = alarms.version + 1
FROM incidents
WHERE alarms.id = ANY (%(alarms)s::bigint[]) AND incidents.id = %(incident_id)s
RETURNING alarms.id, alarms.state, alarms.version, alarms.place_path::text, alarms.is_folded;

-- name: lock_incident
-- One open incident, locked, and whether its head still stands on the desk.
SELECT incidents.rule, incidents.head_id, head.closed_at IS NULL
    AND head.state NOT IN ('shelved', 'suppressed', 'out_of_service')
FROM incidents
JOIN alarms AS head ON head.id = incidents.head_id
WHERE incidents.id = %(incident_id)s AND incidents.closed_at IS NULL
FOR UPDATE OF incidents;

-- name: next_head
-- The earliest alarm of an incident that stands on the desk and that nobody else holds; locked.
SELECT id
FROM alarms
WHERE incident_id = %(incident_id)s
    AND closed_at IS NULL
    AND state NOT IN ('shelved', 'suppressed', 'out_of_service')
ORDER BY opened_at, id
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: has_a_next_head
-- Any alarm of an incident that stands on the desk, whoever holds it.
SELECT id
FROM alarms
WHERE incident_id = %(incident_id)s
    AND closed_at IS NULL
    AND state NOT IN ('shelved', 'suppressed', 'out_of_service')
ORDER BY id
LIMIT 1;

-- name: look_again
-- Alarms that somebody else held, or whose incident had no free one: they are looked at again.
INSERT INTO fold_work (alarm_id)
SELECT named.id FROM unnest(%(alarms)s::bigint[]) AS named (id) ORDER BY named.id;

-- name: set_head
-- Another alarm stands for the incident.
UPDATE incidents SET head_id = %(head_id)s WHERE id = %(incident_id)s;

-- name: unfold
-- An alarm stands for itself again.
UPDATE alarms
SET is_folded = false, version = version + 1
WHERE id = %(alarm_id)s AND is_folded
RETURNING id, state, version, place_path::text, is_folded;

-- name: close_incident
-- An incident ends with its last alarm.
UPDATE incidents
SET closed_at = %(now)s
WHERE id = %(incident_id)s
    AND closed_at IS NULL
    AND NOT EXISTS (
        SELECT FROM alarms WHERE alarms.incident_id = %(incident_id)s AND alarms.closed_at IS NULL
    )
RETURNING id;

-- name: order_of_incident
-- The order that does the work of an incident: its head's, else the one that is open longest.
SELECT work_orders.id
FROM incidents
JOIN alarms ON alarms.incident_id = incidents.id
JOIN work_orders ON work_orders.alarm_id = alarms.id
WHERE incidents.id = %(incident_id)s
    AND work_orders.closed_at IS NULL
    AND NOT alarms.is_life_safety
ORDER BY alarms.id = incidents.head_id DESC, work_orders.id
LIMIT 1;

-- name: orders_behind
-- Orders of alarms that stand behind the head of an incident, on which nobody works yet.
SELECT work_orders.id
FROM alarms
JOIN work_orders ON work_orders.alarm_id = alarms.id
WHERE alarms.incident_id = %(incident_id)s
    AND alarms.is_folded
    AND work_orders.closed_at IS NULL
    AND work_orders.state IN ('proposed', 'dispatched', 'declined')
    AND work_orders.id <> %(survivor)s
ORDER BY work_orders.id;

-- name: without_work
-- Alarms that stand for themselves, whose line gives out work, and for which nobody has an order:
-- neither its own, nor one that goes on for it, nor that of its incident. Everything is read by its
-- number: a plan made while few were open reads all alarms and all orders that are.
SELECT own.id
FROM unnest(%(alarms)s::bigint[]) AS named (id)
CROSS JOIN LATERAL (
    SELECT
        alarms.id, alarms.duty_id, alarms.state, alarms.is_folded, alarms.is_life_safety,
        alarms.incident_id, alarms.closed_at
    FROM alarms
    WHERE alarms.id = named.id
    OFFSET 0
) AS own
JOIN duties ON duties.id = own.duty_id
WHERE own.closed_at IS NULL
    AND NOT own.is_folded
    AND own.state NOT IN ('shelved', 'suppressed', 'out_of_service')
    AND duties.opens_order
    AND NOT EXISTS (
        SELECT
        FROM work_orders
        LEFT JOIN work_orders AS survivor ON survivor.id = work_orders.merged_into
        WHERE work_orders.alarm_id = own.id
            AND (work_orders.state <> 'merged' OR survivor.closed_at IS NULL)
    )
    AND CASE
        WHEN own.is_life_safety OR own.incident_id IS NULL THEN true
        ELSE NOT EXISTS (
            SELECT
            FROM (
                SELECT alarms.id
                FROM incidents
                JOIN alarms ON alarms.incident_id = incidents.id
                WHERE incidents.id = own.incident_id
                    AND incidents.closed_at IS NULL
                    AND incidents.rule = ANY (%(folding)s::text[])
                    AND NOT alarms.is_life_safety
                OFFSET 0
            ) AS others
            JOIN work_orders ON work_orders.alarm_id = others.id
            WHERE work_orders.closed_at IS NULL
        )
    END
ORDER BY own.id;

-- name: is_any_open
-- Whether an incident of some rules is open.
SELECT EXISTS (SELECT FROM incidents WHERE closed_at IS NULL AND rule = ANY (%(folding)s::text[]));

-- name: underived
-- Open incidents that are an event of their own which nobody has said yet.
SELECT incidents.id, incidents.rule
FROM incidents
WHERE incidents.closed_at IS NULL
    AND incidents.rule = ANY (%(rules)s::text[])
    AND NOT EXISTS (
        SELECT
        FROM conditions
        WHERE conditions.condition = %(prefix)s || incidents.rule || ':' || incidents.id
    )
ORDER BY incidents.id
LIMIT 20;

-- name: bearer
-- The asset that carries what an incident itself is: the building's electrical monitor, else that of
-- its head; and whether a device there says the same already.
SELECT
    coalesce(monitor.id, assets.id),
    coalesce(monitor.class, assets.class),
    coalesce(monitor.path, head.place_path)::text,
    EXISTS (
        SELECT
        FROM alarms
        WHERE alarms.event = %(event)s
            AND alarms.closed_at IS NULL
            AND alarms.place_path <@ coalesce(building.path, head.place_path)
    )
FROM incidents
JOIN alarms AS head ON head.id = incidents.head_id
JOIN assets ON assets.id = head.asset_id
LEFT JOIN places AS building ON building.path @> head.place_path AND building.level = 'building'
LEFT JOIN LATERAL (
    SELECT meters.id, meters.class, places.path
    FROM assets AS meters
    JOIN places ON places.id = meters.place_id
    WHERE meters.class = 'electrical_monitor'
        AND meters.retired_at IS NULL
        AND places.path <@ building.path
    ORDER BY meters.id
    LIMIT 1
) AS monitor ON true
WHERE incidents.id = %(incident_id)s;

-- name: derived_over
-- What incidents have said that are over by now.
SELECT conditions.asset_id, assets.class, places.path::text, conditions.condition, incidents.rule
FROM conditions
JOIN incidents ON incidents.id = CASE
    WHEN starts_with(conditions.condition, %(prefix)s) THEN split_part(conditions.condition, ':', 3)::bigint
END
JOIN assets ON assets.id = conditions.asset_id
JOIN places ON places.id = assets.place_id
WHERE starts_with(conditions.condition, %(prefix)s)
    AND conditions.is_active
    AND incidents.closed_at IS NOT NULL
ORDER BY conditions.condition
LIMIT 20;
