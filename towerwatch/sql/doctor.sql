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

-- name: has_contacts
-- Whether the schema knows contacts yet.
SELECT to_regclass('public.notice_messages') IS NOT NULL;

-- name: contacts
-- How many contacts are in force, and the addresses that messages of the last day did not find.
SELECT
    (SELECT count(*) FROM notice_contacts WHERE removed_at IS NULL),
    (
        SELECT coalesce(array_agg(DISTINCT message.address_key ORDER BY message.address_key), '{}')
        FROM notice_messages AS message
        JOIN notice_contacts AS contact ON contact.id = message.contact_id
        WHERE message.created_at > now() - INTERVAL '1 day'
            AND message.state IN ('waiting', 'given_up')
            AND message.last_error LIKE 'no address %'
            AND contact.removed_at IS NULL
    );
