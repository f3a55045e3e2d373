-- name: claim_events
-- Events that nobody has decided yet and no one else holds, life safety first, then in order.
SELECT
    events.id,
    events.asset_id,
    events.place_path::text,
    events.event,
    events.condition,
    events.state,
    events.gateway,
    events.stream,
    events.seq,
    events.position,
    events.at,
    events.received_at,
    events.text,
    assets.class,
    assets.is_placeholder
FROM event_work
JOIN events ON events.id = event_work.event_id
JOIN assets ON assets.id = events.asset_id
WHERE NOT event_work.event_id = ANY (%(set_aside)s::bigint[])
ORDER BY (events.event = ANY (%(life_safety)s::text[])) DESC, event_work.event_id
LIMIT %(limit)s
FOR UPDATE OF event_work SKIP LOCKED;

-- name: claim_named
-- Those of the named events that are still undecided, in the same order.
SELECT
    events.id,
    events.asset_id,
    events.place_path::text,
    events.event,
    events.condition,
    events.state,
    events.gateway,
    events.stream,
    events.seq,
    events.position,
    events.at,
    events.received_at,
    events.text,
    assets.class,
    assets.is_placeholder
FROM event_work
JOIN events ON events.id = event_work.event_id
JOIN assets ON assets.id = events.asset_id
WHERE event_work.event_id = ANY (%(events)s::bigint[])
ORDER BY (events.event = ANY (%(life_safety)s::text[])) DESC, event_work.event_id
FOR UPDATE OF event_work;

-- name: hold_conditions
-- A row for each condition that has none, so that there is something to lock; number -1 means never heard.
INSERT INTO conditions (asset_id, condition, is_active, gateway, stream, seq, position, changed_at)
SELECT named.asset_id, named.condition, false, '', -1, -1, -1, 'epoch'
FROM unnest(%(assets)s::int[], %(conditions)s::text[]) AS named (asset_id, condition)
ORDER BY named.asset_id, named.condition
ON CONFLICT DO NOTHING;

-- name: lock_conditions
-- The newest words on conditions, locked in one order by everybody.
SELECT
    conditions.asset_id,
    conditions.condition,
    conditions.is_active,
    conditions.gateway,
    conditions.stream,
    conditions.seq,
    conditions.position,
    conditions.changed_at
FROM conditions
JOIN unnest(%(assets)s::int[], %(conditions)s::text[]) AS named (asset_id, condition)
    ON named.asset_id = conditions.asset_id AND named.condition = conditions.condition
ORDER BY conditions.asset_id, conditions.condition
FOR UPDATE OF conditions;

-- name: lock_open_alarms
-- The open alarms of conditions; at most one each.
SELECT
    alarms.asset_id,
    alarms.condition,
    alarms.id,
    alarms.state,
    alarms.raised_at,
    alarms.received_at,
    alarms.opened_at,
    alarms.text,
    alarms.returned_at,
    alarms.acknowledged_at,
    alarms.acknowledged_by,
    alarms.closed_at,
    alarms.raises,
    alarms.version
FROM alarms
JOIN unnest(%(assets)s::int[], %(conditions)s::text[]) AS named (asset_id, condition)
    ON named.asset_id = alarms.asset_id AND named.condition = alarms.condition
WHERE alarms.closed_at IS NULL
ORDER BY alarms.id
FOR UPDATE OF alarms;

-- name: save_condition
-- The newest word on a condition.
UPDATE conditions
SET is_active = %(is_active)s,
    gateway = %(gateway)s,
    stream = %(stream)s,
    seq = %(seq)s,
    position = %(position)s,
    changed_at = %(changed_at)s
WHERE asset_id = %(asset_id)s AND condition = %(condition)s;

-- name: save_alarm
-- An alarm as it is now.
UPDATE alarms
SET state = %(state)s,
    raised_at = %(raised_at)s,
    text = %(text)s,
    returned_at = %(returned_at)s,
    acknowledged_at = %(acknowledged_at)s,
    acknowledged_by = %(acknowledged_by)s,
    closed_at = %(closed_at)s,
    raises = %(raises)s,
    version = %(version)s
WHERE id = %(id)s;

-- name: open_alarm
-- A new alarm; the unique index refuses a second open one of the same condition.
INSERT INTO alarms (
    asset_id, place_path, condition, event, alarm_group, severity, is_life_safety, state, text,
    raised_at, received_at, opened_at, returned_at, closed_at, raises, version, duty_id, responsible_id
)
VALUES (
    %(asset_id)s, %(place_path)s::ltree, %(condition)s, %(event)s, %(group)s, %(severity)s,
    %(is_life_safety)s, %(state)s, %(text)s, %(raised_at)s, %(received_at)s, %(opened_at)s,
    %(returned_at)s, %(closed_at)s, %(raises)s, %(version)s, %(duty_id)s, %(responsible_id)s
)
RETURNING id;

-- name: add_transition
-- One line of an alarm's history.
INSERT INTO alarm_transitions (
    alarm_id, at, trigger, from_state, to_state, version, actor, actor_role, reason, event_id, digest
)
VALUES (
    %(alarm_id)s, %(at)s, %(trigger)s, %(from_state)s, %(to_state)s, %(version)s, %(actor)s,
    %(actor_role)s, %(reason)s, %(event_id)s, %(digest)s
);

-- name: drop_work
-- These events are decided.
DELETE FROM event_work WHERE event_id = ANY (%(events)s::bigint[]);

-- name: waiting_events
-- Numbers of undecided events in the order in which they are claimed; nothing else is read.
SELECT event_work.event_id
FROM event_work
JOIN events ON events.id = event_work.event_id
WHERE NOT event_work.event_id = ANY (%(set_aside)s::bigint[])
ORDER BY (events.event = ANY (%(life_safety)s::text[])) DESC, event_work.event_id
LIMIT %(limit)s;

-- name: open_fallback_alarm
-- What can be shown of an event that could not be decided: the worst is assumed, its text is not looked into.
WITH opened AS (
    INSERT INTO alarms (
        asset_id, place_path, condition, event, alarm_group, severity, is_life_safety, state, text,
        raised_at, received_at, opened_at
    )
    SELECT
        events.asset_id,
        events.place_path,
        'undecided:' || events.id,
        CASE WHEN events.event = ANY (%(known)s::text[]) THEN events.event ELSE 'unknown_event' END,
        CASE
            WHEN events.event = ANY (%(fire)s::text[]) THEN 'fire'
            WHEN events.event = ANY (%(entrapment)s::text[]) THEN 'entrapment'
            ELSE 'safety'
        END,
        CASE
            WHEN events.event = ANY (%(fire)s::text[] || %(entrapment)s::text[]) THEN 'critical'
            ELSE 'major'
        END,
        events.event = ANY (%(fire)s::text[] || %(entrapment)s::text[]),
        'unacknowledged',
        left(events.text, 500),
        events.at,
        events.received_at,
        %(now)s
    FROM events
    JOIN event_work ON event_work.event_id = events.id
    WHERE events.id = %(event_id)s
    RETURNING id, place_path
), shown AS (
    INSERT INTO live_work (at, kind, subject_id, place_path)
    SELECT %(now)s, 'alarm', opened.id, opened.place_path FROM opened
)
DELETE FROM event_work WHERE event_id = %(event_id)s;

-- name: backlog
-- How many events wait for a decision, counted up to 100,000.
SELECT count(*) FROM (SELECT FROM event_work LIMIT 100000) AS waiting;
