-- name: announce
-- Changes that pages shall show; they get their numbers after the commit.
INSERT INTO live_work (at, kind, subject_id, place_path)
SELECT new.at, new.kind, new.subject_id, new.place_path::ltree
FROM ROWS FROM (
    jsonb_to_recordset(%(rows)s::jsonb) AS (
        at timestamptz, kind text, subject_id bigint, place_path text
    )
) WITH ORDINALITY AS new
ORDER BY new.ordinality;

-- name: is_waiting
-- Whether any committed change has no number yet.
SELECT EXISTS (SELECT FROM live_work);

-- name: lock_counter
-- One sequencer at a time: who finds another at it comes round again. One that stands still is cut
-- off after two seconds, for what changes is seen by nobody meanwhile.
SELECT last_id, set_config('idle_in_transaction_session_timeout', '2s', true)
FROM live_counters
FOR UPDATE SKIP LOCKED;

-- name: number
-- Move committed changes into the live stream with the next numbers; locked rows come next time.
WITH taken AS (
    DELETE FROM live_work
    WHERE id IN (SELECT id FROM live_work ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
    RETURNING id, at, kind, subject_id, place_path
)
INSERT INTO live_events (id, at, kind, subject_id, place_path)
SELECT %(last_id)s + row_number() OVER (ORDER BY taken.id), taken.at, taken.kind, taken.subject_id, taken.place_path
FROM taken;

-- name: set_counter
-- The last number that was given.
UPDATE live_counters SET last_id = %(last_id)s;

-- name: notify
-- A hint to those who listen; losing it costs a poll, nothing else.
SELECT pg_notify(%(channel)s, '');

-- name: plan_by_index
-- Every statement of the alarm process reads a few rows by an index. Without this a table that was
-- empty when it was last looked at is read as a whole for each row (tried: 8 s for 128 events).
SET enable_seqscan = off;

-- name: let_go
-- A worker that is frozen, or cut off, in the middle of a decision keeps its rows from the others for
-- no longer.
SET idle_in_transaction_session_timeout = '10s';

-- name: listen_events
-- Wake up when ingest has written events.
LISTEN tw_events;

-- name: listen_acts
-- Wake up when somebody at a page asks for something.
LISTEN tw_acts;

-- name: listen_warnings
-- Wake up when an early warning was raised or withdrawn.
LISTEN tw_warnings;

-- name: listen_notices
-- Wake up when something is to be sent.
LISTEN tw_notices;

-- name: prune
-- Old numbers that no page asks for any more.
DELETE FROM live_events
WHERE at < %(before)s OR (kind = 'platform' AND at < %(platform_before)s);
