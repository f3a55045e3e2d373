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
