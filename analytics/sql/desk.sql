-- name: organisation_for
-- An organisation by its code that may do the work of a place: one that serves it, or everywhere, one
-- that is named, and of the companies those that run or maintain something within the asker's scope.
SELECT organisations.id
FROM organisations
LEFT JOIN places ON places.id = organisations.place_id
WHERE organisations.code = %(code)s
    AND CASE
        WHEN organisations.place_id IS NOT NULL THEN places.path @> %(path)s::ltree
        WHEN organisations.id = ANY (%(named)s::int[]) THEN true
        WHEN organisations.kind NOT IN (
            'property_company', 'maintenance_firm', 'fire_maintenance_firm', 'work_unit'
        ) THEN true
        ELSE
            EXISTS (
                SELECT
                FROM managements
                JOIN places AS run ON run.id = managements.place_id
                WHERE managements.organisation_id = organisations.id
                    AND managements.valid_during @> %(now)s::timestamptz
                    AND (run.path <@ ANY (%(scope)s::ltree[]) OR run.path @> %(path)s::ltree)
            )
            OR EXISTS (
                SELECT
                FROM assets
                JOIN places AS kept ON kept.id = assets.place_id
                WHERE assets.maintainer_id = organisations.id
                    AND kept.path <@ ANY (%(scope)s::ltree[])
            )
    END;

-- name: is_work_elsewhere
-- Whether the work of an alarm is done with another one's: folded into an incident, or merged.
SELECT
    alarms.is_folded
    OR EXISTS (
        SELECT FROM work_orders WHERE work_orders.alarm_id = alarms.id AND work_orders.state = 'merged'
    )
FROM alarms
WHERE alarms.id = %(alarm_id)s;

-- name: last_person_of_order
-- The last move of an order by a person after a version; version 0: since there was one.
SELECT actor, at
FROM work_order_transitions
WHERE order_id = %(order_id)s AND version > %(version)s AND actor_role NOT IN ('device', 'platform')
ORDER BY id DESC
LIMIT 1;

-- name: history
-- What was said of an alarm, newest first; notes are left out.
SELECT trigger, actor, actor_role, at, from_state, to_state
FROM alarm_transitions
WHERE alarm_id = %(alarm_id)s AND trigger <> 'comment'
ORDER BY id DESC
LIMIT 1000;

-- name: clocks_ended_by
-- Clocks of an alarm that an act ended: what ran before it.
SELECT kind, due_at, started_at, step
FROM clocks
WHERE alarm_id = %(alarm_id)s AND ended_at = %(at)s AND state = 'kept'
    AND kind IN ('acknowledge', 'confirm', 'onward')
ORDER BY id
LIMIT 10;

-- name: stop_confirmation_of
-- The confirmation clock that an acknowledgement began; one that runs from the alarm itself runs on.
UPDATE clocks
SET state = 'stopped', ended_at = %(now)s
WHERE alarm_id = %(alarm_id)s AND kind = 'confirm' AND state = 'running' AND started_at = %(at)s;

-- name: refuted_order
-- The newest order of an alarm, when a judgement has ended it.
SELECT newest.id
FROM (
    SELECT work_orders.id, work_orders.state
    FROM work_orders
    WHERE work_orders.alarm_id = %(alarm_id)s
    ORDER BY work_orders.id DESC
    LIMIT 1
) AS newest
CROSS JOIN LATERAL (
    SELECT work_order_transitions.trigger
    FROM work_order_transitions
    WHERE work_order_transitions.order_id = newest.id AND work_order_transitions.to_state = 'closed'
    ORDER BY work_order_transitions.id DESC
    LIMIT 1
) AS ended
WHERE newest.state = 'closed' AND ended.trigger = 'refute';
