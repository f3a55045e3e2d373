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
-- Households' former codes, when they get new ones.
UPDATE survey_slips
SET revoked_at = %(now)s
FROM jsonb_to_recordset(%(rows)s::jsonb) AS new (place_path text, giver text, household text)
WHERE survey_slips.place_path = new.place_path::ltree
    AND survey_slips.giver = new.giver
    AND survey_slips.household = new.household
    AND survey_slips.revoked_at IS NULL;

-- name: add_slips
-- Households' codes.
INSERT INTO survey_slips (token_hash, place_path, giver, household, made_by, made_at)
SELECT decode(new.token_hash, 'hex'), new.place_path::ltree, new.giver, new.household, %(by)s, %(now)s
FROM jsonb_to_recordset(%(rows)s::jsonb) AS new (
    token_hash text, place_path text, giver text, household text
);

-- name: add_answers
-- Answers for one company; the same ballot is taken once.
INSERT INTO owner_ratings (organisation_id, place_path, giver, stars, note, ballot, answered_at)
SELECT %(organisation)s, %(place_path)s::ltree, new.giver, new.stars, new.note, new.ballot, %(at)s
FROM jsonb_to_recordset(%(rows)s::jsonb) AS new (giver text, stars smallint, note text, ballot text)
ON CONFLICT (ballot) DO NOTHING
RETURNING id;

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
