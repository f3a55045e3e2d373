-- name: insert_user
-- A new person who may log in.
INSERT INTO users (name, role, display_name, organisation_id, scope, password_hash, language)
VALUES (
    %(name)s, %(role)s, %(display_name)s, %(organisation_id)s, %(scope)s::ltree[],
    %(password_hash)s, %(language)s
);

-- name: update_user
-- The same person with another role, scope or password; a disabled one is let in again.
UPDATE users
SET role = %(role)s,
    display_name = %(display_name)s,
    organisation_id = %(organisation_id)s,
    scope = %(scope)s::ltree[],
    password_hash = %(password_hash)s,
    language = %(language)s,
    disabled_at = NULL
WHERE name = %(name)s;

-- name: disable_user
-- A person who may no longer log in; the row stays, since history names it.
UPDATE users
SET disabled_at = %(now)s
WHERE name = %(name)s AND disabled_at IS NULL;

-- name: change_password
-- Another password for a person.
UPDATE users
SET password_hash = %(password_hash)s
WHERE name = %(name)s;

-- name: list_users
-- Everybody who has or had access.
SELECT
    users.name,
    users.role,
    users.display_name,
    coalesce(organisations.name_zh, '') AS organisation,
    users.scope::text[] AS scope,
    users.disabled_at
FROM users
LEFT JOIN organisations ON organisations.id = users.organisation_id
ORDER BY users.name
LIMIT 10000;

-- name: names
-- Who is behind each account; a technician of the register may have none.
SELECT users.name, users.display_name, users.role
FROM users
UNION ALL
SELECT technicians.name, technicians.display_name, 'technician'
FROM technicians
WHERE NOT EXISTS (SELECT FROM users WHERE users.name = technicians.name)
ORDER BY name
LIMIT 20000;

-- name: name
-- Who is behind an account.
SELECT users.name, users.display_name, users.role
FROM users
WHERE users.name = %(name)s;

-- name: place_paths
-- Where the named places stand in the tree.
SELECT code, path::text
FROM places
WHERE code = ANY (%(codes)s)
ORDER BY code
LIMIT 1000;

-- name: organisation_id
-- The organisation of that code.
SELECT id
FROM organisations
WHERE code = %(code)s;

-- name: credentials
-- What a log-in is checked against.
SELECT password_hash
FROM users
WHERE name = %(name)s AND disabled_at IS NULL;

-- name: count_failures
-- Failed log-ins of late: on this name, from this address, from the site around it, and both at once.
SELECT
    count(*) FILTER (WHERE name = %(name)s AND address = %(address)s::inet) AS on_name_from_address,
    count(*) FILTER (WHERE name = %(name)s) AS on_name,
    count(*) FILTER (WHERE address = %(address)s::inet) AS from_address,
    count(*) FILTER (WHERE name = %(name)s AND address BETWEEN %(first)s::inet AND %(last)s::inet)
        AS on_name_from_site,
    count(*) FILTER (WHERE address BETWEEN %(first)s::inet AND %(last)s::inet) AS from_site
FROM login_failures
WHERE at > %(since)s
    AND (name = %(name)s OR address BETWEEN %(first)s::inet AND %(last)s::inet);

-- name: record_failure
-- One more failed log-in.
INSERT INTO login_failures (name, address, at)
VALUES (%(name)s, %(address)s::inet, %(now)s);

-- name: forget_failures
-- A log-in that succeeded ends the count on its name and address; old ones are swept with it.
DELETE FROM login_failures
WHERE (name = %(name)s AND address = %(address)s::inet) OR at < %(before)s;

-- name: insert_session
-- A new session; only the hash of its token is kept.
INSERT INTO sessions (token_hash, user_name, created_at, seen_at, expires_at, csrf_secret)
VALUES (%(token_hash)s, %(name)s, %(now)s, %(now)s, %(expires_at)s, %(csrf_secret)s);

-- name: sweep_sessions
-- Sessions that have ended.
DELETE FROM sessions
WHERE expires_at < %(now)s;

-- name: session_user
-- Who the token belongs to.
SELECT
    users.name,
    users.role,
    users.display_name,
    users.organisation_id,
    users.scope::text[] AS scope,
    users.language,
    encode(sessions.csrf_secret, 'hex') AS csrf_token
FROM sessions
JOIN users ON users.name = sessions.user_name
WHERE sessions.token_hash = %(token_hash)s
    AND sessions.expires_at > %(now)s
    AND users.disabled_at IS NULL;

-- name: touch_session
-- When the session was last used, to the minute.
UPDATE sessions
SET seen_at = %(now)s
WHERE token_hash = %(token_hash)s AND seen_at < %(now)s - INTERVAL '1 minute';

-- name: end_session
-- Log out.
DELETE FROM sessions
WHERE token_hash = %(token_hash)s;

-- name: end_sessions_of
-- Log a person out everywhere.
DELETE FROM sessions
WHERE user_name = %(name)s;

-- name: block_phones_of
-- The telephones of a person open nothing any more, until a new link is sent.
UPDATE phones
SET blocked_at = now()
WHERE user_name = %(name)s AND blocked_at IS NULL;

-- name: end_links_of
-- Links to a person that nobody has used are good for nothing.
UPDATE phone_links
SET expires_at = least(expires_at, now())
WHERE user_name = %(name)s AND used_at IS NULL;

-- name: open_sessions
-- Sessions that have not ended, the one used last first.
SELECT user_name, created_at, seen_at, expires_at
FROM sessions
WHERE expires_at > %(now)s
ORDER BY seen_at DESC, user_name
LIMIT 10000;

-- name: set_language
-- The language that a person reads.
UPDATE users
SET language = %(language)s
WHERE name = %(name)s;
