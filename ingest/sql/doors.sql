-- name: told_doors
-- Doors of which the newest look told that their certificates end soon.
SELECT door
FROM certificates
WHERE looked_at > coalesce(warn_at, ends_at - INTERVAL '14 days')
ORDER BY door
LIMIT 1000;

-- name: note_doors
-- What the doors showed at a look; what one showed before stays while it cannot be seen.
INSERT INTO certificates AS known (door, ends_at, warn_at, seen_at, looked_at, problem)
SELECT
    looked.door,
    looked.ends_at,
    looked.warn_at,
    CASE WHEN looked.ends_at IS NOT NULL THEN %(now)s::timestamptz END,
    %(now)s,
    looked.problem
FROM unnest(%(doors)s::text[], %(ends_at)s::timestamptz[], %(warn_at)s::timestamptz[], %(problems)s::text[])
    AS looked (door, ends_at, warn_at, problem)
ORDER BY looked.door
ON CONFLICT (door) DO UPDATE SET
    ends_at = coalesce(excluded.ends_at, known.ends_at),
    warn_at = coalesce(excluded.warn_at, known.warn_at),
    seen_at = coalesce(excluded.seen_at, known.seen_at),
    looked_at = excluded.looked_at,
    problem = excluded.problem;

-- name: forget_doors
-- Doors that are no longer looked at.
DELETE FROM certificates
WHERE door <> ALL (%(doors)s::text[]);

-- name: known_doors
-- What each door has shown last.
SELECT door AS name, ends_at, coalesce(warn_at, ends_at - INTERVAL '14 days') AS warn_at
FROM certificates
WHERE ends_at IS NOT NULL
ORDER BY door
LIMIT 1000;
