-- name: compound
-- A compound by its code.
SELECT path::text FROM places WHERE code = %(code)s AND level = 'compound' AND closed_at IS NULL;

-- name: add_post
-- Something for the board; spending names a lift of the compound.
INSERT INTO board_posts (
    place_path, field, asset_id, period, text, amount_fen, posted_by, posted_at, digest
)
SELECT
    %(place_path)s::ltree, %(field)s, lift.id, %(period)s, %(text)s, %(amount_fen)s, %(by)s, %(now)s, %(digest)s
FROM (SELECT 1) AS one
LEFT JOIN (
    SELECT assets.id
    FROM assets
    JOIN places ON places.id = assets.place_id
    WHERE assets.code = %(asset)s AND assets.class = 'lift' AND places.path <@ %(place_path)s::ltree
) AS lift ON true
WHERE %(asset)s = '' OR lift.id IS NOT NULL
RETURNING id;

-- name: revoke_slips
-- A household's former code, when it gets a new one.
UPDATE survey_slips
SET revoked_at = %(now)s
WHERE place_path = %(place_path)s::ltree
    AND giver = %(giver)s
    AND household = ANY (%(households)s::text[])
    AND revoked_at IS NULL;

-- name: add_slip
-- A household's code.
INSERT INTO survey_slips (token_hash, place_path, giver, household, made_by, made_at)
VALUES (%(token_hash)s, %(place_path)s::ltree, %(giver)s, %(household)s, %(by)s, %(now)s);

-- name: slip
-- Whose code it is.
SELECT place_path::text, giver, household
FROM survey_slips
WHERE token_hash = %(token_hash)s AND revoked_at IS NULL;

-- name: company
-- Who runs a compound at a time.
SELECT managements.organisation_id
FROM managements
JOIN places ON places.id = managements.place_id
WHERE places.path = %(place_path)s::ltree
    AND managements.valid_during @> %(at)s::timestamptz
    AND managements.organisation_id IS NOT NULL
LIMIT 1;
