-- name: user_of_identity
-- Who somebody of a provider is here, and whether that user may sign in.
SELECT users.name, users.disabled_at IS NULL
FROM identities
JOIN users ON users.name = identities.user_name
WHERE identities.issuer = %(issuer)s AND identities.subject = %(subject)s;

-- name: see_identity
-- When somebody came by a provider.
UPDATE identities SET seen_at = %(now)s WHERE issuer = %(issuer)s AND subject = %(subject)s;

-- name: bind_by_address
-- The enabled user for whom the address was written down; nothing where the user is another there.
INSERT INTO identities (issuer, subject, user_name, seen_at)
SELECT %(issuer)s, %(subject)s, users.name, %(now)s
FROM user_addresses
JOIN users ON users.name = user_addresses.user_name
WHERE user_addresses.address = %(address)s AND users.disabled_at IS NULL
ON CONFLICT DO NOTHING
RETURNING user_name;

-- name: sweep_requests
-- Requests that nobody has answered in time.
DELETE FROM identity_requests WHERE asked_at < %(before)s;

-- name: ask
-- Somebody of a provider came who is no user yet; nothing where very many wait already.
INSERT INTO identity_requests (issuer, subject, name, asked_at)
SELECT %(issuer)s, %(subject)s, %(name)s, %(now)s
WHERE
    (SELECT count(*) FROM identity_requests) < %(most)s
    OR EXISTS (SELECT FROM identity_requests WHERE issuer = %(issuer)s AND subject = %(subject)s)
ON CONFLICT (issuer, subject) DO UPDATE
SET name = excluded.name, asked_at = excluded.asked_at
RETURNING subject;

-- name: requests
-- Who waits to be tied to a user: of a part of the tree, those alone whose name a user of it has.
SELECT
    identity_requests.issuer,
    identity_requests.subject,
    identity_requests.name,
    identity_requests.asked_at,
    EXISTS (
        SELECT FROM visible_users
        WHERE visible_users.name = identity_requests.name AND visible_users.disabled_at IS NULL
    ) AS is_user
FROM identity_requests
WHERE
    ''::ltree <@ ANY ((SELECT visible_scope())::ltree[])
    OR identity_requests.name IN (SELECT visible_users.name FROM visible_users)
ORDER BY identity_requests.asked_at DESC, identity_requests.subject
LIMIT %(limit)s;

-- name: take_request
-- A request that is answered now, where the scope shows it.
DELETE FROM identity_requests
WHERE issuer = %(issuer)s
    AND subject = %(subject)s
    AND (
        ''::ltree <@ ANY ((SELECT visible_scope())::ltree[])
        OR identity_requests.name IN (SELECT visible_users.name FROM visible_users)
    )
RETURNING name;

-- name: bind
-- From now on somebody of a provider is a user; nothing where either is tied to another.
INSERT INTO identities (issuer, subject, user_name, seen_at)
SELECT %(issuer)s, %(subject)s, users.name, %(now)s
FROM users
WHERE users.name = %(name)s AND users.disabled_at IS NULL
ON CONFLICT DO NOTHING
RETURNING user_name;

-- name: drop_address
-- A person is known by no mail address any more.
DELETE FROM user_addresses WHERE user_name = %(name)s;

-- name: free_address
-- An address of somebody who may no longer sign in is free again.
DELETE FROM user_addresses
USING users
WHERE user_addresses.address = %(address)s
    AND users.name = user_addresses.user_name
    AND users.disabled_at IS NOT NULL;

-- name: put_address
-- A person is known by a mail address; nothing where it is another's.
INSERT INTO user_addresses (user_name, address)
VALUES (%(name)s, %(address)s)
ON CONFLICT DO NOTHING
RETURNING user_name;

-- name: note_own
-- What a person did with the own ways to sign in, in the place of the own scope.
INSERT INTO admin_acts (at, actor, kind, subject, detail, scope)
SELECT %(now)s, users.name, %(kind)s, users.name, %(detail)s, users.scope
FROM users
WHERE users.name = %(name)s;
