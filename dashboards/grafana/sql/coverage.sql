-- name: registered
-- Equipment in the registry of the chosen place.
SELECT count(*) AS registered FROM visible_assets WHERE path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: commissioned
-- Share of it whose walk test was passed.
SELECT
    (count(*) FILTER (WHERE commissioned_at IS NOT NULL))::double precision / nullif(count(*), 0) AS commissioned
FROM visible_assets
WHERE path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: reporting
-- Share of it that was commissioned and is heard now.
SELECT (count(*) FILTER (WHERE state = 'reporting'))::double precision / nullif(count(*), 0) AS reporting
FROM visible_assets
WHERE path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: in_contract
-- Share of it with a maintenance contract that is in force today (UTC+8).
SELECT
    (count(*) FILTER (WHERE contract_until >= (now() + INTERVAL '8 hours')::date))::double precision
        / nullif(count(*), 0) AS in_contract
FROM visible_assets
WHERE path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: unmanaged
-- Compounds that nobody runs, or of which nobody has said who runs them.
SELECT count(*) AS unmanaged
FROM places
LEFT JOIN managements ON managements.place_id = places.id AND managements.valid_during @> now()
WHERE places.level = 'compound'
    AND places.closed_at IS NULL
    AND coalesce(managements.kind, 'nobody') = 'nobody'
    AND places.path <@ replace(${place:sqlstring}, '*', '')::ltree
    AND places.path <@ ANY ((SELECT visible_scope())::ltree[]);

-- name: by_class
-- Each class of equipment: in the registry, commissioned, heard now.
SELECT
    class,
    count(*) AS registered,
    count(*) FILTER (WHERE commissioned_at IS NOT NULL) AS commissioned,
    count(*) FILTER (WHERE state = 'reporting') AS reporting,
    (count(*) FILTER (WHERE state = 'reporting'))::double precision / count(*) AS share
FROM visible_assets
WHERE path <@ replace(${place:sqlstring}, '*', '')::ltree
GROUP BY class
ORDER BY share, count(*) DESC
LIMIT 50;

-- name: by_compound
-- Compounds by the share of their equipment that is not monitored, worst first.
WITH of_place AS (
    SELECT path, count(*) AS registered, count(*) FILTER (WHERE state = 'reporting') AS reporting
    FROM visible_assets
    WHERE path <@ replace(${place:sqlstring}, '*', '')::ltree
    GROUP BY path
)
SELECT
    coalesce(nullif(places.name_${language:raw}, ''), places.name_zh) AS compound,
    places.path::text AS path,
    coalesce(managements.kind, 'unknown') AS management,
    coalesce(nullif(organisations.name_${language:raw}, ''), organisations.name_zh, '-') AS organisation,
    sum(of_place.registered)::bigint AS registered,
    (sum(of_place.registered) - sum(of_place.reporting))::bigint AS missing,
    (1 - sum(of_place.reporting) / sum(of_place.registered))::double precision AS unmonitored
FROM of_place
JOIN places ON places.path @> of_place.path AND places.level = 'compound'
LEFT JOIN managements ON managements.place_id = places.id AND managements.valid_during @> now()
LEFT JOIN organisations ON organisations.id = managements.organisation_id
GROUP BY places.path, places.name_zh, places.name_en, managements.kind,
    organisations.name_zh, organisations.name_en
ORDER BY 7 DESC, 6 DESC, places.path
LIMIT 100;

-- name: by_management
-- Compounds by who runs them, and how much of their equipment is monitored. Equipment is counted once
-- for each place above it, so that compounds find theirs by an equal path.
WITH of_place AS MATERIALIZED (
    SELECT path, count(*) AS registered, count(*) FILTER (WHERE state = 'reporting') AS reporting
    FROM visible_assets
    WHERE path <@ replace(${place:sqlstring}, '*', '')::ltree
    GROUP BY path
),
below AS MATERIALIZED (
    SELECT
        subpath(of_place.path, 0, depth)::text AS path,
        sum(of_place.registered) AS registered,
        sum(of_place.reporting) AS reporting
    FROM of_place
    CROSS JOIN generate_series(1, nlevel(of_place.path)) AS depth
    GROUP BY 1
)
SELECT
    coalesce(managements.kind, 'unknown') AS management,
    count(*) AS compounds,
    coalesce(sum(below.registered), 0)::bigint AS registered,
    (sum(below.reporting) / nullif(sum(below.registered), 0))::double precision AS share
FROM places
LEFT JOIN managements ON managements.place_id = places.id AND managements.valid_during @> now()
LEFT JOIN below ON below.path = places.path::text
WHERE places.level = 'compound'
    AND places.closed_at IS NULL
    AND places.path <@ replace(${place:sqlstring}, '*', '')::ltree
    AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
GROUP BY 1
ORDER BY 2 DESC, 1
LIMIT 20;

-- name: not_monitored
-- Equipment that is not monitored, silent longest first.
SELECT
    assets.code AS asset,
    assets.id::text AS asset_id,
    assets.class AS class,
    coalesce(nullif(assets.name_${language:raw}, ''), assets.name_zh) AS name,
    assets.state AS state,
    coalesce(assets.silent_since, assets.heard_at, assets.registered_at) AS since,
    coalesce(nullif(organisations.name_${language:raw}, ''), organisations.name_zh, '-') AS maintainer,
    assets.contract_until AS contract_until
FROM visible_assets AS assets
LEFT JOIN organisations ON organisations.id = assets.maintainer_id
WHERE assets.state <> 'reporting' AND assets.path <@ replace(${place:sqlstring}, '*', '')::ltree
ORDER BY array_position(ARRAY['silent', 'gateway_silent', 'never_heard', 'not_commissioned'], assets.state), 6, assets.code
LIMIT 500;

-- name: by_maintainer
-- Maintenance firms: how much of what they look after is heard, and whose contracts have ended.
SELECT
    coalesce(nullif(organisations.name_${language:raw}, ''), organisations.name_zh, '-') AS maintainer,
    count(*) AS registered,
    count(*) FILTER (WHERE assets.state <> 'reporting') AS missing,
    count(*) FILTER (
        WHERE coalesce(assets.contract_until, '-infinity') < (now() + INTERVAL '8 hours')::date
    ) AS without_contract
FROM visible_assets AS assets
LEFT JOIN organisations ON organisations.id = assets.maintainer_id
WHERE assets.path <@ replace(${place:sqlstring}, '*', '')::ltree
GROUP BY organisations.id
ORDER BY 3 DESC, 4 DESC, 1
LIMIT 100;
