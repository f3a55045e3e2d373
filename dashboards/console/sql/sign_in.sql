-- name: begin
-- A browser begins to sign in; what it began before is dropped.
INSERT INTO sign_ins (browser_hash, kind, challenge, nonce, verifier, user_name, expires_at)
VALUES (%(browser_hash)s, %(kind)s, %(challenge)s, %(nonce)s, %(verifier)s, %(name)s, %(expires_at)s)
ON CONFLICT (browser_hash) DO UPDATE
SET kind = excluded.kind,
    challenge = excluded.challenge,
    nonce = excluded.nonce,
    verifier = excluded.verifier,
    user_name = excluded.user_name,
    expires_at = excluded.expires_at;

-- name: sweep
-- What was begun and never answered.
DELETE FROM sign_ins WHERE expires_at <= %(now)s;

-- name: take
-- What a browser has begun; it can be answered once.
DELETE FROM sign_ins
WHERE browser_hash = %(browser_hash)s AND kind = %(kind)s
RETURNING challenge, nonce, verifier, user_name, expires_at;

-- name: forget
-- A person is known by no provider and no passkey any more.
WITH gone AS (
    DELETE FROM identities WHERE user_name = %(name)s RETURNING 1
), keys AS (
    DELETE FROM passkeys WHERE user_name = %(name)s RETURNING 1
)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM keys);

-- name: passkeys
-- The passkeys of a person.
SELECT encode(credential_id, 'hex') AS id, label, added_at, used_at
FROM passkeys
WHERE user_name = %(name)s
ORDER BY added_at, credential_id
LIMIT 50;

-- name: add_passkey
-- A new passkey.
INSERT INTO passkeys (credential_id, user_name, label, public_key, sign_count, added_at)
VALUES (%(credential_id)s, %(name)s, %(label)s, %(public_key)s, %(sign_count)s, %(now)s)
ON CONFLICT DO NOTHING
RETURNING label;

-- name: lock_passkey
-- A passkey that signs, with whose it is; locked, so that two answers with one count cannot both pass.
SELECT passkeys.credential_id, passkeys.user_name, passkeys.public_key, passkeys.sign_count
FROM passkeys
JOIN users ON users.name = passkeys.user_name AND users.disabled_at IS NULL
WHERE passkeys.credential_id = %(credential_id)s
FOR UPDATE OF passkeys;

-- name: use_passkey
-- How often a passkey has signed.
UPDATE passkeys
SET sign_count = %(sign_count)s, used_at = %(now)s
WHERE credential_id = %(credential_id)s
RETURNING label;

-- name: drop_passkey
-- A passkey that its owner does not want any more.
DELETE FROM passkeys
WHERE credential_id = decode(%(id)s, 'hex') AND user_name = %(name)s
RETURNING label;

-- name: owner_of_passkey
-- Whose a passkey is, whoever may sign in.
SELECT user_name, label FROM passkeys WHERE credential_id = %(credential_id)s;
