-- name: technician
-- A technician's log-in, where the person may be sent a link.
SELECT users.name, users.display_name, users.organisation_id
FROM users
WHERE users.name = %(name)s AND users.role = 'technician' AND users.disabled_at IS NULL;

-- name: make_link
-- A link that is good once.
INSERT INTO phone_links (token_hash, user_name, order_id, made_by, made_at, expires_at)
VALUES (%(token_hash)s, %(name)s, %(order_id)s, %(by)s, %(now)s, %(expires_at)s);

-- name: is_link_good
-- Whether a link may still be used.
SELECT EXISTS (
    SELECT
    FROM phone_links
    JOIN users
        ON users.name = phone_links.user_name AND users.disabled_at IS NULL AND users.role = 'technician'
    WHERE phone_links.token_hash = %(token_hash)s
        AND phone_links.used_at IS NULL
        AND phone_links.expires_at > %(now)s
);

-- name: use_link
-- Use a link up.
UPDATE phone_links
SET used_at = %(now)s
FROM users
WHERE users.name = phone_links.user_name
    AND users.disabled_at IS NULL
    AND users.role = 'technician'
    AND phone_links.token_hash = %(token_hash)s
    AND phone_links.used_at IS NULL
    AND phone_links.expires_at > %(now)s
RETURNING phone_links.user_name, phone_links.order_id;

-- name: add_phone
-- A telephone with its PIN.
INSERT INTO phones (device_hash, user_name, pin_hash, made_at, seen_at)
VALUES (%(device_hash)s, %(name)s, %(pin_hash)s, %(now)s, %(now)s);

-- name: phone
-- A telephone that is not blocked, and whose it is, held while its PIN is checked; whoever is given
-- another role needs a password from then on.
SELECT phones.user_name, phones.pin_hash
FROM phones
JOIN users ON users.name = phones.user_name AND users.disabled_at IS NULL AND users.role = 'technician'
WHERE phones.device_hash = %(device_hash)s AND phones.blocked_at IS NULL
FOR UPDATE OF phones;

-- name: note_failure
-- One more wrong PIN; the last that is let pass blocks the telephone.
UPDATE phones
SET failures = failures + 1,
    blocked_at = CASE WHEN failures + 1 >= %(most)s THEN %(now)s END
WHERE device_hash = %(device_hash)s;

-- name: note_success
-- The right PIN ends the count.
UPDATE phones SET failures = 0, seen_at = %(now)s WHERE device_hash = %(device_hash)s;

-- name: order_of_asset
-- The newest open order on an asset, of one organisation where one is given.
SELECT work_orders.id
FROM work_orders
JOIN assets ON assets.id = work_orders.asset_id
WHERE assets.code = %(code)s
    AND work_orders.closed_at IS NULL
    AND (%(owner_id)s::int IS NULL OR work_orders.owner_id = %(owner_id)s)
ORDER BY work_orders.id DESC
LIMIT 1;

-- name: asset
-- An asset by its code.
SELECT assets.id FROM assets WHERE assets.code = %(code)s;
