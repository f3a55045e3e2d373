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

-- name: share_with_parts
-- A place was split since a limit was set for it: its parts keep the limit, each as one of its own, once.
-- The part that succeeds a place which was closed takes the limit itself.
INSERT INTO limit_settings (
    asset_class, metric, is_floor, standard, place_path, value, former, reason, set_at, set_by, valid_from,
    copied_from, place_change_id
)
SELECT
    own.asset_class, own.metric, own.is_floor, own.standard, part.path, own.value, own.former, own.reason,
    changes.changed_at, own.set_by, greatest(own.valid_from, changes.changed_at), own.id, changes.id
FROM limit_settings AS own
JOIN place_changes AS changes ON changes.kind = 'split'
    AND changes.changed_at > own.set_at
    AND own.place_path = ANY (changes.from_paths)
JOIN places AS origin ON origin.path = own.place_path
LEFT JOIN places AS successors ON successors.id = origin.successor_id
CROSS JOIN LATERAL unnest(changes.to_paths) AS part (path)
WHERE own.withdrawn_at IS NULL
    AND own.asset_id IS NULL
    AND part.path <> own.place_path
    AND part.path IS DISTINCT FROM successors.path
    AND NOT EXISTS (
        SELECT FROM limit_settings AS copy
        WHERE copy.copied_from = own.id AND copy.place_change_id = changes.id
    )
ORDER BY own.id, part.path;

-- name: follow_places
-- Limits that stand go with their asset, or with their place where it was moved or merged: a place's code
-- ends its path, and no other place ever has it.
UPDATE limit_settings
SET place_path = now_at.path
FROM (
    WITH RECURSIVE followed (id, code, path, successor_id, step) AS (
        SELECT limit_settings.id, places.code, places.path, places.successor_id, 0
        FROM limit_settings
        JOIN places ON places.code = ltree2text(subpath(limit_settings.place_path, -1, 1))
        WHERE limit_settings.withdrawn_at IS NULL AND limit_settings.asset_id IS NULL
        UNION ALL
        SELECT followed.id, places.code, places.path, places.successor_id, followed.step + 1
        FROM followed
        JOIN places ON places.id = followed.successor_id
        WHERE followed.step < 32
    )
    SELECT DISTINCT ON (followed.id) followed.id, followed.path
    FROM followed
    ORDER BY followed.id, followed.step DESC
) AS now_at
WHERE now_at.id = limit_settings.id AND limit_settings.place_path <> now_at.path;

-- name: follow_assets
-- The same for limits of one asset.
UPDATE limit_settings
SET place_path = places.path
FROM assets
JOIN places ON places.id = assets.place_id
WHERE limit_settings.withdrawn_at IS NULL
    AND assets.id = limit_settings.asset_id
    AND limit_settings.place_path <> places.path;

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
