-- name: alarm_facts
-- What people and machines are told about alarms: where, what, how to get in.
SELECT
    alarms.id,
    alarms.version,
    alarms.state,
    alarms.confirmation,
    alarms.event,
    alarms.condition,
    alarms.severity,
    alarms.is_life_safety,
    alarms.is_drill,
    alarms.text,
    alarms.raised_at,
    alarms.received_at,
    alarms.place_path::text,
    alarms.duty_id,
    alarms.responsible_id,
    assets.id,
    assets.code,
    assets.name_zh,
    assets.name_en,
    place.names,
    place.address,
    place.access_note,
    coalesce(drills.kind, ''),
    coalesce(drills.tells_bureau, false)
FROM alarms
JOIN assets ON assets.id = alarms.asset_id
LEFT JOIN drills ON drills.id = alarms.drill_id
CROSS JOIN LATERAL (
    SELECT
        coalesce(string_agg(places.name_zh, ' ' ORDER BY above.level), '') AS names,
        coalesce(max(places.address) FILTER (WHERE places.level = 'compound'), '') AS address,
        coalesce(max(places.access_note) FILTER (WHERE places.level = 'compound'), '') AS access_note
    FROM generate_series(1, nlevel(alarms.place_path)) AS above (level)
    -- Each place is found by its path: who expects a thousand levels reads all places instead.
    CROSS JOIN LATERAL (
        SELECT found.name_zh, found.address, found.access_note, found.level
        FROM places AS found
        WHERE found.path = subpath(alarms.place_path, 0, above.level)
        OFFSET 0
    ) AS places
    WHERE places.level IN ('compound', 'building', 'floor')
) AS place
WHERE alarms.id = ANY (%(alarms)s::bigint[])
ORDER BY alarms.id;

-- name: next_order_numbers
-- The running parts of so many orders' numbers.
SELECT nextval('work_order_numbers') FROM generate_series(1, %(count)s);

-- name: open_orders
-- Work orders of alarms; the index refuses a second open one of an alarm.
INSERT INTO work_orders (
    number, alarm_id, asset_id, place_path, duty_id, title, state, owner_id, opened_at
)
SELECT
    new.number, new.alarm_id, new.asset_id, new.place_path::ltree, new.duty_id, new.title, new.state,
    new.owner_id, new.opened_at
FROM ROWS FROM (
    jsonb_to_recordset(%(rows)s::jsonb) AS (
        number text, alarm_id bigint, asset_id int, place_path text, duty_id int, title text,
        state text, owner_id int, opened_at timestamptz
    )
) WITH ORDINALITY AS new
ORDER BY new.ordinality
RETURNING id, alarm_id;

-- name: lock_orders
-- Some orders, locked in one order so that two who lock never wait for each other.
SELECT
    id, state, title, opened_at, owner_id, assignee, alarm_id, accepted_at, arrived_at, restored_at,
    verified_at, closed_at, result, version, place_path::text, asset_id, duty_id
FROM work_orders
WHERE id = ANY (%(orders)s::bigint[])
ORDER BY id
FOR UPDATE;

-- name: lock_alarm_of_order
-- The alarm that an order is about, locked before the order is.
SELECT alarms.id
FROM work_orders
JOIN alarms ON alarms.id = work_orders.alarm_id
WHERE work_orders.id = %(order_id)s
FOR UPDATE OF alarms;

-- name: open_order_of
-- The open order of an alarm.
SELECT id FROM work_orders WHERE alarm_id = %(alarm_id)s AND closed_at IS NULL;

-- name: save_orders
-- Orders as they are now.
UPDATE work_orders
SET state = new.state,
    owner_id = new.owner_id,
    assignee = new.assignee,
    accepted_at = new.accepted_at,
    arrived_at = new.arrived_at,
    restored_at = new.restored_at,
    verified_at = new.verified_at,
    closed_at = new.closed_at,
    result = new.result,
    version = new.version
FROM jsonb_to_recordset(%(rows)s::jsonb) AS new (
    id bigint, state text, owner_id bigint, assignee text, accepted_at timestamptz,
    arrived_at timestamptz, restored_at timestamptz, verified_at timestamptz,
    closed_at timestamptz, result text, version integer
)
WHERE work_orders.id = new.id;

-- name: add_order_transitions
-- Lines of the orders' history, in their order.
INSERT INTO work_order_transitions (
    order_id, at, trigger, from_state, to_state, version, actor, actor_role, note, digest
)
SELECT
    new.order_id, new.at, new.trigger, new.from_state, new.to_state, new.version, new.actor,
    new.actor_role, new.note, decode(new.digest, 'hex')
FROM ROWS FROM (
    jsonb_to_recordset(%(rows)s::jsonb) AS (
        order_id bigint, at timestamptz, trigger text, from_state text, to_state text, version int,
        actor text, actor_role text, note text, digest text
    )
) WITH ORDINALITY AS new
ORDER BY new.ordinality;

-- name: start_clocks
-- Clocks begin to run; one of its kind that runs already goes on.
INSERT INTO clocks (kind, alarm_id, order_id, step, due_at, started_at)
SELECT new.kind, new.alarm_id, new.order_id, new.step, new.due_at, new.started_at
FROM ROWS FROM (
    jsonb_to_recordset(%(rows)s::jsonb) AS (
        kind text, alarm_id bigint, order_id bigint, step int, due_at timestamptz,
        started_at timestamptz
    )
) WITH ORDINALITY AS new
ORDER BY new.ordinality
ON CONFLICT DO NOTHING;

-- name: start_first_clocks
-- The same where none can run yet: a row costs a third less without the search for one.
INSERT INTO clocks (kind, alarm_id, order_id, step, due_at, started_at)
SELECT new.kind, new.alarm_id, new.order_id, new.step, new.due_at, new.started_at
FROM ROWS FROM (
    jsonb_to_recordset(%(rows)s::jsonb) AS (
        kind text, alarm_id bigint, order_id bigint, step int, due_at timestamptz,
        started_at timestamptz
    )
) WITH ORDINALITY AS new
ORDER BY new.ordinality;

-- name: stop_clocks
-- Running clocks of alarms or orders end; of two words on one clock the first holds.
WITH stops AS (
    SELECT named.alarm_id, named.order_id, named.kinds, named.state, named.ordinality
    FROM ROWS FROM (
        jsonb_to_recordset(%(rows)s::jsonb) AS (
            alarm_id bigint, order_id bigint, kinds text[], state text
        )
    ) WITH ORDINALITY AS named
),
ending AS (
    SELECT clocks.id, stops.state, stops.ordinality
    FROM stops
    JOIN clocks ON clocks.alarm_id = stops.alarm_id
    WHERE clocks.state = 'running' AND clocks.kind = ANY (stops.kinds)
    UNION ALL
    SELECT clocks.id, stops.state, stops.ordinality
    FROM stops
    JOIN clocks ON clocks.order_id = stops.order_id
    WHERE clocks.state = 'running' AND clocks.kind = ANY (stops.kinds)
),
first_word AS (
    SELECT DISTINCT ON (id) id, state FROM ending ORDER BY id, ordinality
)
UPDATE clocks
SET state = first_word.state, ended_at = %(now)s
FROM first_word
WHERE clocks.id = first_word.id AND clocks.state = 'running';

-- name: look_due
-- Clocks that are due, the longest overdue first, and locked by nobody yet: what a clock is about is
-- locked before the clock.
SELECT id, kind, alarm_id, order_id, step, due_at, started_at
FROM clocks
WHERE state = 'running' AND due_at <= %(now)s AND NOT id = ANY (%(set_aside)s::bigint[])
ORDER BY due_at, id
LIMIT %(limit)s;

-- name: claim_clock_of_alarm
-- A due clock with its alarm, unless somebody holds either.
SELECT clocks.id
FROM clocks
JOIN alarms ON alarms.id = clocks.alarm_id
WHERE clocks.id = %(id)s AND clocks.state = 'running' AND clocks.due_at <= %(now)s
FOR UPDATE OF alarms, clocks SKIP LOCKED;

-- name: claim_clock_of_order
-- A due clock with its order, unless somebody holds either.
SELECT clocks.id
FROM clocks
JOIN work_orders ON work_orders.id = clocks.order_id
WHERE clocks.id = %(id)s AND clocks.state = 'running' AND clocks.due_at <= %(now)s
FOR UPDATE OF work_orders, clocks SKIP LOCKED;

-- name: claim_clock_of_hold
-- A due clock with its hold, unless somebody holds either.
SELECT clocks.id
FROM clocks
JOIN holds ON holds.id = clocks.hold_id
WHERE clocks.id = %(id)s AND clocks.state = 'running' AND clocks.due_at <= %(now)s
FOR UPDATE OF holds, clocks SKIP LOCKED;

-- name: claim_clock_of_condition
-- A due on-delay with its condition, unless somebody holds either.
SELECT clocks.id
FROM clocks
JOIN conditions
    ON conditions.asset_id = clocks.asset_id AND conditions.condition = clocks.condition
WHERE clocks.id = %(id)s AND clocks.state = 'running' AND clocks.due_at <= %(now)s
FOR UPDATE OF conditions, clocks SKIP LOCKED;

-- name: restart_clocks
-- Clocks that began later than now: the platform's clock was set back since. They begin anew, so that
-- none of them waits until the same hour comes round again.
UPDATE clocks
SET due_at = %(now)s + (due_at - started_at), started_at = %(now)s
WHERE id = ANY (ARRAY(
    SELECT ahead.id FROM clocks AS ahead
    WHERE ahead.state = 'running' AND ahead.started_at > %(now)s
    ORDER BY ahead.id
    FOR UPDATE SKIP LOCKED
))
RETURNING id;

-- name: are_clocks_ahead
-- Whether one of them is left.
SELECT EXISTS (SELECT FROM clocks WHERE state = 'running' AND started_at > %(now)s);

-- name: miss_clock
-- A clock is over and was not kept.
UPDATE clocks SET state = %(state)s, ended_at = %(now)s WHERE id = %(id)s;

-- name: add_notices
-- What somebody is told, and the work of spreading it to people; what the console shows is
-- delivered by being there.
WITH added AS (
    INSERT INTO notices (
        alarm_id, order_id, place_path, organisation_id, target, kind, body, is_life_safety,
        created_at, state, next_at, delivered_at
    )
    SELECT
        new.alarm_id, new.order_id, new.place_path::ltree, new.organisation_id, new.target, new.kind,
        new.body, new.is_life_safety, new.created_at, new.state, new.created_at, new.delivered_at
    FROM ROWS FROM (
        jsonb_to_recordset(%(rows)s::jsonb) AS (
            alarm_id bigint, order_id bigint, place_path text, organisation_id int, target text,
            kind text, body jsonb, is_life_safety boolean, created_at timestamptz, state text,
            delivered_at timestamptz
        )
    ) WITH ORDINALITY AS new
    ORDER BY new.ordinality
    RETURNING id
)
INSERT INTO notice_work (notice_id) SELECT added.id FROM added;

-- name: lock_alarm
-- One alarm, locked, with what decides what may be done to it.
SELECT
    id, state, raised_at, received_at, opened_at, text, returned_at, acknowledged_at,
    acknowledged_by, closed_at, raises, version, event, place_path::text, confirmation, duty_id,
    asset_id, condition
FROM alarms
WHERE id = %(alarm_id)s
FOR UPDATE;

-- name: lock_free
-- Those of some alarms that nobody else holds, locked, for whoever may wait for none of them.
SELECT id FROM alarms WHERE id = ANY (%(alarms)s::bigint[]) ORDER BY id FOR UPDATE SKIP LOCKED;

-- name: set_confirmation
-- Whether an alarm is real; set by a person, or unanswered by a clock.
UPDATE alarms
SET confirmation = %(confirmation)s, version = %(version)s
WHERE id = %(alarm_id)s;

-- name: is_condition_active
-- The newest word on an alarm's condition.
SELECT is_active FROM conditions WHERE asset_id = %(asset_id)s AND condition = %(condition)s;

-- name: last_person
-- The last move of an alarm by a person after a version.
SELECT actor, trigger, at
FROM alarm_transitions
WHERE alarm_id = %(alarm_id)s AND version > %(version)s AND actor_role NOT IN ('device', 'platform')
ORDER BY id DESC
LIMIT 1;

-- name: last_order_move
-- The last move of an order.
SELECT actor, trigger, at
FROM work_order_transitions
WHERE order_id = %(order_id)s
ORDER BY id DESC
LIMIT 1;

-- name: unconfirm
-- An alarm that was raised again has to be looked at again.
UPDATE alarms
SET confirmation = 'unconfirmed', cause_code = NULL, went_on_at = NULL, corroborated_at = NULL
WHERE id = ANY (%(alarms)s::bigint[]);
