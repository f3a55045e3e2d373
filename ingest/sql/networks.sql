-- name: is_worth_a_look
-- Whether so many gateways are silent that a network may be, or one stands raised.
SELECT
    (SELECT count(*) FROM platform_conditions WHERE condition = 'gateway_silent') >= %(many)s
    OR EXISTS (SELECT FROM network_conditions);

-- name: networks
-- The gateways of each telecom operator in each area, and how many of them are silent.
WITH areas AS (
    SELECT
        gateways.operator_id,
        area.id AS area_id,
        count(*)::int AS known,
        count(*) FILTER (WHERE known.gateway IS NOT NULL)::int AS silent
    FROM gateways
    JOIN places ON places.id = gateways.place_id
    CROSS JOIN LATERAL (
        SELECT above.id
        FROM places AS above
        WHERE above.path @> places.path
        ORDER BY (above.level = 'district') DESC, nlevel(above.path)
        LIMIT 1
    ) AS area
    LEFT JOIN platform_conditions AS known
        ON known.gateway = gateways.id AND known.condition = 'gateway_silent'
    WHERE gateways.operator_id IS NOT NULL
        AND gateways.revoked_at IS NULL
        AND EXISTS (SELECT FROM gateway_states WHERE gateway_states.gateway = gateways.id)
    GROUP BY gateways.operator_id, area.id
)
SELECT
    organisations.id AS operator_id,
    organisations.code AS operator_code,
    organisations.name_zh AS operator_zh,
    places.id AS area_id,
    places.code AS area_code,
    places.path::text AS area_path,
    places.name_zh AS area_zh,
    coalesce(areas.known, 0) AS known,
    coalesce(areas.silent, 0) AS silent,
    standing.raised_at IS NOT NULL AS stands
FROM areas
FULL JOIN network_conditions AS standing USING (operator_id, area_id)
JOIN organisations ON organisations.id = operator_id
JOIN places ON places.id = area_id
ORDER BY organisations.id, places.id;

-- name: raise_network
-- Remember that a network was raised; no row when it stands already.
INSERT INTO network_conditions (operator_id, area_id, raised_at)
VALUES (%(operator_id)s, %(area_id)s, %(now)s)
ON CONFLICT DO NOTHING
RETURNING operator_id;

-- name: clear_network
-- Forget it; no row when it did not stand.
DELETE FROM network_conditions
WHERE operator_id = %(operator_id)s AND area_id = %(area_id)s
RETURNING operator_id;

-- name: open_network_asset
-- What stands for a network: at its area, kept by its operator.
INSERT INTO assets (code, class, place_id, name_zh, name_en, maintainer_id)
VALUES (%(code)s, 'network', %(area_id)s, %(name_zh)s, %(name_en)s, %(operator_id)s)
ON CONFLICT (code) DO NOTHING;

-- name: network_asset
-- The asset that stands for a network.
SELECT id FROM assets WHERE code = %(code)s;
