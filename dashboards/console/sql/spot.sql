-- name: spot_of_asset
-- What the plate of an asset names: the asset, or where it stood when it is there no more.
SELECT
    assets.code,
    assets.name_zh,
    coalesce(nullif(assets.name_en, ''), assets.name_zh) AS name_en,
    places.code AS place,
    assets.retired_at IS NOT NULL AS is_gone
FROM assets
JOIN places ON places.id = assets.place_id
WHERE assets.code = %(code)s AND NOT assets.is_placeholder
ORDER BY assets.retired_at NULLS FIRST, assets.id
LIMIT 1;

-- name: spot_of_point
-- What the plate of a point of a round names: the point, or where it was when it is there no more.
SELECT
    checkpoints.code,
    checkpoints.name_zh,
    coalesce(nullif(checkpoints.name_en, ''), checkpoints.name_zh) AS name_en,
    places.code AS place,
    checkpoints.removed_at IS NOT NULL AS is_gone
FROM checkpoints
JOIN places ON places.id = checkpoints.place_id
WHERE checkpoints.code = %(code)s;

-- name: open_place
-- A place of a code, or the nearest one above it that is still open and no wider than a compound.
SELECT above.code, above.id <> named.id AS is_gone
FROM places AS named
JOIN places AS above ON above.path @> named.path
WHERE named.code = %(code)s
    AND above.closed_at IS NULL
    AND (above.id = named.id OR above.level NOT IN ('city', 'district', 'street', 'community'))
ORDER BY nlevel(above.path) DESC
LIMIT 1;

-- name: where
-- A place as people say it: from the compound down; a wider one by its own name.
SELECT
    string_agg(above.name_zh, ' ' ORDER BY nlevel(above.path)),
    string_agg(coalesce(nullif(above.name_en, ''), above.name_zh), ', ' ORDER BY nlevel(above.path) DESC)
FROM places AS named
JOIN places AS above ON above.path @> named.path
WHERE named.code = %(code)s
    AND (above.id = named.id OR above.level NOT IN ('city', 'district', 'street', 'community'));

-- name: compounds_like
-- Compounds that somebody may mean who typed a name; the likeliest rank first.
SELECT
    places.code,
    places.name_zh,
    coalesce(nullif(places.name_en, ''), places.name_zh) AS name_en,
    CASE
        WHEN said.text IN (lower(places.code), lower(places.name_zh), lower(places.name_en)) THEN 1
        WHEN strpos(said.text, replace(lower(places.name_zh), ' ', '')) > 0
            OR (places.name_en <> '' AND strpos(said.text, replace(lower(places.name_en), ' ', '')) > 0)
            THEN 2
        ELSE 3
    END AS rank
FROM places
CROSS JOIN (SELECT replace(lower(%(text)s), ' ', '') AS text) AS said
WHERE places.level = 'compound'
    AND places.closed_at IS NULL
    AND (
        strpos(said.text, replace(lower(places.name_zh), ' ', '')) > 0
        OR (places.name_en <> '' AND strpos(said.text, replace(lower(places.name_en), ' ', '')) > 0)
        OR strpos(replace(lower(places.name_zh), ' ', ''), said.text) > 0
        OR strpos(replace(lower(places.name_en), ' ', ''), said.text) > 0
        OR lower(places.code) = said.text
    )
ORDER BY rank, length(places.name_zh) DESC, places.name_zh, places.code
LIMIT %(limit)s;

-- name: rated_order
-- What a rating link is about, while it is good.
SELECT number, title FROM rated_order(%(token_hash)s, %(now)s);

-- name: slip
-- Whose service a household's code rates; nothing where the code is not in force.
SELECT
    places.name_zh AS compound_zh,
    coalesce(nullif(places.name_en, ''), places.name_zh) AS compound_en,
    coalesce(company.name_zh, '') AS company_zh,
    coalesce(nullif(company.name_en, ''), company.name_zh, '') AS company_en
FROM survey_slips
JOIN places ON places.path = survey_slips.place_path
LEFT JOIN managements ON managements.place_id = places.id AND managements.valid_during @> %(now)s::timestamptz
LEFT JOIN organisations AS company ON company.id = managements.organisation_id
WHERE survey_slips.token_hash = %(token_hash)s AND survey_slips.revoked_at IS NULL
LIMIT 1;
