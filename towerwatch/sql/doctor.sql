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
-- Whether the schema knows certificates yet.
SELECT to_regclass('public.certificates') IS NOT NULL;

-- name: doors
-- What each door of the platform has shown last, and why it could not be looked at.
SELECT door AS name, ends_at, problem
FROM certificates
ORDER BY ends_at NULLS FIRST, door
LIMIT 1000;
