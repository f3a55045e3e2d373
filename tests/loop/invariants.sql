-- What must hold in the closed loop. A row that comes back is a fault: its number and a word on it.
-- Blocks whose name begins with `settled_` hold when the processes have gone round until nothing
-- is left to do; all others hold at every moment. `twice_` counts as a duplicate.

-- name: order_of_nobody
-- An open order has an owner, or a clock that runs until it has one.
SELECT id, state
FROM work_orders
WHERE closed_at IS NULL AND owner_id IS NULL AND NOT EXISTS (
    SELECT FROM clocks WHERE clocks.order_id = work_orders.id AND clocks.state = 'running'
);

-- name: order_under_way_without_owner
-- Nobody works on an order that is nobody's.
SELECT id, state
FROM work_orders
WHERE owner_id IS NULL AND state IN ('dispatched', 'accepted', 'on_site', 'restored', 'verified');

-- name: order_lost_in_merging
-- What merged stands in an order that goes on.
SELECT merged.id, merged.merged_into::text
FROM work_orders AS merged
LEFT JOIN work_orders AS survivor ON survivor.id = merged.merged_into
WHERE merged.state = 'merged' AND (survivor.id IS NULL OR survivor.state = 'merged');

-- name: order_in_wrong_hands
-- A technician has an order of the own organisation, while it is worked on.
SELECT work_orders.id, technicians.name
FROM order_assignments
JOIN work_orders ON work_orders.id = order_assignments.order_id
JOIN technicians ON technicians.name = order_assignments.technician
WHERE order_assignments.ended_at IS NULL AND (
    work_orders.state NOT IN ('dispatched', 'accepted', 'on_site')
    OR technicians.organisation_id IS DISTINCT FROM work_orders.owner_id
);

-- name: order_history_with_a_hole
-- Each step of an order begins where the one before ended, and the last is where it stands.
SELECT order_id AS id, from_state
FROM (
    SELECT
        order_id, from_state,
        lag(to_state) OVER (PARTITION BY order_id ORDER BY id) AS before
    FROM work_order_transitions
) AS steps
WHERE before IS NOT NULL AND before <> from_state
UNION ALL
SELECT work_orders.id, last.to_state
FROM work_orders
CROSS JOIN LATERAL (
    SELECT version, to_state
    FROM work_order_transitions
    WHERE order_id = work_orders.id
    ORDER BY id DESC
    LIMIT 1
) AS last
WHERE (work_orders.version, work_orders.state) <> (last.version, last.to_state);

-- name: alarm_history_with_a_hole
-- The same for alarms.
SELECT alarm_id AS id, from_state
FROM (
    SELECT
        alarm_id, from_state,
        lag(to_state) OVER (PARTITION BY alarm_id ORDER BY id) AS before
    FROM alarm_transitions
) AS steps
WHERE before IS NOT NULL AND before <> from_state
UNION ALL
SELECT alarms.id, last.to_state
FROM alarms
CROSS JOIN LATERAL (
    SELECT to_state FROM alarm_transitions WHERE alarm_id = alarms.id ORDER BY id DESC LIMIT 1
) AS last
WHERE alarms.state <> last.to_state;

-- name: alarm_without_its_order
-- What its line gives out as work has become an order of its own or of its incident, or incidents
-- have not looked at it yet.
SELECT alarms.id, alarms.event
FROM alarms
JOIN duties ON duties.id = alarms.duty_id
WHERE duties.opens_order
    AND alarms.closed_at IS NULL
    AND NOT alarms.is_folded
    AND alarms.state NOT IN ('shelved', 'suppressed', 'out_of_service')
    AND NOT EXISTS (SELECT FROM fold_work WHERE fold_work.alarm_id = alarms.id)
    AND NOT EXISTS (SELECT FROM work_orders WHERE work_orders.alarm_id = alarms.id)
    AND (
        alarms.is_life_safety
        OR NOT EXISTS (
            SELECT
            FROM alarms AS others
            JOIN work_orders ON work_orders.alarm_id = others.id
            WHERE others.incident_id = alarms.incident_id AND NOT others.is_life_safety
        )
    );

-- name: alarm_of_nobody
-- An open alarm on the desk has somebody who answers for it, or a clock that runs.
SELECT id, event
FROM alarms
WHERE closed_at IS NULL
    AND responsible_id IS NULL
    AND state NOT IN ('shelved', 'suppressed', 'out_of_service')
    AND NOT is_folded
    AND NOT EXISTS (
        SELECT FROM clocks WHERE clocks.alarm_id = alarms.id AND clocks.state = 'running'
    )
    AND NOT EXISTS (
        SELECT FROM work_orders WHERE work_orders.alarm_id = alarms.id AND work_orders.closed_at IS NULL
    );

-- name: alarm_unseen_without_clock
-- The newest clock of an alarm that nobody has seen runs, or was missed as the last of its chain;
-- none was stopped or kept without a person having seen the alarm.
SELECT alarms.id, alarms.event
FROM alarms
JOIN duties ON duties.id = alarms.duty_id
LEFT JOIN LATERAL (
    SELECT clocks.state
    FROM clocks
    WHERE clocks.alarm_id = alarms.id AND clocks.kind = 'acknowledge'
    ORDER BY clocks.id DESC
    LIMIT 1
) AS newest ON true
WHERE alarms.closed_at IS NULL
    AND alarms.state IN ('unacknowledged', 'latched_unacknowledged', 'returned_unacknowledged')
    AND NOT alarms.is_folded
    AND coalesce(newest.state, 'none') NOT IN ('running', 'missed');

-- name: alarm_hidden_by_nothing
-- Whatever is kept from the desk is kept by a hold that runs, or that is about to be gone over.
SELECT alarms.id, alarms.state
FROM alarms
LEFT JOIN holds ON holds.id = alarms.hold_id
WHERE alarms.closed_at IS NULL
    AND alarms.state IN ('shelved', 'suppressed', 'out_of_service')
    AND (holds.id IS NULL OR (holds.ended_at IS NOT NULL AND NOT holds.needs_sweep));

-- name: alarm_folded_behind_nothing
-- What stands behind another alarm stands behind one that is open; what a hold hides is looked at
-- when it comes back.
SELECT alarms.id, alarms.event
FROM alarms
LEFT JOIN incidents ON incidents.id = alarms.incident_id
LEFT JOIN alarms AS head ON head.id = incidents.head_id
WHERE alarms.closed_at IS NULL
    AND alarms.is_folded
    AND alarms.state NOT IN ('shelved', 'suppressed', 'out_of_service')
    AND (incidents.id IS NULL OR incidents.closed_at IS NOT NULL OR head.closed_at IS NOT NULL)
    AND NOT EXISTS (SELECT FROM fold_work WHERE fold_work.alarm_id = head.id);

-- name: life_safety_hidden
-- Fire and entrapment leave the desk only with their whole asset.
SELECT id, state
FROM alarms
WHERE is_life_safety AND (is_folded OR state IN ('shelved', 'suppressed'));

-- name: life_safety_word_dropped
-- Every word about fire or trapped people stands in a history, or still waits.
SELECT events.id, events.event
FROM events
WHERE events.event IN ('fire_alarm', 'manual_fire_alarm', 'entrapment', 'car_alarm_button')
    AND events.state = 'raise'
    AND NOT EXISTS (SELECT FROM event_work WHERE event_work.event_id = events.id)
    AND NOT EXISTS (SELECT FROM alarm_transitions WHERE alarm_transitions.event_id = events.id);

-- name: life_safety_untold
-- The bureau has heard of every real fire and entrapment that came to a desk.
SELECT alarms.id, alarms.event
FROM alarms
WHERE alarms.is_life_safety
    AND NOT alarms.is_drill
    AND alarms.event <> 'lift_must_be_checked'
    AND NOT EXISTS (
        SELECT
        FROM alarm_transitions
        WHERE alarm_transitions.alarm_id = alarms.id AND alarm_transitions.to_state = 'out_of_service'
    )
    AND NOT EXISTS (
        SELECT FROM notices WHERE notices.alarm_id = alarms.id AND notices.target = 'bureau'
    );

-- name: drill_told_as_real
-- What is a drill is never told as real.
SELECT alarms.id, notices.kind
FROM alarms
JOIN notices ON notices.alarm_id = alarms.id
WHERE alarms.is_drill
    AND notices.target = 'bureau'
    AND notices.body -> 'data' ->> 'status' = 'Actual';

-- name: fire_at_rest
-- A fire that nobody has judged has a clock, or has come to the bureau by itself.
SELECT alarms.id, alarms.confirmation
FROM alarms
WHERE alarms.closed_at IS NULL
    AND alarms.alarm_group = 'fire'
    AND NOT alarms.is_drill
    AND alarms.state <> 'out_of_service'
    AND alarms.confirmation IN ('unconfirmed', 'unanswered')
    AND NOT EXISTS (SELECT FROM life_safety_work WHERE life_safety_work.alarm_id = alarms.id)
    AND NOT EXISTS (
        SELECT
        FROM clocks
        WHERE clocks.alarm_id = alarms.id
            AND clocks.kind IN ('confirm', 'onward')
            AND clocks.state = 'running'
    )
    AND NOT EXISTS (
        SELECT
        FROM notices
        WHERE notices.alarm_id = alarms.id
            AND notices.target = 'bureau'
            AND notices.kind IN ('alarm.unanswered', 'alarm.corroborated')
    );

-- name: trapped_without_rescue
-- An entrapment that nobody found false has a rescue that is open, one is about to begin, or people
-- have been fetched since it was raised; a real one is never in the hands of a drill.
SELECT alarms.id, alarms.state
FROM alarms
WHERE alarms.closed_at IS NULL
    AND alarms.alarm_group = 'entrapment'
    AND alarms.state IN ('unacknowledged', 'returned_unacknowledged')
    AND alarms.confirmation <> 'false'
    AND NOT EXISTS (SELECT FROM life_safety_work WHERE life_safety_work.alarm_id = alarms.id)
    AND NOT EXISTS (
        SELECT
        FROM rescues
        JOIN alarms AS of_rescue ON of_rescue.id = rescues.alarm_id
        WHERE rescues.asset_id = alarms.asset_id
            AND (alarms.is_drill OR NOT of_rescue.is_drill)
            AND (rescues.closed_at IS NULL OR rescues.checked_at >= alarms.raised_at)
    );

-- name: rescue_of_nobody
-- An open rescue has one deadline, and an owner wherever one is registered.
SELECT id, stage
FROM rescues
WHERE closed_at IS NULL AND (due_at IS NULL OR owner_id IS NULL);

-- name: rescue_without_history
-- Each rescue that began says by whom and when.
SELECT rescues.id, rescues.stage
FROM rescues
WHERE NOT EXISTS (SELECT FROM rescue_facts WHERE rescue_facts.rescue_id = rescues.id)
    OR (
        rescues.began_at IS NOT NULL
        AND NOT EXISTS (
            SELECT
            FROM rescue_facts
            WHERE rescue_facts.rescue_id = rescues.id AND rescue_facts.kind IN ('dispatch', 'take_over')
        )
    );

-- name: lift_runs_unchecked
-- From the first dispatch of rescuers until its check a lift has its mark.
SELECT rescues.id, rescues.stage
FROM rescues
JOIN alarms ON alarms.id = rescues.alarm_id
WHERE rescues.closed_at IS NULL
    AND rescues.stage <> 'suspected'
    AND NOT alarms.is_drill
    AND NOT EXISTS (
        SELECT
        FROM conditions
        WHERE conditions.asset_id = rescues.asset_id
            AND conditions.condition = 'lift_must_be_checked'
            AND conditions.is_active
    );

-- name: clock_of_the_dead
-- A clock runs on what is open.
SELECT clocks.id, clocks.kind
FROM clocks
LEFT JOIN alarms ON alarms.id = clocks.alarm_id
LEFT JOIN work_orders ON work_orders.id = clocks.order_id
LEFT JOIN holds ON holds.id = clocks.hold_id
WHERE clocks.state = 'running'
    AND (
        alarms.closed_at IS NOT NULL
        OR work_orders.closed_at IS NOT NULL
        OR holds.ended_at IS NOT NULL
    );

-- name: hold_without_end
-- Every hold that runs ends by a clock, and life safety's by the word of two.
SELECT id, kind
FROM holds
WHERE ended_at IS NULL AND (
    NOT EXISTS (SELECT FROM clocks WHERE clocks.hold_id = holds.id AND clocks.state = 'running')
    OR (kind = 'out_of_service' AND (approved_by IS NULL OR approved_by = begun_by))
);

-- name: left_with_the_former
-- What was open when a compound changed hands is the new organisation's.
SELECT alarms.id, 'alarm'
FROM alarms
JOIN handovers ON alarms.place_path <@ handovers.place_path
WHERE handovers.state = 'done'
    AND alarms.closed_at IS NULL
    AND alarms.opened_at < handovers.at
    AND alarms.responsible_id = handovers.from_id
    AND NOT EXISTS (
        SELECT
        FROM handovers AS later
        WHERE later.place_path = handovers.place_path
            AND later.state = 'done'
            AND later.at > handovers.at
            AND later.to_id = handovers.from_id
    )
UNION ALL
SELECT work_orders.id, 'order'
FROM work_orders
JOIN handovers ON work_orders.place_path <@ handovers.place_path
WHERE handovers.state = 'done'
    AND work_orders.closed_at IS NULL
    AND work_orders.opened_at < handovers.at
    AND work_orders.owner_id = handovers.from_id
    AND NOT EXISTS (
        SELECT
        FROM handovers AS later
        WHERE later.place_path = handovers.place_path
            AND later.state = 'done'
            AND later.at > handovers.at
            AND later.to_id = handovers.from_id
    );

-- name: twice_open
-- One open alarm, rescue and order for each thing.
SELECT min(id) AS id, 'alarm'
FROM alarms
WHERE closed_at IS NULL
GROUP BY asset_id, condition
HAVING count(*) > 1
UNION ALL
SELECT min(id), 'rescue' FROM rescues WHERE closed_at IS NULL GROUP BY asset_id HAVING count(*) > 1
UNION ALL
SELECT min(id), 'order'
FROM work_orders
WHERE closed_at IS NULL AND alarm_id IS NOT NULL
GROUP BY alarm_id
HAVING count(*) > 1;

-- name: twice_running
-- One clock of a kind runs on each thing.
SELECT min(id) AS id, kind
FROM clocks
WHERE state = 'running'
GROUP BY kind, alarm_id, order_id, hold_id, asset_id, condition
HAVING count(*) > 1;

-- name: twice_told
-- An alarm is opened towards the bureau once.
SELECT alarm_id AS id, kind
FROM notices
WHERE target = 'bureau' AND kind IN ('alarm.opened')
GROUP BY alarm_id, kind
HAVING count(*) > 1;

-- name: twice_done
-- The same fault of the same asset is worked on once; life safety each for itself.
SELECT min(work_orders.id) AS id, work_orders.cause
FROM work_orders
JOIN alarms ON alarms.id = work_orders.alarm_id
WHERE work_orders.state IN ('proposed', 'dispatched', 'declined', 'accepted', 'on_site')
    AND work_orders.linked_at IS NOT NULL
    AND NOT alarms.is_life_safety
    AND work_orders.id NOT IN (SELECT order_id FROM work_order_transitions WHERE trigger = 'reopen')
GROUP BY work_orders.asset_id, work_orders.cause, alarms.is_drill
HAVING count(*) > 1;

-- name: twice_for_one_cause
-- What stands behind another alarm gives nobody work of its own, unless somebody was at it already.
SELECT work_orders.id, alarms.event
FROM alarms
JOIN work_orders ON work_orders.alarm_id = alarms.id
JOIN incidents ON incidents.id = alarms.incident_id
WHERE alarms.is_folded
    AND work_orders.closed_at IS NULL
    AND work_orders.state IN ('proposed', 'dispatched')
    AND NOT EXISTS (SELECT FROM work_order_transitions WHERE order_id = work_orders.id AND trigger = 'reopen')
    AND work_orders.id <> (
        SELECT others.id
        FROM alarms AS members
        JOIN work_orders AS others ON others.alarm_id = members.id
        WHERE members.incident_id = incidents.id AND others.closed_at IS NULL AND NOT members.is_life_safety
        ORDER BY members.id = incidents.head_id DESC, others.id
        LIMIT 1
    );

-- name: settled_work_left
-- Nothing waits that a process takes up.
SELECT count(*) AS id, 'event'
FROM event_work
HAVING count(*) > 0
UNION ALL
SELECT count(*), 'life safety' FROM life_safety_work HAVING count(*) > 0
UNION ALL
SELECT count(*), 'folding' FROM fold_work HAVING count(*) > 0
UNION ALL
SELECT count(*), 'act' FROM acts WHERE state = 'waiting' HAVING count(*) > 0
UNION ALL
SELECT count(*), 'sweep' FROM holds WHERE needs_sweep HAVING count(*) > 0
UNION ALL
SELECT count(*), 'link' FROM work_orders WHERE linked_at IS NULL AND closed_at IS NULL HAVING count(*) > 0;

-- name: settled_clock_due
-- No deadline has passed that nothing followed from.
SELECT id, kind
FROM clocks
WHERE state = 'running' AND due_at <= %(now)s
UNION ALL
SELECT id, stage FROM rescues WHERE closed_at IS NULL AND due_at <= %(now)s
UNION ALL
SELECT id, 'drill' FROM drills WHERE ended_at IS NULL AND ends_at <= %(now)s
UNION ALL
SELECT id, 'hand-over' FROM handovers WHERE state = 'planned' AND at <= %(now)s;

-- name: settled_drill_left_over
-- What still alarms well after its drill is real.
SELECT alarms.id, alarms.event
FROM alarms
JOIN drills ON drills.id = alarms.drill_id
JOIN conditions ON conditions.asset_id = alarms.asset_id AND conditions.condition = alarms.condition
WHERE alarms.closed_at IS NULL
    AND alarms.is_drill
    AND conditions.is_active
    AND least(drills.ended_at, drills.ends_at) <= %(now)s::timestamptz - interval '10 minutes';
