-- name: surge_through
-- How far the watch of hours has come; nothing: it has not begun, or has learned other features.
SELECT through FROM surge_states WHERE asset_class = %(class)s AND schema_key = %(key)s;

-- name: load_surge
-- What it has learned.
SELECT through, assets, state FROM surge_states WHERE asset_class = %(class)s AND schema_key = %(key)s;

-- name: keep_surge
-- What it has learned now.
INSERT INTO surge_states (asset_class, schema_key, through, assets, state, kept_at)
VALUES (%(class)s, %(key)s, %(through)s, %(assets)s, %(state)s, %(now)s)
ON CONFLICT (asset_class) DO UPDATE
SET schema_key = excluded.schema_key, through = excluded.through, assets = excluded.assets,
    state = excluded.state, kept_at = excluded.kept_at;
