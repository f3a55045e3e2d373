-- name: place_path
-- Where a place stands in the tree.
SELECT path::text FROM places WHERE code = %(code)s AND closed_at IS NULL;

-- name: asset
-- Class and place of an asset.
SELECT a.id, a.class, p.path::text
FROM assets AS a
INNER JOIN places AS p ON p.id = a.place_id
WHERE a.code = %(code)s
ORDER BY a.id
LIMIT 1;

-- name: organisations
-- Names of organisations.
SELECT id, code, name_zh, phone
FROM organisations
WHERE id = ANY(%(ids)s)
ORDER BY id
LIMIT 1000;

-- name: compounds
-- Every compound that is open.
SELECT path::text FROM places WHERE level = 'compound' AND closed_at IS NULL ORDER BY path LIMIT 100000;

-- name: places
-- Path of every place that is open.
SELECT path::text FROM places WHERE closed_at IS NULL ORDER BY path LIMIT 1000000;
