-- name: claim_fresh
-- Entrapments that nobody has judged or opened a rescue for, locked with their work unless somebody
-- holds either; of the worker's own places, those that have waited longest first.
SELECT
    alarms.id,
    alarms.asset_id,
    alarms.place_path::text,
    alarms.responsible_id,
    work.since
FROM (
    SELECT alarm_id
    FROM life_safety_work
    WHERE slice = ANY (%(slices)s::smallint[])
    ORDER BY since, alarm_id
    LIMIT %(limit)s
) AS waiting
JOIN life_safety_work AS work ON work.alarm_id = waiting.alarm_id
JOIN alarms ON alarms.id = work.alarm_id
WHERE alarms.event = ANY (%(events)s::text[])
    AND alarms.confirmation = 'unconfirmed'
    AND NOT EXISTS (SELECT FROM rescues WHERE rescues.alarm_id = alarms.id)
    AND NOT EXISTS (
        SELECT FROM rescues WHERE rescues.asset_id = alarms.asset_id AND rescues.closed_at IS NULL
    )
ORDER BY work.since, alarms.id
FOR UPDATE OF alarms, work SKIP LOCKED;

-- name: open_rescues
-- New rescues; a second one of a lift is refused by the index.
INSERT INTO rescues (alarm_id, asset_id, place_path, stage, owner_id, due_at, opened_at)
SELECT
    new.alarm_id, new.asset_id, new.place_path::ltree, new.stage, new.owner_id, new.due_at,
    new.opened_at
FROM ROWS FROM (
    jsonb_to_recordset(%(rows)s::jsonb) AS (
        alarm_id bigint, asset_id int, place_path text, stage text, owner_id int,
        due_at timestamptz, opened_at timestamptz
    )
) WITH ORDINALITY AS new
ORDER BY new.ordinality
RETURNING id, alarm_id;

-- name: drop_works
-- Their rescues are open.
DELETE FROM life_safety_work WHERE alarm_id = ANY (%(alarms)s::bigint[]);
