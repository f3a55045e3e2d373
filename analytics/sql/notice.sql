-- name: take_notice
-- The next notice to try, life safety first; it is leased, so that a crash only delays it. A moment
-- further off than any pause was written by a clock that has been set back since: it does not count.
-- What is told of one alarm goes in its order, one at a time; only one that failed and rests is passed.
-- What was never tried goes before what an outage has left: a fresh fire waits for no backlog.
UPDATE notices
SET attempts = attempts + 1, next_at = %(lease_until)s
WHERE id = (
    SELECT id
    FROM notices
    WHERE state = 'waiting' AND target = %(target)s
        AND (is_life_safety OR NOT %(only_life_safety)s)
        AND (alarm_id IS NULL OR NOT alarm_id = ANY (%(busy)s::bigint[]))
        AND NOT EXISTS (
            SELECT FROM notices AS earlier
            WHERE earlier.alarm_id = notices.alarm_id
                AND earlier.target = notices.target
                AND earlier.state = 'waiting'
                AND (earlier.last_error IS NULL OR earlier.next_at <= %(now)s)
                AND (earlier.created_at, earlier.id) < (notices.created_at, notices.id)
            -- Asked for each notice: a join would read all that waits for each of them.
            OFFSET 0
        )
        AND (
            next_at <= %(now)s
            OR next_at > CASE WHEN is_life_safety THEN %(far_life_safety)s ELSE %(far)s END
        )
    ORDER BY is_life_safety DESC, attempts > 0, next_at, id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING id::text, alarm_id, place_path::text, kind, body::text, is_life_safety, created_at, attempts;

-- name: renew_notices
-- Their attempts still go on.
UPDATE notices
SET next_at = %(lease_until)s
WHERE id = ANY (%(notices)s::uuid[]) AND state = 'waiting';

-- name: give_back_notices
-- The process ends before the answers have come: the next one tries them at once, with the same ids.
UPDATE notices
SET next_at = %(now)s, attempts = greatest(attempts - 1, 0)
WHERE id = ANY (%(notices)s::uuid[]) AND state = 'waiting';

-- name: mark_delivered
-- The other side has it; its receipt is kept.
UPDATE notices
SET state = 'delivered', delivered_at = %(now)s, receipt = %(receipt)s, last_error = NULL
WHERE id = %(id)s::uuid;

-- name: mark_failed
-- The other side does not have it; it is tried again, or given up.
UPDATE notices
SET state = %(state)s, next_at = %(next_at)s, last_error = left(%(error)s, 500)
WHERE id = %(id)s::uuid AND state = 'waiting';

-- name: count_waiting
-- How many notices of a target are not delivered yet, counted up to 100,000.
SELECT count(*)
FROM (SELECT FROM notices WHERE state = 'waiting' AND target = %(target)s LIMIT 100000) AS waiting;
