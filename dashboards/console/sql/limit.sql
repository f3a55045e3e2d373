-- name: hours_above
-- Hours in which a metric was above a limit; view and column come from the catalogue.
SELECT asset_id, hour
FROM {view}
WHERE hour >= %(since)s AND {highest} > %(limit)s
ORDER BY asset_id, hour
LIMIT %(most)s;

-- name: hours_below
-- Hours in which a metric was below a limit; view and column come from the catalogue.
SELECT asset_id, hour
FROM {view}
WHERE hour >= %(since)s AND {lowest} < %(limit)s
ORDER BY asset_id, hour
LIMIT %(most)s;

-- name: named
-- What some assets are called.
SELECT id, code, name_zh, name_en FROM assets WHERE id = ANY (%(ids)s::int[]) ORDER BY id LIMIT 100;

-- name: settings
-- Limits that were set, those that hold or will hold first, then the newest that were taken back; or
-- one of them.
SELECT
    limit_settings.id, limit_settings.asset_class, limit_settings.metric, limit_settings.is_floor,
    limit_settings.standard, limit_settings.value, limit_settings.former, limit_settings.reason,
    limit_settings.set_at, limit_settings.set_by, limit_settings.valid_from, limit_settings.withdrawn_at,
    limit_settings.withdrawn_by, limit_settings.withdrawn_why, limit_settings.place_path::text AS path,
    limit_settings.asset_id, assets.code AS asset_code,
    coalesce(assets.name_zh, places.name_zh, limit_settings.place_path::text) AS where_zh,
    coalesce(
        nullif(assets.name_en, ''), assets.name_zh, nullif(places.name_en, ''), places.name_zh,
        limit_settings.place_path::text
    ) AS where_en
FROM limit_settings
LEFT JOIN assets ON assets.id = limit_settings.asset_id
LEFT JOIN places ON places.path = limit_settings.place_path
WHERE %(id)s::bigint IS NULL OR limit_settings.id = %(id)s
ORDER BY limit_settings.withdrawn_at DESC NULLS FIRST, limit_settings.id DESC
LIMIT %(limit)s;

-- name: places
-- Places of the scope at which a limit may be set, the larger before what they hold.
SELECT code, name_zh, coalesce(nullif(name_en, ''), name_zh) AS name_en, nlevel(path) AS depth,
    path::text AS path
FROM places
WHERE closed_at IS NULL AND level IN ('city', 'district', 'street', 'community', 'compound')
    AND path <@ ANY ((SELECT visible_scope())::ltree[])
ORDER BY path
LIMIT 3000;

-- name: place
-- A place of the scope.
SELECT code, name_zh, coalesce(nullif(name_en, ''), name_zh) AS name_en, nlevel(path) AS depth,
    path::text AS path
FROM places
WHERE code = %(code)s AND closed_at IS NULL AND path <@ ANY ((SELECT visible_scope())::ltree[]);
