-- name: here
-- One place of the scope; without a code the places that the scope begins with, their parents unseen.
SELECT
    places.code,
    places.path::text AS path,
    places.level,
    places.name_zh,
    coalesce(nullif(places.name_en, ''), places.name_zh) AS name_en
FROM places
WHERE places.code = %(code)s AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
LIMIT 1;

-- name: above
-- The places over one, from the widest, as far as the scope reaches.
SELECT
    places.code,
    places.path::text AS path,
    places.level,
    places.name_zh,
    coalesce(nullif(places.name_en, ''), places.name_zh) AS name_en
FROM places
WHERE places.path @> %(path)s::ltree
    AND places.path <> %(path)s::ltree
    AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
ORDER BY places.path
LIMIT 10;

-- name: coverage
-- Of each place below one (NULL: of each with which the scope begins): how many devices are
-- registered, commissioned, heard lately and under a contract that has not ended; and how many are
-- all of it. Classes that say nothing while they are well are heard through their gateway's alarm lane;
-- of the others that lane has to be heard too, where they are bound to one.
WITH parts AS (
    SELECT places.code, places.path, places.level, places.name_zh, places.name_en
    FROM places
    WHERE places.closed_at IS NULL
        AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
        AND CASE
            WHEN %(path)s::ltree IS NOT NULL
                THEN places.path ~ (%(path)s::text || '.*{1}')::lquery
            ELSE NOT EXISTS (
                SELECT
                FROM places AS above
                WHERE above.path @> places.path AND above.path <> places.path
                    AND above.path <@ ANY ((SELECT visible_scope())::ltree[])
            )
        END
),
lines AS (
    SELECT bindings.asset_id, max(states.heard_at) AS heard_at
    FROM bindings
    LEFT JOIN gateway_states AS states ON states.gateway = bindings.gateway_id AND states.lane = 'alarm'
    WHERE bindings.valid_during @> %(now)s::timestamptz
    GROUP BY bindings.asset_id
),
stock AS (
    SELECT
        parts.code,
        count(*) AS registered,
        count(*) FILTER (WHERE assets.commissioned_at IS NOT NULL) AS commissioned,
        count(*) FILTER (WHERE told.is_reporting) AS reporting,
        count(*) FILTER (WHERE assets.contract_until >= %(today)s) AS contracted,
        count(*) FILTER (WHERE assets.is_placeholder) AS placeholders,
        count(*) FILTER (
            WHERE assets.commissioned_at IS NOT NULL AND told.is_reporting
                AND assets.contract_until >= %(today)s
        ) AS covered
    FROM parts
    JOIN places ON places.path <@ parts.path
    JOIN assets ON assets.place_id = places.id AND assets.retired_at IS NULL
        AND assets.class <> ALL (%(unwatched)s::text[])
    LEFT JOIN asset_contacts AS contacts ON contacts.asset_id = assets.id
    LEFT JOIN lines ON lines.asset_id = assets.id
    CROSS JOIN LATERAL (
        SELECT coalesce(
            CASE
                WHEN assets.class = ANY (%(quiet)s::text[]) THEN lines.heard_at >= %(since)s
                WHEN lines.asset_id IS NULL THEN contacts.heard_at >= %(since)s
                ELSE contacts.heard_at >= %(since)s AND lines.heard_at >= %(since)s
            END,
            false
        ) AS is_reporting
    ) AS told
    GROUP BY parts.code
)
SELECT
    parts.code,
    parts.level,
    parts.name_zh,
    coalesce(nullif(parts.name_en, ''), parts.name_zh) AS name_en,
    coalesce(stock.registered, 0) AS registered,
    coalesce(stock.commissioned, 0) AS commissioned,
    coalesce(stock.reporting, 0) AS reporting,
    coalesce(stock.contracted, 0) AS contracted,
    coalesce(stock.placeholders, 0) AS placeholders,
    coalesce(stock.covered, 0) AS covered
FROM parts
LEFT JOIN stock USING (code)
ORDER BY parts.path
LIMIT %(limit)s;

-- name: uncovered
-- Devices at or below a place that are not watched in full, with what is missing.
SELECT
    assets.id,
    assets.code,
    assets.class AS asset_class,
    assets.name_zh,
    coalesce(nullif(assets.name_en, ''), assets.name_zh) AS name_en,
    assets.is_placeholder,
    assets.commissioned_at IS NOT NULL AS is_commissioned,
    told.is_reporting,
    coalesce(assets.contract_until >= %(today)s, false) AS is_contracted,
    assets.contract_until,
    told.heard_at
FROM places
JOIN assets ON assets.place_id = places.id AND assets.retired_at IS NULL
    AND assets.class <> ALL (%(unwatched)s::text[])
LEFT JOIN asset_contacts AS contacts ON contacts.asset_id = assets.id
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN assets.class = ANY (%(quiet)s::text[]) THEN line.heard_at
            WHEN NOT line.is_bound THEN contacts.heard_at
            -- What was never heard is no time, and least() would pass it over.
            WHEN contacts.heard_at IS NOT NULL AND line.heard_at IS NOT NULL
                THEN least(contacts.heard_at, line.heard_at)
        END AS heard_at,
        coalesce(
            CASE
                WHEN assets.class = ANY (%(quiet)s::text[]) THEN line.heard_at >= %(since)s
                WHEN NOT line.is_bound THEN contacts.heard_at >= %(since)s
                ELSE contacts.heard_at >= %(since)s AND line.heard_at >= %(since)s
            END,
            false
        ) AS is_reporting
    FROM (
        SELECT max(states.heard_at) AS heard_at, count(*) > 0 AS is_bound
        FROM bindings
        LEFT JOIN gateway_states AS states ON states.gateway = bindings.gateway_id AND states.lane = 'alarm'
        WHERE bindings.asset_id = assets.id
            AND bindings.valid_during @> %(now)s::timestamptz
    ) AS line
) AS told
WHERE places.path <@ %(path)s::ltree
    AND NOT (
        assets.commissioned_at IS NOT NULL
        AND told.is_reporting
        AND coalesce(assets.contract_until >= %(today)s, false)
    )
ORDER BY places.path, assets.code
LIMIT %(limit)s;
