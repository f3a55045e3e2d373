-- name: ask
-- What a person asks for; the same id again changes nothing.
INSERT INTO acts (
    id, actor, actor_role, scope, organisation_id, kind, alarm_id, order_id, version, body, request
)
VALUES (
    %(id)s, %(actor)s, %(actor_role)s, %(scope)s::ltree[], %(organisation_id)s, %(kind)s,
    %(alarm_id)s, %(order_id)s, %(version)s,
    %(more)s::jsonb || jsonb_build_object('text', %(text)s::text), %(request)s
)
ON CONFLICT (id) DO NOTHING;

-- name: request_of
-- What was asked under an id; NULL: it was asked before this was kept.
SELECT request FROM acts WHERE id = %(id)s;

-- name: outcome
-- How an act ended, once it has.
SELECT state, outcome FROM acts WHERE id = %(id)s;

-- name: claim_act
-- The act that has waited longest and that nobody else holds.
SELECT id, actor, actor_role, scope::text[], organisation_id, kind, alarm_id, order_id, version,
    body ->> 'text', (body - 'text')::text
FROM acts
WHERE state = 'waiting' AND NOT id = ANY (%(set_aside)s::uuid[])
ORDER BY created_at, id
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: settle_act
-- How the act ended.
UPDATE acts
SET state = %(state)s, outcome = %(outcome)s, handled_at = %(now)s
WHERE id = %(id)s AND state = 'waiting';

-- name: last_bureau_step
-- The last of the bureau's steps on an alarm, who took it and when. Steps before the device spoke
-- again, after it was quiet or had been seen, are of another fire; a hand-over of the compound, which
-- the platform carries out, is no step.
SELECT step.trigger, step.actor, step.at
FROM alarm_transitions AS step
WHERE step.alarm_id = %(alarm_id)s
    AND step.trigger = ANY (%(steps)s::text[])
    AND step.actor_role <> 'platform'
    AND NOT EXISTS (
        SELECT
        FROM alarm_transitions AS again
        WHERE again.alarm_id = step.alarm_id
            AND again.id > step.id
            AND again.trigger IN ('raise', 'missed_raise', 'late_clear')
            AND again.from_state <> again.to_state
    )
ORDER BY step.id DESC
LIMIT 1;
