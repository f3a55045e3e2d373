-- name: server
-- Version and clock of the server.
SELECT current_setting('server_version_num')::int AS version, clock_timestamp() AS now;

-- name: timescale
-- Version and licence of the extension in this database.
SELECT extversion, current_setting('timescaledb.license', true)
FROM pg_extension
WHERE extname = 'timescaledb';

-- name: archiver
-- Whether the write-ahead log is archived, when that last went well, and when it last failed.
SELECT current_setting('archive_mode') <> 'off', last_archived_time, last_failed_time
FROM pg_stat_archiver;

-- name: has_doors
-- Whether the schema knows certificates yet, and from when on their end is an alarm.
SELECT EXISTS (
    SELECT
    FROM pg_attribute
    WHERE attrelid = to_regclass('public.certificates') AND attname = 'warn_at' AND NOT attisdropped
);

-- name: doors
-- What each door of the platform has shown last, and why it could not be looked at.
SELECT door AS name, ends_at, coalesce(warn_at, ends_at - INTERVAL '14 days') AS warn_at, problem
FROM certificates
ORDER BY ends_at NULLS FIRST, door
LIMIT 1000;
