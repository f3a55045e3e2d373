-- Who may log in, in which role and for which places; sessions are opaque and stored hashed.

CREATE TABLE users (
    name text PRIMARY KEY CONSTRAINT users_name_is_a_word CHECK (name ~ '^[a-z0-9._-]{2,40}$'),
    role text NOT NULL CONSTRAINT users_role_is_known CHECK (
        role IN (
            'operator', 'project_manager', 'technician', 'maintenance_dispatcher', 'community',
            'owners_committee', 'grid_member', 'supervisor', 'bureau', 'admin', 'auditor'
        )
    ),
    display_name text NOT NULL,
    organisation_id int REFERENCES organisations,
    scope ltree[] NOT NULL,
    password_hash text NOT NULL,
    language text NOT NULL DEFAULT 'zh' CONSTRAINT users_language_is_known CHECK (language IN ('zh', 'en')),
    created_at timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz
);

CREATE TABLE sessions (
    token_hash bytea PRIMARY KEY,
    user_name text NOT NULL REFERENCES users,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    csrf_secret bytea NOT NULL
);
COMMENT ON COLUMN sessions.token_hash IS 'SHA-256 of the cookie';
CREATE INDEX sessions_user ON sessions (user_name);

CREATE TABLE login_failures (
    name text NOT NULL,
    address inet NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX login_failures_recent ON login_failures (name, at);

GRANT SELECT, INSERT, UPDATE ON users TO tw_console;
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions, login_failures TO tw_console;
