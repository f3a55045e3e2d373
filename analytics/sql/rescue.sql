-- name: lock_rescue_of_asset
-- The open rescue of a lift, locked.
SELECT
    id, alarm_id, asset_id, place_path::text, stage, opened_at, owner_id, due_at, tier, began_at,
    legal_due_at, accepted_at, arrived_at, released_at, people, injured, condition, checked_at,
    checked_by, closed_at, version
FROM rescues
WHERE asset_id = %(asset_id)s AND closed_at IS NULL
FOR UPDATE;

-- name: lock_rescue_of_alarm
-- The rescue of an alarm, locked, open or over.
SELECT
    id, alarm_id, asset_id, place_path::text, stage, opened_at, owner_id, due_at, tier, began_at,
    legal_due_at, accepted_at, arrived_at, released_at, people, injured, condition, checked_at,
    checked_by, closed_at, version
FROM rescues
WHERE alarm_id = %(alarm_id)s
FOR UPDATE;

-- name: claim_due_rescue
-- The rescue that is longest overdue, with its alarm, unless somebody holds either.
SELECT
    rescues.id, rescues.alarm_id, rescues.asset_id, rescues.place_path::text, rescues.stage,
    rescues.opened_at, rescues.owner_id, rescues.due_at, rescues.tier, rescues.began_at,
    rescues.legal_due_at, rescues.accepted_at, rescues.arrived_at, rescues.released_at,
    rescues.people, rescues.injured, rescues.condition, rescues.checked_at, rescues.checked_by,
    rescues.closed_at, rescues.version
FROM rescues
JOIN alarms ON alarms.id = rescues.alarm_id
WHERE rescues.closed_at IS NULL
    AND rescues.due_at <= %(now)s
    AND NOT rescues.id = ANY (%(set_aside)s::bigint[])
ORDER BY rescues.due_at, rescues.id
LIMIT 1
FOR UPDATE OF alarms, rescues SKIP LOCKED;

-- name: open_rescue
-- A new rescue; a second one of the lift is refused by the index.
INSERT INTO rescues (alarm_id, asset_id, place_path, stage, owner_id, due_at, opened_at)
VALUES (
    %(alarm_id)s, %(asset_id)s, %(place_path)s::ltree, %(stage)s, %(owner_id)s, %(due_at)s,
    %(opened_at)s
)
RETURNING id;

-- name: save_rescue
-- A rescue as it is now.
UPDATE rescues
SET stage = %(stage)s,
    tier = %(tier)s,
    owner_id = %(owner_id)s,
    due_at = %(due_at)s,
    opened_at = %(opened_at)s,
    began_at = %(began_at)s,
    legal_due_at = %(legal_due_at)s,
    accepted_at = %(accepted_at)s,
    arrived_at = %(arrived_at)s,
    released_at = %(released_at)s,
    people = %(people)s,
    injured = %(injured)s,
    condition = %(condition)s,
    checked_at = %(checked_at)s,
    checked_by = %(checked_by)s,
    closed_at = %(closed_at)s,
    version = %(version)s
WHERE id = %(id)s;

-- name: add_facts
-- What happened in rescues, in its order.
INSERT INTO rescue_facts (
    rescue_id, at, kind, actor, actor_role, organisation_id, is_answered, people_heard, words, digest
)
SELECT
    new.rescue_id, new.at, new.kind, new.actor, new.actor_role, new.organisation, new.is_answered,
    new.people_heard, new.words, decode(new.digest, 'hex')
FROM ROWS FROM (
    jsonb_to_recordset(%(rows)s::jsonb) AS (
        rescue_id bigint, at timestamptz, kind text, actor text, actor_role text, organisation int,
        is_answered boolean, people_heard int, words text, digest text
    )
) WITH ORDINALITY AS new
ORDER BY new.ordinality;

-- name: where_is
-- Where a place is: the nearest place above it whose coordinates are known.
SELECT latitude, longitude
FROM places
WHERE path @> %(path)s::ltree AND latitude IS NOT NULL AND longitude IS NOT NULL
ORDER BY nlevel(path) DESC
LIMIT 1;

-- name: stations
-- The rescue stations whose place has coordinates.
SELECT organisations.id, places.latitude, places.longitude
FROM organisations
JOIN places ON places.id = organisations.place_id
WHERE organisations.kind = 'rescue_station'
    AND places.latitude IS NOT NULL
    AND places.longitude IS NOT NULL
ORDER BY organisations.id
LIMIT 10000;

-- name: class_of_asset
-- What the asset is.
SELECT class FROM assets WHERE id = %(asset_id)s;

-- name: is_of_lift
-- Whether an organisation maintains a lift or has work on it; one that nobody maintains is anybody's.
SELECT EXISTS (
        SELECT
        FROM assets
        WHERE id = %(asset_id)s
            AND coalesce(maintainer_id = %(organisation)s::int, maintainer_id IS NULL)
    )
    OR EXISTS (
        SELECT
        FROM work_orders
        WHERE asset_id = %(asset_id)s
            AND owner_id = %(organisation)s::int
            AND closed_at IS NULL
    );

-- name: others_trapped
-- Whether another open alarm of the lift says that people are in it: nobody has found it false, and
-- it has not been silent since all were out.
SELECT EXISTS (
    SELECT
    FROM alarms
    JOIN alarms AS own ON own.id = %(alarm_id)s
    WHERE alarms.asset_id = own.asset_id
        AND alarms.id <> own.id
        AND alarms.alarm_group = 'entrapment'
        AND alarms.closed_at IS NULL
        AND alarms.state <> 'out_of_service'
        AND alarms.confirmation <> 'false'
        AND (own.is_drill OR NOT alarms.is_drill)
        AND NOT EXISTS (
            SELECT
            FROM rescues
            WHERE rescues.asset_id = own.asset_id
                AND rescues.closed_at IS NULL
                AND rescues.released_at >= alarms.opened_at
                AND NOT EXISTS (
                    SELECT
                    FROM alarm_transitions
                    WHERE alarm_transitions.alarm_id = alarms.id
                        AND alarm_transitions.trigger IN ('raise', 'missed_raise')
                        AND alarm_transitions.at > rescues.released_at
                )
        )
);

-- name: trapped_since
-- The alarm of a lift that first said after a moment that people are in it, and when: raised or raised
-- anew, found false by nobody, and open or a pressed button.
SELECT alarms.id, alarm_transitions.at
FROM alarms AS own
JOIN alarms ON alarms.asset_id = own.asset_id
JOIN alarm_transitions ON alarm_transitions.alarm_id = alarms.id
WHERE own.id = %(alarm_id)s
    AND alarms.alarm_group = 'entrapment'
    AND (alarms.closed_at IS NULL OR alarms.event = ANY (%(buttons)s::text[]))
    AND alarms.state <> 'out_of_service'
    AND alarms.confirmation <> 'false'
    AND (own.is_drill OR NOT alarms.is_drill)
    AND alarm_transitions.trigger IN ('raise', 'missed_raise')
    AND alarm_transitions.at > %(moment)s
ORDER BY alarm_transitions.at, alarms.id
LIMIT 1;

-- name: entrapments_of_lift
-- Open alarms of a lift that speak of people: a rescue changes what is to be done about each of them.
SELECT id, place_path::text
FROM alarms
WHERE asset_id = %(asset_id)s AND alarm_group = 'entrapment' AND closed_at IS NULL
ORDER BY id
LIMIT 100;

-- name: is_lift_marked
-- Whether the lift is marked to be checked.
SELECT EXISTS (
    SELECT
    FROM conditions
    WHERE asset_id = %(asset_id)s AND condition = %(condition)s AND is_active
);
