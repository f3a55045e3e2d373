-- name: person
-- A person who may log in, with what the password is checked against.
SELECT
    users.role,
    CASE
        WHEN '' = ANY (users.scope::text[]) THEN (
            SELECT coalesce(array_agg(places.path::text ORDER BY places.path), '{}')
            FROM places
            WHERE nlevel(places.path) = 1
        )
        ELSE users.scope::text[]
    END,
    users.organisation_id,
    users.password_hash
FROM users
WHERE users.name = %(name)s AND users.disabled_at IS NULL;
