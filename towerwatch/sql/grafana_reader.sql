-- name: join_readers
-- What dashboards may see in general; the role can never become tw_grafana itself.
GRANT tw_grafana TO {role} WITH INHERIT TRUE, SET FALSE;

-- name: set_scope
-- Its places and organisations; what it had before is taken away.
SELECT set_reader_scope(%(role)s, %(places)s::text[], %(organisations)s::text[]);

-- name: readers
-- Every reader with its places and organisations.
SELECT
    readers.role,
    coalesce((
        SELECT array_agg(CASE WHEN reader_scopes.path = '' THEN '*' ELSE subpath(reader_scopes.path, -1)::text END
            ORDER BY reader_scopes.path)
        FROM reader_scopes
        WHERE reader_scopes.role_name = readers.role
    ), '{}') AS places,
    coalesce((
        SELECT array_agg(organisations.code ORDER BY organisations.code)
        FROM reader_organisations
        JOIN organisations ON organisations.id = reader_organisations.organisation_id
        WHERE reader_organisations.role_name = readers.role
    ), '{}') AS organisations
FROM (
    SELECT pg_roles.rolname AS role
    FROM pg_roles
    WHERE pg_roles.rolname = 'tw_grafana'
    UNION
    SELECT members.rolname
    FROM pg_auth_members
    JOIN pg_roles AS members ON members.oid = pg_auth_members.member
    JOIN pg_roles AS groups ON groups.oid = pg_auth_members.roleid
    WHERE groups.rolname = 'tw_grafana' AND starts_with(members.rolname, 'tw_grafana_')
) AS readers
ORDER BY readers.role;

-- name: leave_scope
-- A reader that is removed sees nothing any more.
DELETE FROM reader_scopes WHERE role_name = %(role)s;

-- name: leave_organisations
-- A reader that is removed sees nothing any more.
DELETE FROM reader_organisations WHERE role_name = %(role)s;

-- name: forbid_to_connect
-- A reader that is removed is not let in.
REVOKE CONNECT ON DATABASE {name} FROM {role};

-- name: end_sessions
-- Its sessions end.
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = %(role)s;

-- name: drop_role
-- The role is gone.
DROP ROLE IF EXISTS {role};
