-- name: desks_without_plan
-- Compounds whose desk has no next moment: those that somebody manages now.
SELECT places.path::text, managements.organisation_id
FROM managements
JOIN places ON places.id = managements.place_id
WHERE managements.valid_during @> %(now)s::timestamptz
    AND managements.kind IN ('company', 'work_unit', 'entrusted')
    AND places.closed_at IS NULL
    AND NOT EXISTS (
        SELECT FROM post_checks WHERE post_checks.place_path = places.path AND post_checks.state = 'planned'
    )
ORDER BY places.path
LIMIT 500;

-- name: add_planned
-- The next moment of a desk; one is planned at a time.
INSERT INTO post_checks (place_path, organisation_id, reason, asked_by, asked_at, answer_s, state)
VALUES (%(place_path)s::ltree, %(organisation)s, 'random', %(by)s, %(at)s, %(answer_s)s, 'planned')
ON CONFLICT DO NOTHING;

-- name: claim_planned
-- A desk whose moment has come.
SELECT id, place_path::text, organisation_id, asked_at, due_at
FROM post_checks
WHERE state = 'planned' AND asked_at <= %(now)s AND NOT id = ANY (%(set_aside)s::bigint[])
ORDER BY asked_at, id
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: claim_unanswered
-- A desk that has not answered in time.
SELECT id, place_path::text, organisation_id, asked_at, due_at
FROM post_checks
WHERE state = 'waiting' AND due_at <= %(now)s AND NOT id = ANY (%(set_aside)s::bigint[])
ORDER BY due_at, id
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: is_waiting
-- Whether the desk has a question to answer.
SELECT EXISTS (SELECT FROM post_checks WHERE place_path = %(place_path)s::ltree AND state = 'waiting');

-- name: put_off
-- The moment comes a little later.
UPDATE post_checks SET asked_at = %(at)s WHERE id = %(id)s;

-- name: set_asked
-- The desk is asked.
UPDATE post_checks SET state = 'waiting', asked_at = %(now)s, due_at = %(due_at)s WHERE id = %(id)s;

-- name: miss
-- Nobody has answered.
UPDATE post_checks SET state = 'unanswered' WHERE id = %(id)s;

-- name: desk_of
-- The compound with that code, and who manages it now.
SELECT places.path::text, managements.organisation_id
FROM places
LEFT JOIN managements ON managements.place_id = places.id
    AND managements.valid_during @> %(now)s::timestamptz
WHERE places.code = %(place)s AND places.level = 'compound';

-- name: ask_now
-- A person asks a desk.
INSERT INTO post_checks (
    place_path, organisation_id, reason, asked_by, asked_at, answer_s, state, due_at
)
VALUES (
    %(place_path)s::ltree, %(organisation)s, 'demand', %(by)s, %(now)s, %(answer_s)s, 'waiting',
    %(due_at)s
);

-- name: lock_waiting
-- A check that waits for its answer.
SELECT id, place_path::text, organisation_id, asked_at, due_at
FROM post_checks
WHERE id = %(id)s AND state = 'waiting'
FOR UPDATE;

-- name: answer
-- Somebody is at the desk.
UPDATE post_checks
SET state = 'answered', answered_by = %(by)s, answered_at = %(now)s
WHERE id = %(id)s;

-- name: checks
-- Checks that were asked, the newest first.
SELECT
    id, place_path::text AS place_path, reason, asked_by, asked_at, state, due_at, answered_at,
    answered_by
FROM post_checks
WHERE state <> 'planned'
ORDER BY asked_at DESC, id DESC
LIMIT %(limit)s;
