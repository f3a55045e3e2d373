-- name: be_the_sealer
-- One sealer at a time; another one goes away without waiting.
SELECT pg_try_advisory_xact_lock(hashtextextended('towerwatch.sealer', 0));

-- name: is_flooded
-- Whether more than so many events are undecided.
SELECT EXISTS (SELECT FROM event_work OFFSET %(events)s);

-- name: claim_work
-- Rows of the history that no seal covers yet and whose transaction has committed.
DELETE FROM seal_work
WHERE id IN (SELECT id FROM seal_work ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING id, source, row_key;

-- name: waiting
-- How many rows wait for a seal, counted up to 100,000.
SELECT count(*) FROM (SELECT FROM seal_work LIMIT 100000) AS waiting;

-- name: head
-- The newest seal.
SELECT number, sealed_at, previous, digest, row_count FROM seals ORDER BY number DESC LIMIT 1;

-- name: alarm_rows
-- Lines of the alarms' history.
SELECT
    id::text, digest, alarm_id, at, trigger, from_state, to_state, version, actor, actor_role, reason,
    event_id
FROM alarm_transitions
WHERE id = ANY (%(keys)s::bigint[])
ORDER BY alarm_transitions.id;

-- name: order_rows
-- Lines of the orders' history.
SELECT
    id::text, digest, order_id, at, trigger, from_state, to_state, version, actor, actor_role, note
FROM work_order_transitions
WHERE id = ANY (%(keys)s::bigint[])
ORDER BY work_order_transitions.id;

-- name: act_rows
-- Acts that have ended, with everything that was asked and answered.
SELECT
    id::text, NULL::bytea, created_at, actor, actor_role, array_to_string(scope, ','), organisation_id,
    kind, alarm_id, order_id, version, body::text, state, outcome, handled_at
FROM acts
WHERE id = ANY (%(keys)s::uuid[])
ORDER BY acts.id;

-- name: admin_rows
-- What administrators did.
SELECT id::text, NULL::bytea, at, actor, kind, subject, detail, array_to_string(scope, ',')
FROM admin_acts
WHERE id = ANY (%(keys)s::bigint[])
ORDER BY admin_acts.id;

-- name: add_seal
-- A seal.
INSERT INTO seals (number, sealed_at, row_count, previous, digest)
VALUES (%(number)s, %(sealed_at)s, %(row_count)s, %(previous)s, %(digest)s);

-- name: add_seal_rows
-- What a seal covers.
INSERT INTO seal_rows (seal, position, source, row_key, digest)
SELECT %(seal)s, new.position, new.source, new.row_key, decode(new.digest, 'hex')
FROM jsonb_to_recordset(%(rows)s::jsonb) AS new (
    position int, source text, row_key text, digest text
)
ORDER BY new.position;

-- name: seals_from
-- Seals from a number on, in their order.
SELECT number, sealed_at, row_count, previous, digest
FROM seals
WHERE number >= %(number)s
ORDER BY number
LIMIT %(limit)s;

-- name: rows_of_seals
-- What the seals of a span cover, in their order.
SELECT seal, position, source, row_key, digest
FROM seal_rows
WHERE seal BETWEEN %(first)s AND %(last)s
ORDER BY seal, position;

-- name: stray_rows
-- What a seal covers that does not exist.
SELECT seal_rows.seal, seal_rows.position
FROM seal_rows
LEFT JOIN seals ON seals.number = seal_rows.seal
WHERE seals.number IS NULL
ORDER BY seal_rows.seal, seal_rows.position
LIMIT 1000;

-- name: unsealed_alarm_rows
-- Lines of the alarms' history that no seal covers and that do not wait for one.
SELECT alarm_transitions.id::text
FROM alarm_transitions
WHERE NOT EXISTS (
        SELECT FROM seal_rows
        WHERE seal_rows.source = 'alarm' AND seal_rows.row_key = alarm_transitions.id::text
    )
    AND NOT EXISTS (
        SELECT FROM seal_work
        WHERE seal_work.source = 'alarm' AND seal_work.row_key = alarm_transitions.id::text
    )
ORDER BY alarm_transitions.id
LIMIT 1000;

-- name: unsealed_order_rows
-- Lines of the orders' history that no seal covers and that do not wait for one.
SELECT work_order_transitions.id::text
FROM work_order_transitions
WHERE NOT EXISTS (
        SELECT FROM seal_rows
        WHERE seal_rows.source = 'order' AND seal_rows.row_key = work_order_transitions.id::text
    )
    AND NOT EXISTS (
        SELECT FROM seal_work
        WHERE seal_work.source = 'order' AND seal_work.row_key = work_order_transitions.id::text
    )
ORDER BY work_order_transitions.id
LIMIT 1000;

-- name: unsealed_act_rows
-- Acts that have ended, that no seal covers and that do not wait for one.
SELECT acts.id::text
FROM acts
WHERE acts.state <> 'waiting'
    AND NOT EXISTS (
        SELECT FROM seal_rows WHERE seal_rows.source = 'act' AND seal_rows.row_key = acts.id::text
    )
    AND NOT EXISTS (
        SELECT FROM seal_work WHERE seal_work.source = 'act' AND seal_work.row_key = acts.id::text
    )
ORDER BY acts.id
LIMIT 1000;

-- name: unsealed_admin_rows
-- What administrators did that no seal covers and that does not wait for one.
SELECT admin_acts.id::text
FROM admin_acts
WHERE NOT EXISTS (
        SELECT FROM seal_rows
        WHERE seal_rows.source = 'admin' AND seal_rows.row_key = admin_acts.id::text
    )
    AND NOT EXISTS (
        SELECT FROM seal_work
        WHERE seal_work.source = 'admin' AND seal_work.row_key = admin_acts.id::text
    )
ORDER BY admin_acts.id
LIMIT 1000;

-- name: hold_still
-- One look at everything: the sealer and the history go on, and are not seen to.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
