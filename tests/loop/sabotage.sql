-- One fault for each invariant, of the same name: each must be seen.

-- name: order_of_nobody
-- An order without owner loses its clocks.
WITH orphan AS (
    UPDATE work_orders SET owner_id = NULL, state = 'proposed'
    WHERE id = (SELECT min(id) FROM work_orders WHERE closed_at IS NULL)
    RETURNING id
)
UPDATE clocks SET state = 'stopped' FROM orphan WHERE clocks.order_id = orphan.id;

-- name: order_under_way_without_owner
-- Somebody works for nobody.
UPDATE work_orders SET owner_id = NULL
WHERE id = (SELECT min(id) FROM work_orders WHERE state = 'dispatched');

-- name: order_lost_in_merging
-- An order merged into nothing.
UPDATE work_orders SET state = 'merged', closed_at = opened_at, merged_into = NULL
WHERE id = (SELECT min(id) FROM work_orders WHERE closed_at IS NULL);

-- name: order_in_wrong_hands
-- A technician of another firm has the order.
INSERT INTO order_assignments (order_id, technician, assigned_at, assigned_by)
SELECT work_orders.id, technicians.name, work_orders.opened_at, 'nobody'
FROM work_orders
JOIN technicians ON technicians.organisation_id <> work_orders.owner_id
WHERE work_orders.state = 'dispatched'
    AND NOT EXISTS (
        SELECT FROM order_assignments AS others
        WHERE others.order_id = work_orders.id AND others.ended_at IS NULL
    )
ORDER BY work_orders.id, technicians.name
LIMIT 1;

-- name: order_history_with_a_hole
-- An order stands where no step has brought it.
UPDATE work_orders SET version = version + 1 WHERE id = (SELECT min(id) FROM work_orders);

-- name: alarm_history_with_a_hole
-- An alarm stands where no step has brought it.
UPDATE alarms SET state = 'acknowledged'
WHERE id = (SELECT min(id) FROM alarms WHERE state = 'unacknowledged');

-- name: alarm_without_its_order
-- The order of an alarm was never opened.
UPDATE work_orders SET alarm_id = NULL
WHERE id = (
    SELECT min(work_orders.id) FROM work_orders
    JOIN alarms ON alarms.id = work_orders.alarm_id
    WHERE alarms.closed_at IS NULL AND alarms.state = 'unacknowledged' AND NOT alarms.is_folded
);

-- name: alarm_of_nobody
-- Nobody answers for an alarm, and nothing runs on it.
WITH orphan AS (
    UPDATE alarms SET responsible_id = NULL
    WHERE id = (SELECT min(id) FROM alarms WHERE state = 'unacknowledged' AND NOT is_folded)
    RETURNING id
), over AS (
    UPDATE work_orders SET alarm_id = NULL FROM orphan WHERE work_orders.alarm_id = orphan.id
)
UPDATE clocks SET state = 'stopped' FROM orphan WHERE clocks.alarm_id = orphan.id;

-- name: alarm_unseen_without_clock
-- A clock was stopped by nobody.
UPDATE clocks SET state = 'stopped'
WHERE kind = 'acknowledge' AND alarm_id = (
    SELECT min(id) FROM alarms WHERE state = 'unacknowledged' AND NOT is_folded
);

-- name: alarm_hidden_by_nothing
-- An alarm is hidden that no hold covers.
UPDATE alarms SET state = 'shelved'
WHERE id = (SELECT min(id) FROM alarms WHERE state = 'unacknowledged' AND NOT is_life_safety);

-- name: alarm_folded_behind_nothing
-- An alarm stands behind an incident that is none.
UPDATE alarms SET is_folded = true, incident_id = NULL
WHERE id = (SELECT min(id) FROM alarms WHERE closed_at IS NULL AND NOT is_life_safety);

-- name: life_safety_hidden
-- A fire is shelved.
UPDATE alarms SET state = 'shelved'
WHERE id = (SELECT min(id) FROM alarms WHERE alarm_group = 'fire' AND closed_at IS NULL);

-- name: life_safety_word_dropped
-- A word about fire leads to nothing.
INSERT INTO events (
    asset_id, place_path, gateway, stream, seq, position, event, condition, state, at, received_at, text
)
SELECT asset_id, place_path, gateway, stream, seq + 100000, position, event, condition, state, at, received_at, text
FROM events
WHERE event = 'fire_alarm' AND state = 'raise'
ORDER BY id
LIMIT 1;

-- name: life_safety_untold
-- The bureau has heard nothing of a fire.
UPDATE notices SET target = 'desk'
WHERE target = 'bureau' AND alarm_id = (SELECT min(id) FROM alarms WHERE alarm_group = 'fire');

-- name: drill_told_as_real
-- What was told as real is a drill.
UPDATE alarms SET is_drill = true
WHERE id = (SELECT min(id) FROM alarms WHERE alarm_group = 'fire');

-- name: fire_at_rest
-- A fire that nobody judged neither waits nor goes on.
WITH fire AS (
    SELECT min(id) AS id FROM alarms WHERE alarm_group = 'fire' AND closed_at IS NULL
), quiet AS (
    UPDATE notices SET kind = 'alarm.opened' FROM fire
    WHERE notices.alarm_id = fire.id AND notices.kind IN ('alarm.unanswered', 'alarm.corroborated')
)
UPDATE clocks SET state = 'stopped' FROM fire WHERE clocks.alarm_id = fire.id;

-- name: trapped_without_rescue
-- A rescue ended that nobody was fetched by.
UPDATE rescues SET stage = 'refuted', closed_at = opened_at, due_at = NULL
WHERE id = (SELECT min(id) FROM rescues WHERE closed_at IS NULL);

-- name: rescue_of_nobody
-- A rescue without a deadline.
UPDATE rescues SET due_at = NULL WHERE id = (SELECT min(id) FROM rescues WHERE closed_at IS NULL);

-- name: rescue_without_history
-- A rescue that says nothing of itself.
DELETE FROM rescue_facts WHERE rescue_id = (SELECT min(id) FROM rescues);

-- name: lift_runs_unchecked
-- A lift out of which people are being fetched carries no mark.
UPDATE conditions SET is_active = false
WHERE condition = 'lift_must_be_checked';

-- name: clock_of_the_dead
-- A clock runs on an order that is over.
UPDATE work_orders SET state = 'closed', closed_at = opened_at
WHERE id = (SELECT min(order_id) FROM clocks WHERE state = 'running');

-- name: hold_without_end
-- A hold whose clock was stopped.
INSERT INTO holds (kind, place_path, condition, reason, begun_at, begun_by, due_at)
SELECT 'shelved', path, 'fault', 'x', %(now)s, 'desk', %(now)s::timestamptz + interval '1 hour'
FROM places
WHERE code = 'garden';

-- name: left_with_the_former
-- A hand-over that left something behind.
INSERT INTO handovers (
    place_id, place_path, at, kind, from_id, to_id, reason, planned_at, planned_by, checklist_digest,
    unsigned_reason, state, done_at
)
SELECT
    places.id, places.path, %(now)s, 'company', alarms.responsible_id, NULL, 'x', %(now)s, 'x', '\x00',
    'x', 'done', %(now)s
FROM places
JOIN alarms ON alarms.place_path <@ places.path
WHERE places.code = 'garden' AND alarms.closed_at IS NULL AND alarms.responsible_id IS NOT NULL
ORDER BY alarms.id
LIMIT 1;

-- name: twice_open
-- The same alarm is open twice.
INSERT INTO alarms (
    asset_id, place_path, condition, event, alarm_group, severity, is_life_safety, state, raised_at,
    received_at, opened_at
)
SELECT
    asset_id, place_path, condition, event, alarm_group, severity, is_life_safety, state, raised_at,
    received_at, opened_at
FROM alarms
WHERE closed_at IS NULL
ORDER BY id
LIMIT 1;

-- name: twice_running
-- The same clock runs twice.
INSERT INTO clocks (kind, alarm_id, order_id, due_at, started_at)
SELECT kind, alarm_id, order_id, due_at, started_at
FROM clocks
WHERE state = 'running' AND alarm_id IS NOT NULL
ORDER BY id
LIMIT 1;

-- name: twice_told
-- The bureau hears of one fire twice.
INSERT INTO notices (
    alarm_id, place_path, organisation_id, target, kind, body, is_life_safety, created_at, next_at
)
SELECT
    alarm_id, place_path, organisation_id, target, kind, body, is_life_safety, created_at, next_at
FROM notices
WHERE target = 'bureau' AND kind = 'alarm.opened'
ORDER BY id
LIMIT 1;

-- name: twice_done
-- Two orders for the same fault.
INSERT INTO work_orders (number, alarm_id, asset_id, place_path, title, state, owner_id, opened_at, linked_at, cause)
SELECT number || 'x', alarms.id, work_orders.asset_id, work_orders.place_path, title, 'dispatched', owner_id,
    work_orders.opened_at, work_orders.opened_at, cause
FROM work_orders
JOIN alarms ON alarms.asset_id = work_orders.asset_id AND NOT alarms.is_life_safety
JOIN alarms AS own ON own.id = work_orders.alarm_id AND NOT own.is_life_safety
WHERE work_orders.state = 'dispatched'
ORDER BY work_orders.id
LIMIT 1;

-- name: twice_for_one_cause
-- A fault stands behind a fire's incident and has its own order.
WITH incident AS (
    INSERT INTO incidents (cause, place_path, opened_at, rule, scope, head_id)
    SELECT 'x', place_path, opened_at, 'building_power', 'x', id
    FROM alarms
    WHERE NOT is_life_safety
    ORDER BY id
    LIMIT 1
    RETURNING id, head_id
), head AS (
    UPDATE alarms SET incident_id = incident.id FROM incident WHERE alarms.id = incident.head_id
), behind AS (
    INSERT INTO alarms (
        asset_id, place_path, condition, event, alarm_group, severity, is_life_safety, state, raised_at,
        received_at, opened_at, incident_id, is_folded
    )
    SELECT
        asset_id, place_path, 'x', event, alarm_group, severity, false, state, raised_at, received_at,
        opened_at, incident.id, true
    FROM alarms
    JOIN incident ON incident.head_id = alarms.id
    RETURNING id, asset_id, place_path, opened_at
)
INSERT INTO work_orders (number, alarm_id, asset_id, place_path, title, state, owner_id, opened_at)
SELECT 'x', behind.id, behind.asset_id, behind.place_path, 'x', 'dispatched', organisations.id, behind.opened_at
FROM behind
JOIN organisations ON organisations.code = 'property';

-- name: settled_work_left
-- An event that nobody has taken up.
INSERT INTO event_work (event_id) SELECT min(id) FROM events;

-- name: settled_clock_due
-- A deadline that has passed.
UPDATE clocks SET due_at = %(now)s
WHERE id = (SELECT min(id) FROM clocks WHERE state = 'running');

-- name: settled_drill_left_over
-- What still alarms long after its drill.
WITH drill AS (
    INSERT INTO drills (
        kind, scope, subject, place_path, reason, length_s, proposed_by, proposed_at, approved_by,
        starts_at, ends_at
    )
    SELECT
        'drill', 'zone', 'x', path, 'x', 60, 'a', %(now)s, 'b', %(now)s::timestamptz - interval '2 hours',
        %(now)s::timestamptz - interval '1 hour'
    FROM places
    WHERE code = 'garden'
    RETURNING id
)
UPDATE alarms SET is_drill = true, drill_id = drill.id
FROM drill
WHERE alarms.id = (SELECT min(id) FROM alarms WHERE alarm_group = 'fire' AND closed_at IS NULL);
