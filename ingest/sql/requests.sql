-- name: claim
-- The request that has waited longest and that nobody else holds.
SELECT id, asked_by, scope::text[], files::text, plan_digest, effective_at, reason
FROM registry_requests
WHERE state = 'waiting'
ORDER BY asked_at, id
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: settle
-- How a request ended; the first word holds.
UPDATE registry_requests
SET state = %(state)s, outcome = %(outcome)s, handled_at = %(now)s
WHERE id = %(id)s AND state = 'waiting';
