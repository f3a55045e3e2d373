-- name: places
-- Every place of the reader from city to compound, in the order of the tree; before them everything at
-- once (*, never an empty value, which Grafana takes for none) where the reader has more than one root.
WITH seen AS (
    SELECT
        path,
        coalesce(nullif(name_${language:raw}, ''), name_zh) AS name,
        nlevel(path) = 1 OR NOT subpath(path, 0, -1) <@ ANY ((SELECT visible_scope())::ltree[]) AS is_root
    FROM places
    WHERE level IN ('city', 'district', 'street', 'community', 'compound')
        AND closed_at IS NULL
        AND path <@ ANY ((SELECT visible_scope())::ltree[])
)
SELECT listed.__text, listed.__value
FROM (
    SELECT
        CASE '${language:raw}' WHEN 'en' THEN 'All my places' ELSE '全部管辖地点' END AS __text,
        '*' AS __value,
        ''::ltree AS path
    WHERE (SELECT count(*) FROM seen WHERE is_root) > 1
    UNION ALL
    SELECT repeat('　', nlevel(path) - min(nlevel(path)) OVER ()) || name, path::text, path
    FROM seen
) AS listed
ORDER BY listed.path
LIMIT 5000;

-- name: organisations
-- Everybody, then whoever answers for alarms and orders.
SELECT who.__text, who.__value
FROM (
    SELECT CASE '${language:raw}' WHEN 'en' THEN 'Everybody' ELSE '全部单位' END AS __text, '0' AS __value, 0 AS rank
    UNION ALL
    SELECT coalesce(nullif(name_${language:raw}, ''), name_zh), id::text, 1
    FROM organisations
    WHERE kind IN (
        'property_company', 'maintenance_firm', 'fire_maintenance_firm', 'work_unit', 'community',
        'community_station', 'rescue_station', 'water_company', 'power_company', 'telecom_operator'
    )
) AS who
ORDER BY who.rank, who.__text
LIMIT 2000;

-- name: lifts
-- Lifts and escalators of the chosen place.
SELECT code || ' ' || coalesce(nullif(name_${language:raw}, ''), name_zh) AS __text, id::text AS __value
FROM visible_assets
WHERE class = 'lift' AND path <@ replace(${place:sqlstring}, '*', '')::ltree
ORDER BY code
LIMIT 5000;

-- name: waters
-- Points of fire water and mains of the chosen place.
SELECT code || ' ' || coalesce(nullif(name_${language:raw}, ''), name_zh) AS __text, id::text AS __value
FROM visible_assets
WHERE class IN ('fire_water', 'supply_main') AND path <@ replace(${place:sqlstring}, '*', '')::ltree
ORDER BY code
LIMIT 5000;

-- name: pumps
-- Fire pumps of the chosen place.
SELECT code || ' ' || coalesce(nullif(name_${language:raw}, ''), name_zh) AS __text, id::text AS __value
FROM visible_assets
WHERE class = 'pump' AND path <@ replace(${place:sqlstring}, '*', '')::ltree
ORDER BY code
LIMIT 5000;

-- name: monitors
-- Electrical fire monitors of the chosen place.
SELECT code || ' ' || coalesce(nullif(name_${language:raw}, ''), name_zh) AS __text, id::text AS __value
FROM visible_assets
WHERE class = 'electrical_monitor' AND path <@ replace(${place:sqlstring}, '*', '')::ltree
ORDER BY code
LIMIT 5000;

-- name: detectors
-- Fire detectors of the chosen place.
SELECT code || ' ' || coalesce(nullif(name_${language:raw}, ''), name_zh) AS __text, id::text AS __value
FROM visible_assets
WHERE class = 'detector' AND path <@ replace(${place:sqlstring}, '*', '')::ltree
ORDER BY code
LIMIT 5000;
