-- name: prepare
-- The owner's rights as on a real server: the schema is never made by a superuser.
CREATE ROLE tw_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
CREATE ROLE tw_ingest LOGIN;
CREATE ROLE tw_analytics LOGIN;
CREATE ROLE tw_console LOGIN;
CREATE ROLE tw_grafana LOGIN;
ALTER DATABASE template1 OWNER TO tw_owner;

-- name: preload
-- A server loads it at its start; here creating the extension does, and a kept database has it already.
LOAD 'timescaledb';

-- name: session
-- As whom and in which zone everything is done.
SET timezone = 'UTC';
SET ROLE tw_owner;

-- name: relations
-- Tables and views of the schema, what kind each is, and its options.
SELECT
    relname AS name,
    relkind::text AS kind,
    reloptions AS options,
    relrowsecurity AS is_row_secured
FROM pg_class
WHERE relnamespace = 'public'::regnamespace
    AND relkind IN ('r', 'v', 'm', 'p')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
ORDER BY relname;

-- name: columns
-- Every column of the schema with its type.
SELECT
    relname AS relation,
    attname AS name,
    format_type(atttypid, atttypmod) AS type,
    attnum AS position
FROM pg_class
JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
WHERE relnamespace = 'public'::regnamespace
    AND relkind IN ('r', 'v', 'm', 'p')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
ORDER BY relname, attnum;

-- name: grants
-- Who may do what to which relation.
SELECT
    relname AS relation,
    coalesce(pg_roles.rolname, 'public') AS role,
    privilege_type AS privilege
FROM pg_class
CROSS JOIN LATERAL aclexplode(relacl) AS given
LEFT JOIN pg_roles ON pg_roles.oid = given.grantee
WHERE relnamespace = 'public'::regnamespace
    AND relkind IN ('r', 'v', 'm', 'p')
    AND given.grantee <> relowner
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
ORDER BY relname, role, privilege;

-- name: hypertables
-- The hypertables of the schema.
SELECT hypertable_name AS name
FROM timescaledb_information.hypertables
WHERE hypertable_schema = 'public'
ORDER BY hypertable_name;

-- name: aggregates
-- The continuous aggregates of the schema.
SELECT view_name AS name
FROM timescaledb_information.continuous_aggregates
WHERE view_schema = 'public'
ORDER BY view_name;

-- name: jobs
-- The policies of the schema.
SELECT
    job_id AS id,
    proc_name AS procedure,
    hypertable_name AS hypertable
FROM timescaledb_information.jobs
WHERE proc_name <> 'policy_job_stat_history_retention'
ORDER BY job_id;

-- name: run_job
-- Run one policy as its scheduler would.
CALL run_job({job});

-- name: compressed_chunks
-- How many chunks of each hypertable are compressed.
SELECT
    hypertable_name AS hypertable,
    count(*) FILTER (WHERE is_compressed) AS compressed,
    count(*) AS chunks
FROM timescaledb_information.chunks
WHERE hypertable_schema = 'public'
GROUP BY hypertable_name
ORDER BY hypertable_name;

-- name: chunk_of_rides
-- Rows and bytes, indexes included, of the chunk that holds the rides, before and after compression.
SELECT
    (SELECT count(*) FROM lift_samples WHERE asset_id > 1000) AS samples,
    stats.before_compression_total_bytes AS plain_bytes,
    stats.after_compression_total_bytes AS compressed_bytes
FROM chunk_columnstore_stats('lift_samples') AS stats
JOIN timescaledb_information.chunks
    ON chunks.chunk_schema = stats.chunk_schema AND chunks.chunk_name = stats.chunk_name
WHERE current_setting('sample.begins')::timestamptz >= range_start
    AND current_setting('sample.begins')::timestamptz < range_end;
