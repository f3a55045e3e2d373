-- name: lock
-- One worker at a time shares out shards.
SELECT pg_advisory_xact_lock(%(key)s);

-- name: renew
-- The worker lives, and so do its leases.
INSERT INTO data_workers (worker, renewed_at)
VALUES (%(worker)s, %(now)s)
ON CONFLICT (worker) DO UPDATE SET renewed_at = excluded.renewed_at;

-- name: renew_leases
-- Keep what the worker holds.
UPDATE shard_leases
SET renewed_at = %(now)s
WHERE worker = %(worker)s;

-- name: workers
-- How many workers live; a time ahead of the clock was written before the clock was set back.
SELECT count(*)
FROM data_workers
WHERE renewed_at > %(silent_before)s AND renewed_at < %(ahead_after)s;

-- name: held
-- The shards of the worker.
SELECT shard
FROM shard_leases
WHERE worker = %(worker)s
ORDER BY shard;

-- name: claim
-- Take free shards and those of silent workers, so many at most.
INSERT INTO shard_leases AS leases (shard, worker, renewed_at)
SELECT free.shard, %(worker)s, %(now)s
FROM generate_series(0, %(count)s - 1) AS free (shard)
WHERE NOT EXISTS (
    SELECT FROM shard_leases AS held
    WHERE held.shard = free.shard
        AND held.renewed_at > %(silent_before)s AND held.renewed_at < %(ahead_after)s
)
ORDER BY free.shard
LIMIT %(most)s
ON CONFLICT (shard) DO UPDATE SET worker = excluded.worker, renewed_at = excluded.renewed_at
RETURNING shard;

-- name: release
-- Give shards back.
DELETE FROM shard_leases
WHERE worker = %(worker)s AND shard = ANY (%(parts)s);

-- name: leave
-- The worker goes.
DELETE FROM data_workers
WHERE worker = %(worker)s OR renewed_at < %(silent_before)s::timestamptz - INTERVAL '1 day';
