-- name: add
-- Files whose plan was shown; nothing is applied yet.
INSERT INTO registry_requests (id, asked_at, asked_by, scope, files, plan_digest, effective_at, reason)
VALUES (
    %(id)s, %(now)s, %(asked_by)s, %(scope)s::ltree[], %(files)s::jsonb, %(plan_digest)s, %(effective_at)s,
    %(reason)s
);

-- name: agree
-- Whoever was shown the plan agrees to it; ingest applies it then.
UPDATE registry_requests
SET state = 'waiting'
WHERE id = %(id)s AND asked_by = %(asked_by)s AND state = 'shown';

-- name: listed
-- Requests of the scope, newest first.
SELECT id, asked_at, asked_by, ARRAY(SELECT jsonb_object_keys(files) ORDER BY 1) AS names, reason, state, outcome
FROM registry_requests
ORDER BY asked_at DESC
LIMIT %(limit)s;
