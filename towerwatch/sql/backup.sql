-- name: tables
-- Every table of the product, in a fixed order; not those of extensions.
SELECT namespaces.nspname, classes.relname
FROM pg_class AS classes
INNER JOIN pg_namespace AS namespaces ON namespaces.oid = classes.relnamespace
WHERE classes.relkind IN ('r', 'p')
    AND NOT classes.relispartition
    AND namespaces.nspname NOT LIKE 'pg\_%'
    AND namespaces.nspname NOT LIKE '\_timescaledb\_%'
    AND namespaces.nspname NOT IN ('information_schema', 'timescaledb_information', 'timescaledb_experimental')
    AND NOT EXISTS (
        SELECT FROM pg_depend
        WHERE pg_depend.classid = 'pg_class'::regclass
            AND pg_depend.objid = classes.oid
            AND pg_depend.deptype = 'e'
    )
ORDER BY namespaces.nspname, classes.relname
LIMIT 10000;

-- name: digest
-- Rows of a table and a number that any changed, added or lost row changes, whatever their order.
SELECT count(*), coalesce(sum(hashtextextended(rows::text, 0)::numeric), 0)::text
FROM {table} AS rows;

-- name: sequences
-- Where every counter stands; a counter may stand higher than in the snapshot, never lower.
SELECT schemaname, sequencename, coalesce(last_value, 0)
FROM pg_sequences
WHERE schemaname NOT LIKE 'pg\_%' AND schemaname NOT LIKE '\_timescaledb\_%'
ORDER BY schemaname, sequencename
LIMIT 10000;

-- name: roles
-- Roles that own something here, may do something or are named by a policy: the dump names them too.
SELECT DISTINCT pg_roles.rolname
FROM pg_shdepend
INNER JOIN pg_roles ON pg_roles.oid = pg_shdepend.refobjid
INNER JOIN pg_database ON pg_database.oid = pg_shdepend.dbid
WHERE pg_shdepend.refclassid = 'pg_authid'::regclass
    AND pg_database.datname = current_database()
ORDER BY pg_roles.rolname
LIMIT 10000;

-- name: role_is_there
-- Whether the server has a role.
SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %(role)s);

-- name: create_role
-- A role of the backup that this server has not; nobody logs in as it before its password is set.
CREATE ROLE {role} NOLOGIN;

-- name: snapshot
-- What this transaction sees, for another connection to see the same.
SELECT pg_export_snapshot();

-- name: versions
-- Version of the server, of TimescaleDB in this database, and how many bytes it holds.
SELECT
    current_setting('server_version'),
    coalesce((SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'), ''),
    pg_database_size(current_database());

-- name: available_timescale
-- Whether the server can make the extension in that version.
SELECT EXISTS (
    SELECT FROM pg_available_extension_versions WHERE name = 'timescaledb' AND version = %(version)s
);

-- name: is_empty
-- Whether a database has no table of its own.
SELECT NOT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public');

-- name: create_timescale
-- The extension in the version of the backup; rows of its catalogue come from there.
CREATE EXTENSION IF NOT EXISTS timescaledb VERSION {version};

-- name: pre_restore
-- Stop TimescaleDB's own triggers and jobs while its catalogue is filled.
SELECT timescaledb_pre_restore();

-- name: post_restore
-- Let TimescaleDB work again.
SELECT timescaledb_post_restore();

-- name: analyze
-- Tell the planner what there is.
ANALYZE;

-- name: recovery
-- Whether the server still goes through its log, and when the last transaction of it had committed.
SELECT pg_is_in_recovery(), pg_last_xact_replay_timestamp();
