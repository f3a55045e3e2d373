-- name: lock
-- One worker at a time shares out places.
SELECT pg_advisory_xact_lock(%(key)s);

-- name: renew
-- The worker lives.
INSERT INTO alarm_workers (worker, renewed_at)
VALUES (%(worker)s, %(now)s)
ON CONFLICT (worker) DO UPDATE SET renewed_at = excluded.renewed_at;

-- name: renew_leases
-- Keep what the worker holds.
UPDATE alarm_leases
SET renewed_at = %(now)s
WHERE worker = %(worker)s;

-- name: workers
-- How many workers live; a time ahead of the clock was written before the clock was set back.
SELECT count(*)
FROM alarm_workers
WHERE renewed_at > %(silent_before)s AND renewed_at < %(ahead_after)s;

-- name: held
-- The slices of the worker.
SELECT slice
FROM alarm_leases
WHERE worker = %(worker)s
ORDER BY slice;

-- name: claim
-- Take free slices and those of silent workers, so many at most.
INSERT INTO alarm_leases AS leases (slice, worker, renewed_at)
SELECT free.slice, %(worker)s, %(now)s
FROM generate_series(0, %(count)s - 1) AS free (slice)
WHERE NOT EXISTS (
    SELECT FROM alarm_leases AS held
    WHERE held.slice = free.slice
        AND held.renewed_at > %(silent_before)s AND held.renewed_at < %(ahead_after)s
)
ORDER BY free.slice
LIMIT %(most)s
ON CONFLICT (slice) DO UPDATE SET worker = excluded.worker, renewed_at = excluded.renewed_at
RETURNING slice;

-- name: release
-- Give slices back.
DELETE FROM alarm_leases
WHERE worker = %(worker)s AND slice = ANY (%(parts)s);

-- name: leave
-- The worker goes.
DELETE FROM alarm_workers
WHERE worker = %(worker)s OR renewed_at < %(silent_before)s::timestamptz - INTERVAL '1 day';
