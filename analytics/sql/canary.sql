-- name: newest
-- The newest event of the path's self-test and whether its being late is told; no row before the first.
SELECT
    assets.id,
    places.path::text,
    newest.at,
    coalesce(conditions.is_active, false) AS is_told
FROM assets
JOIN places ON places.id = assets.place_id
JOIN LATERAL (
    SELECT events.at
    FROM events
    WHERE events.asset_id = assets.id AND events.event = 'canary'
    ORDER BY events.id DESC
    LIMIT 1
) AS newest ON true
LEFT JOIN conditions ON conditions.asset_id = assets.id AND conditions.condition = 'canary_late'
WHERE assets.code = %(own_code)s;
