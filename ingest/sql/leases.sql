-- name: lock
-- Whether this worker may share out parts: one at a time, and nobody waits for one that is stuck. A
-- lease that a crash of the server forgets is taken anew, so that no renewal waits for the disk.
SELECT pg_try_advisory_xact_lock(%(key)s), set_config('synchronous_commit', 'off', true);

-- name: renew
-- The worker lives, and so do its leases.
INSERT INTO {workers} (worker, renewed_at)
VALUES (%(worker)s, clock_timestamp())
ON CONFLICT (worker) DO UPDATE SET renewed_at = excluded.renewed_at;

-- name: renew_leases
-- Keep what the worker holds.
UPDATE {leases}
SET renewed_at = clock_timestamp()
WHERE worker = %(worker)s;

-- name: workers
-- How many workers live, by the database's clock as everything here; a time ahead of it was written
-- before it was set back.
SELECT count(*)
FROM {workers}
WHERE renewed_at > clock_timestamp() - %(silent)s AND renewed_at < clock_timestamp() + %(silent)s;

-- name: held
-- The parts of the worker.
SELECT {part}
FROM {leases}
WHERE worker = %(worker)s
ORDER BY {part};

-- name: claim
-- Take free parts and those of silent workers, so many at most.
INSERT INTO {leases} AS leases ({part}, worker, renewed_at)
SELECT free.{part}, %(worker)s, clock_timestamp()
FROM generate_series(0, %(count)s - 1) AS free ({part})
WHERE NOT EXISTS (
    SELECT FROM {leases} AS held
    WHERE held.{part} = free.{part}
        AND held.renewed_at > clock_timestamp() - %(silent)s
        AND held.renewed_at < clock_timestamp() + %(silent)s
)
ORDER BY free.{part}
LIMIT %(most)s
ON CONFLICT ({part}) DO UPDATE SET worker = excluded.worker, renewed_at = excluded.renewed_at
RETURNING {part};

-- name: release
-- Give parts back.
DELETE FROM {leases}
WHERE worker = %(worker)s AND {part} = ANY (%(parts)s);

-- name: leave
-- The worker goes.
DELETE FROM {workers}
WHERE worker = %(worker)s OR renewed_at < clock_timestamp() - %(silent)s - INTERVAL '1 day';
