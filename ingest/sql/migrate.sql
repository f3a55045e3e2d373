-- name: lock
-- One runner at a time: whether this is the one. The second asks again and again; if it waited in a
-- statement, an index that is built beside writers would wait for that statement, and it for the index.
SELECT pg_try_advisory_lock(%(key)s);

-- name: unlock
-- Let the next runner in.
SELECT pg_advisory_unlock(%(key)s);

-- name: hurry
-- How long a statement of this transaction waits for a lock: as long as that, writers wait behind it.
SELECT set_config('lock_timeout', %(wait)s, true);

-- name: hurry_on
-- The same for what runs in no transaction; 0 is for ever.
SELECT set_config('lock_timeout', %(wait)s, false);

-- name: index_state
-- Whether an index of that name is whole, and whether its table is a hypertable.
SELECT
    pg_index.indisvalid,
    EXISTS (SELECT FROM pg_inherits WHERE pg_inherits.inhparent = pg_index.indrelid)
    OR EXISTS (
        SELECT FROM pg_trigger
        WHERE pg_trigger.tgrelid = pg_index.indrelid AND pg_trigger.tgname = 'ts_insert_blocker'
    )
FROM pg_index
WHERE pg_index.indexrelid = to_regclass(%(name)s);

-- name: is_built_ahead
-- Whether an index is better built beside writers: its table is there, is large and no hypertable; or
-- a former run has begun with it.
SELECT
    to_regclass(%(name)s) IS NOT NULL
    OR (
        pg_relation_size(pg_class.oid) >= %(large)s
        AND NOT EXISTS (SELECT FROM pg_inherits WHERE pg_inherits.inhparent = pg_class.oid)
    )
FROM pg_class
WHERE pg_class.oid = to_regclass(%(table)s) AND pg_class.relkind = 'r';

-- name: missing_roles
-- Which of the needed roles the cluster does not have.
SELECT needed.name
FROM unnest(%(roles)s::text[]) AS needed (name)
WHERE needed.name NOT IN (SELECT rolname FROM pg_roles)
ORDER BY needed.name;

-- name: create_record
-- The record of what was applied; the first thing that a new database gets.
CREATE TABLE IF NOT EXISTS schema_migrations (
    set text NOT NULL,
    file text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (set, file)
);

-- name: applied
-- What was applied of one set.
SELECT file, checksum
FROM schema_migrations
WHERE set = %(set)s
ORDER BY file;

-- name: licence
-- Whether this server runs the Community edition: `timescale`, else `apache` or nothing.
SELECT current_setting('timescaledb.license', true);

-- name: record
-- Remember a file; in the same transaction as the file itself.
INSERT INTO schema_migrations (set, file, checksum)
VALUES (%(set)s, %(file)s, %(checksum)s);
