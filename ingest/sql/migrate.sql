-- name: lock
-- One runner at a time: the second waits here until the first has ended or died.
SELECT pg_advisory_lock(%(key)s);

-- name: unlock
-- Let the next runner in.
SELECT pg_advisory_unlock(%(key)s);

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
