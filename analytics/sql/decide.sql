-- name: claim_events
-- Events that nobody has decided yet and no one else holds, life safety first, then in order.
-- The queue's own index gives the order: whatever waits beyond the batch is not looked at, and each
-- event is read by its number (tried: 18 to 90 ms a look where a flood of 1,500 was sorted). An alarm is
-- born where its asset stands now: the place may have moved since the event came.
SELECT
    said.id,
    said.asset_id,
    places.path::text,
    said.event,
    said.condition,
    said.state,
    said.gateway,
    said.age,
    said.seq,
    said.position,
    said.at,
    said.received_at,
    said.text,
    assets.class,
    assets.is_placeholder
FROM (
    SELECT event_id, is_life_safety
    FROM event_work
    WHERE NOT event_id = ANY (%(set_aside)s::bigint[]) AND slice = ANY (%(slices)s::smallint[])
    ORDER BY is_life_safety DESC, event_id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
) AS waiting
CROSS JOIN LATERAL (
    SELECT
        events.id, events.asset_id, events.event, events.condition, events.state,
        events.gateway, coalesce(events.age, events.stream) AS age, events.seq,
        events.position, events.at, events.received_at, events.text
    FROM events
    WHERE events.id = waiting.event_id
    OFFSET 0
) AS said
JOIN assets ON assets.id = said.asset_id
JOIN places ON places.id = assets.place_id
ORDER BY waiting.is_life_safety DESC, said.id;

-- name: claim_named
-- Those of the named events that are still undecided, in the same order.
SELECT
    events.id,
    events.asset_id,
    places.path::text,
    events.event,
    events.condition,
    events.state,
    events.gateway,
    coalesce(events.age, events.stream),
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
JOIN places ON places.id = assets.place_id
WHERE event_work.event_id = ANY (%(events)s::bigint[])
ORDER BY event_work.is_life_safety DESC, event_work.event_id
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

-- name: save_conditions
-- The newest words on conditions, whose rows are held by now. Each finds its row by the key itself:
-- an update that joins reads every condition where a plan was made while there were few.
INSERT INTO conditions (asset_id, condition, is_active, gateway, stream, seq, position, changed_at)
SELECT
    new.asset_id, new.condition, new.is_active, new.gateway, new.stream, new.seq, new.position,
    new.changed_at
FROM jsonb_to_recordset(%(rows)s::jsonb) AS new (
    asset_id int, condition text, is_active boolean, gateway text, stream bigint, seq bigint,
    position smallint, changed_at timestamptz
)
ON CONFLICT (asset_id, condition) DO UPDATE
SET is_active = excluded.is_active,
    gateway = excluded.gateway,
    stream = excluded.stream,
    seq = excluded.seq,
    position = excluded.position,
    changed_at = excluded.changed_at;

-- name: save_alarms
-- Alarms as they are now.
UPDATE alarms
SET state = new.state,
    raised_at = new.raised_at,
    text = new.text,
    returned_at = new.returned_at,
    acknowledged_at = new.acknowledged_at,
    acknowledged_by = new.acknowledged_by,
    closed_at = new.closed_at,
    raises = new.raises,
    version = new.version
FROM jsonb_to_recordset(%(rows)s::jsonb) AS new (
    id bigint, state text, raised_at timestamptz, text text, returned_at timestamptz,
    acknowledged_at timestamptz, acknowledged_by text, closed_at timestamptz, raises int, version int
)
WHERE alarms.id = new.id;

-- name: open_alarms
-- New alarms; the unique index refuses a second open one of the same condition.
INSERT INTO alarms (
    asset_id, place_path, condition, event, alarm_group, severity, is_life_safety, state, text,
    raised_at, received_at, opened_at, returned_at, closed_at, raises, version, duty_id, responsible_id
)
SELECT
    new.asset_id, new.place_path::ltree, new.condition, new.event, new.alarm_group, new.severity,
    new.is_life_safety, new.state, new.text, new.raised_at, new.received_at, new.opened_at,
    new.returned_at, new.closed_at, new.raises, new.version, new.duty_id, new.responsible_id
FROM ROWS FROM (
    jsonb_to_recordset(%(rows)s::jsonb) AS (
        asset_id int, place_path text, condition text, event text, alarm_group text, severity text,
        is_life_safety boolean, state text, text text, raised_at timestamptz, received_at timestamptz,
        opened_at timestamptz, returned_at timestamptz, closed_at timestamptz, raises int, version int,
        duty_id int, responsible_id int
    )
) WITH ORDINALITY AS new
ORDER BY new.ordinality
RETURNING id, asset_id, condition;

-- name: add_transitions
-- Lines of the alarms' history, in their order.
INSERT INTO alarm_transitions (
    alarm_id, at, trigger, from_state, to_state, version, actor, actor_role, reason, event_id, digest
)
SELECT
    new.alarm_id, new.at, new.trigger, new.from_state, new.to_state, new.version, new.actor,
    new.actor_role, new.reason, new.event_id, decode(new.digest, 'hex')
FROM ROWS FROM (
    jsonb_to_recordset(%(rows)s::jsonb) AS (
        alarm_id bigint, at timestamptz, trigger text, from_state text, to_state text, version int,
        actor text, actor_role text, reason text, event_id bigint, digest text
    )
) WITH ORDINALITY AS new
ORDER BY new.ordinality;

-- name: drop_work
-- These events are decided.
DELETE FROM event_work WHERE event_id = ANY (%(events)s::bigint[]);

-- name: waiting_events
-- Numbers of undecided events in the order in which they are claimed; nothing else is read.
SELECT event_work.event_id
FROM event_work
WHERE NOT event_work.event_id = ANY (%(set_aside)s::bigint[])
    AND event_work.slice = ANY (%(slices)s::smallint[])
ORDER BY event_work.is_life_safety DESC, event_work.event_id
LIMIT %(limit)s;

-- name: open_fallback_alarm
-- What can be shown of an event that could not be decided: the worst is assumed, its text is not looked into. It stays until somebody acknowledges and resets it, and goes on by itself where nobody confirms it.
WITH opened AS (
    INSERT INTO alarms (
        asset_id, place_path, condition, event, alarm_group, severity, is_life_safety, state, text,
        raised_at, received_at, opened_at
    )
    SELECT
        events.asset_id,
        (SELECT places.path FROM assets JOIN places ON places.id = assets.place_id WHERE assets.id = events.asset_id),
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
        'latched_unacknowledged',
        left(events.text, 500),
        events.at,
        events.received_at,
        %(now)s
    FROM events
    JOIN event_work ON event_work.event_id = events.id
    WHERE events.id = %(event_id)s
    RETURNING id, place_path, is_life_safety
), shown AS (
    INSERT INTO live_work (at, kind, subject_id, place_path)
    SELECT %(now)s, 'alarm', opened.id, opened.place_path FROM opened
), confirmed AS (
    INSERT INTO life_safety_work (alarm_id, since, slice)
    SELECT opened.id, %(now)s, place_slice(opened.place_path) FROM opened WHERE opened.is_life_safety
)
DELETE FROM event_work WHERE event_id = %(event_id)s;

-- name: fallback_alarm
-- The alarm that shows an event that could not be decided, and the class of its asset.
SELECT alarms.id, assets.class
FROM events
JOIN alarms ON alarms.asset_id = events.asset_id AND alarms.condition = 'undecided:' || events.id
JOIN assets ON assets.id = alarms.asset_id
WHERE events.id = %(event_id)s AND alarms.closed_at IS NULL;

-- name: set_answer
-- Which line of the matrix is about an alarm, and who answers for it.
UPDATE alarms SET duty_id = %(duty_id)s, responsible_id = %(responsible_id)s WHERE id = %(alarm_id)s;

-- name: is_somebody_late
-- Whether events of places that other workers hold have waited for too long.
SELECT EXISTS (
    SELECT
    FROM (
        SELECT event_id
        FROM event_work
        WHERE NOT slice = ANY (%(slices)s::smallint[])
        ORDER BY is_life_safety DESC, event_id
        LIMIT 64
    ) AS waiting
    JOIN events ON events.id = waiting.event_id
    WHERE events.received_at < %(before)s
);

-- name: backlog
-- How many events wait for a decision, counted up to 100,000.
SELECT count(*) FROM (SELECT FROM event_work LIMIT 100000) AS waiting;
