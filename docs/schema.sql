-- name: tables
-- Every table of the product with its comment, and whether it is cut into chunks by time.
SELECT
    pg_class.relname AS name,
    coalesce(obj_description(pg_class.oid, 'pg_class'), '') AS comment,
    EXISTS (
        SELECT
        FROM timescaledb_information.hypertables AS known
        WHERE known.hypertable_schema = 'public' AND known.hypertable_name = pg_class.relname
    ) AS is_hypertable,
    pg_class.relrowsecurity AS is_scoped
FROM pg_class
WHERE pg_class.relnamespace = 'public'::regnamespace AND pg_class.relkind IN ('r', 'p')
ORDER BY pg_class.relname;

-- name: views
-- Every view of the product; those of extensions stand in schemas of their own.
SELECT
    pg_class.relname AS name,
    coalesce(obj_description(pg_class.oid, 'pg_class'), '') AS comment
FROM pg_class
WHERE
    pg_class.relnamespace = 'public'::regnamespace
    AND pg_class.relkind IN ('v', 'm')
    AND NOT EXISTS (
        SELECT FROM pg_depend WHERE pg_depend.objid = pg_class.oid AND pg_depend.deptype = 'e'
    )
ORDER BY pg_class.relname;

-- name: rights
-- Which of the product's roles may read or write which table or view, single columns included.
SELECT
    pg_class.relname AS name,
    role.name AS role,
    has_any_column_privilege(role.name, pg_class.oid, 'SELECT') AS reads,
    has_any_column_privilege(role.name, pg_class.oid, 'INSERT')
    OR has_any_column_privilege(role.name, pg_class.oid, 'UPDATE')
    OR has_table_privilege(role.name, pg_class.oid, 'DELETE')
    OR has_table_privilege(role.name, pg_class.oid, 'TRUNCATE') AS writes
FROM pg_class
CROSS JOIN unnest(%(roles)s::text[]) AS role (name)
WHERE pg_class.relnamespace = 'public'::regnamespace AND pg_class.relkind IN ('r', 'p', 'v', 'm')
ORDER BY pg_class.relname, role.name;
