-- name: in_force
-- Limits that were set and hold now; of a class, or of all. Beyond the bound the oldest give way.
SELECT id, asset_class, metric, is_floor, standard, place_path, asset_id, value, reason, set_by, valid_from
FROM (
    SELECT
        id, asset_class, metric, is_floor, standard, place_path::text AS place_path, asset_id, value,
        reason, set_by, valid_from
    FROM limit_settings
    WHERE withdrawn_at IS NULL AND valid_from <= %(now)s
        AND (%(class)s::text IS NULL OR asset_class = %(class)s)
    ORDER BY id DESC
    LIMIT 5000
) AS newest
ORDER BY id;

-- name: standing_assets
-- Where the assets of some classes stand.
SELECT assets.id, places.path::text
FROM assets
JOIN places ON places.id = assets.place_id
WHERE assets.class = ANY (%(classes)s::text[]) AND assets.retired_at IS NULL
ORDER BY assets.id;

-- name: place
-- Where a place stands.
SELECT path::text FROM places WHERE code = %(code)s AND closed_at IS NULL;

-- name: asset
-- An asset by its code.
SELECT assets.id, assets.class, places.path::text
FROM assets
JOIN places ON places.id = assets.place_id
WHERE assets.code = %(code)s AND assets.retired_at IS NULL;

-- name: set
-- A limit is set; what held for the same target is written down beside it.
INSERT INTO limit_settings (
    asset_class, metric, is_floor, standard, place_path, asset_id, value, former, reason, set_at, set_by, valid_from
)
VALUES (
    %(asset_class)s, %(metric)s, %(is_floor)s, %(standard)s, %(place_path)s::ltree, %(asset_id)s, %(value)s,
    %(former)s, %(reason)s, %(now)s, %(by)s, %(valid_from)s
)
RETURNING id;

-- name: lock
-- A setting, locked, with whether it still stands.
SELECT place_path::text, withdrawn_at IS NULL
FROM limit_settings
WHERE id = %(id)s
FOR UPDATE;

-- name: withdraw
-- A setting is taken back.
UPDATE limit_settings
SET withdrawn_at = %(now)s, withdrawn_by = %(by)s, withdrawn_why = %(why)s
WHERE id = %(id)s;
