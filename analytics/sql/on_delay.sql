-- name: start_on_delays
-- Conditions that become alarms when they have stood for so long; one that waits already goes on.
INSERT INTO clocks (kind, event_id, asset_id, condition, due_at, started_at)
SELECT 'on_delay', new.event_id, new.asset_id, new.condition, new.due_at, new.started_at
FROM jsonb_to_recordset(%(rows)s::jsonb) AS new (
    event_id bigint, asset_id int, condition text, due_at timestamptz, started_at timestamptz
)
ORDER BY new.asset_id, new.condition
ON CONFLICT DO NOTHING;

-- name: stop_on_delays
-- Conditions that ended before their on-delay did, or are alarms already.
UPDATE clocks
SET state = 'stopped', ended_at = %(now)s
FROM unnest(%(assets)s::int[], %(conditions)s::text[]) AS named (asset_id, condition)
WHERE clocks.asset_id = named.asset_id
    AND clocks.condition = named.condition
    AND clocks.state = 'running';

-- name: event_that_waits
-- The raise that a due on-delay is about, as the queue would give it.
SELECT
    events.id,
    events.asset_id,
    events.place_path::text,
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
FROM clocks
JOIN events ON events.id = clocks.event_id
JOIN assets ON assets.id = events.asset_id
WHERE clocks.id = %(clock_id)s;

-- name: hold_of_clock
-- The hold that a due clock ends.
SELECT hold_id FROM clocks WHERE id = %(clock_id)s;
