-- Who administers whom: users as administrators see them, and what administrators did.

CREATE VIEW visible_users WITH (security_barrier) AS
SELECT
    users.name,
    users.role,
    users.display_name,
    users.organisation_id,
    users.scope,
    users.language,
    users.created_at,
    users.disabled_at
FROM users
WHERE cardinality(users.scope) > 0
    AND NOT EXISTS (
        SELECT FROM unnest(users.scope) AS seen
        WHERE NOT seen <@ ANY ((SELECT visible_scope())::ltree[])
    );
COMMENT ON VIEW visible_users IS 'Users whose whole scope lies within the reader''s, without their passwords';
GRANT SELECT ON visible_users TO tw_console;

CREATE TABLE admin_acts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL REFERENCES users,
    kind text NOT NULL CONSTRAINT admin_acts_kind_is_known CHECK (
        kind IN (
            'user_put', 'user_password', 'user_disable', 'sessions_end', 'registry_preview', 'persons_seen',
            'limit_preview'
        )
    ),
    subject text NOT NULL,
    detail text NOT NULL DEFAULT '',
    scope ltree[] NOT NULL
);
COMMENT ON TABLE admin_acts IS 'Append-only: what administrators did at the console, and who looked at personal data';
COMMENT ON COLUMN admin_acts.scope IS 'Scope of whoever did it: seen by whoever sees all of it';
CREATE INDEX admin_acts_newest ON admin_acts (id DESC);
GRANT SELECT, INSERT ON admin_acts TO tw_console;
ALTER TABLE admin_acts ENABLE ROW LEVEL SECURITY;
CREATE POLICY admin_acts_in_scope ON admin_acts TO tw_console
    USING (
        NOT EXISTS (
            SELECT FROM unnest(scope) AS seen WHERE NOT seen <@ ANY ((SELECT visible_scope())::ltree[])
        )
    )
    WITH CHECK (true);
