-- name: stale_names
-- Places and assets whose words are not written down, or were made from other names.
SELECT named.kind, named.id, named.path::text, named.name_zh, named.name_en, named.code
FROM (
    SELECT 'place' AS kind, places.id, places.path, places.name_zh, places.name_en, places.code
    FROM places
    WHERE places.level <> 'floor'
    UNION ALL
    SELECT 'asset', assets.id, places.path, assets.name_zh, assets.name_en, assets.code
    FROM assets
    JOIN places ON places.id = assets.place_id
) AS named
LEFT JOIN search_names AS known ON known.kind = named.kind AND known.id = named.id
WHERE known.id IS NULL
    OR known.path <> named.path
    OR known.source <> concat_ws(chr(31), named.name_zh, named.name_en, named.code)
ORDER BY named.kind DESC, named.id
LIMIT %(limit)s;

-- name: put_name
-- What one of them is found by.
INSERT INTO search_names (kind, id, path, source, words)
VALUES (
    %(kind)s, %(id)s, %(path)s::ltree,
    concat_ws(chr(31), %(name_zh)s::text, %(name_en)s::text, %(code)s::text), %(words)s
)
ON CONFLICT (kind, id) DO UPDATE SET
    path = excluded.path, source = excluded.source, words = excluded.words;

-- name: search
-- Places and assets of the scope whose words hold every part of a question; whole words first,
-- places before assets, the wider place first.
WITH found AS (
    SELECT names.kind, names.id, names.path, names.words
    FROM search_names AS names
    WHERE names.words LIKE ALL (%(parts)s::text[])
    ORDER BY
        names.words LIKE %(begins)s DESC,
        names.words LIKE '%% ' || %(begins)s DESC,
        names.kind DESC,
        nlevel(names.path),
        length(names.words),
        names.id
    LIMIT 60
)
SELECT
    found.kind,
    found.id,
    coalesce(places.code, assets.code) AS code,
    coalesce(places.level, assets.class) AS sort,
    coalesce(places.name_zh, assets.name_zh) AS name_zh,
    coalesce(nullif(coalesce(places.name_en, assets.name_en), ''), places.name_zh, assets.name_zh) AS name_en,
    standing.names_zh AS place_names_zh,
    standing.names_en AS place_names_en,
    standing.compound
FROM found
LEFT JOIN places ON found.kind = 'place' AND places.id = found.id AND places.closed_at IS NULL
LEFT JOIN assets ON found.kind = 'asset' AND assets.id = found.id AND assets.retired_at IS NULL
CROSS JOIN LATERAL (
    SELECT
        coalesce(array_agg(above.name_zh ORDER BY nlevel(above.path)), '{}') AS names_zh,
        coalesce(
            array_agg(coalesce(nullif(above.name_en, ''), above.name_zh) ORDER BY nlevel(above.path)),
            '{}'
        ) AS names_en,
        max(above.code) FILTER (WHERE above.level = 'compound') AS compound
    FROM places AS above
    WHERE above.path @> found.path AND above.level IN ('compound', 'building', 'floor')
) AS standing
WHERE places.id IS NOT NULL OR assets.id IS NOT NULL
ORDER BY
    found.words LIKE %(begins)s DESC,
    found.words LIKE '%% ' || %(begins)s DESC,
    found.kind DESC,
    nlevel(found.path),
    length(found.words),
    found.id
LIMIT %(limit)s;

-- name: views
-- The lists that somebody has kept, in the order of their names.
SELECT name, query
FROM saved_views
WHERE user_name = %(user_name)s
ORDER BY name
LIMIT 20;

-- name: save_view
-- Keep a list under a name; the same name again replaces it.
INSERT INTO saved_views (user_name, name, query, saved_at)
SELECT %(user_name)s, %(name)s, %(query)s, %(now)s
WHERE (SELECT count(*) FROM saved_views WHERE user_name = %(user_name)s AND name <> %(name)s) < 20
ON CONFLICT (user_name, name) DO UPDATE SET query = excluded.query, saved_at = excluded.saved_at;

-- name: drop_view
-- Forget one.
DELETE FROM saved_views WHERE user_name = %(user_name)s AND name = %(name)s;
