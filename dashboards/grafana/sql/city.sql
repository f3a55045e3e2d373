-- name: open_fire
-- Fire alarms that stand now, drills left out.
SELECT count(*) AS open_fire
FROM alarms
WHERE closed_at IS NULL
    AND alarm_group = 'fire'
    AND NOT is_drill
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: open_entrapment
-- Entrapment alarms that stand now, drills left out.
SELECT count(*) AS open_entrapment
FROM alarms
WHERE closed_at IS NULL
    AND alarm_group = 'entrapment'
    AND NOT is_drill
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: unacknowledged
-- Open alarms that nobody has acknowledged and that nothing keeps from the desk.
SELECT count(*) AS unacknowledged
FROM alarms
WHERE closed_at IS NULL
    AND state IN ('unacknowledged', 'returned_unacknowledged', 'latched_unacknowledged')
    AND NOT is_drill
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: late_now
-- Promises that were missed and are still not kept: alarms and orders, each counted once.
SELECT count(DISTINCT (alarm_id, order_id)) AS late_now
FROM visible_clocks
WHERE is_late AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: unmonitored
-- Share of registered equipment from which nothing is heard, or that was never commissioned.
SELECT
    (count(*) FILTER (WHERE state <> 'reporting'))::double precision / nullif(count(*), 0) AS unmonitored
FROM visible_assets
WHERE path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: trapping_lifts
-- Lifts that trapped people twice or more in the chosen time.
SELECT count(*) AS trapping_lifts
FROM (
    SELECT asset_id
    FROM rescues
    WHERE $__timeFilter(opened_at) AND stage <> 'refuted' AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    GROUP BY asset_id
    HAVING count(*) >= 2
) AS repeated;

-- name: below
-- The places directly below the chosen one, or the reader's own roots: what stands open, who is late,
-- what is not monitored.
WITH tops AS (
    SELECT path, coalesce(nullif(name_${language:raw}, ''), name_zh) AS name
    FROM places
    WHERE closed_at IS NULL
        AND path <@ ANY ((SELECT visible_scope())::ltree[])
        AND CASE
            WHEN ${place:sqlstring} = '*' THEN
                nlevel(path) = 1 OR NOT subpath(path, 0, -1) <@ ANY ((SELECT visible_scope())::ltree[])
            ELSE path <@ replace(${place:sqlstring}, '*', '')::ltree AND nlevel(path) = nlevel(replace(${place:sqlstring}, '*', '')::ltree) + 1
        END
),
equipment AS (
    SELECT path, count(*) AS registered, count(*) FILTER (WHERE state = 'reporting') AS reporting
    FROM visible_assets
    WHERE path <@ replace(${place:sqlstring}, '*', '')::ltree
    GROUP BY path
),
standing AS (
    SELECT place_path AS path, count(*) AS life_safety
    FROM alarms
    WHERE closed_at IS NULL AND is_life_safety AND NOT is_drill AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    GROUP BY place_path
),
late AS (
    SELECT place_path AS path, count(DISTINCT (alarm_id, order_id)) AS late
    FROM visible_clocks
    WHERE is_late AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    GROUP BY place_path
),
trapped AS (
    SELECT place_path AS path, count(*) AS entrapments
    FROM rescues
    WHERE $__timeFilter(opened_at) AND stage <> 'refuted' AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    GROUP BY place_path
),
facts AS (
    SELECT path, registered, reporting, 0 AS life_safety, 0 AS late, 0 AS entrapments FROM equipment
    UNION ALL
    SELECT path, 0, 0, life_safety, 0, 0 FROM standing
    UNION ALL
    SELECT path, 0, 0, 0, late, 0 FROM late
    UNION ALL
    SELECT path, 0, 0, 0, 0, entrapments FROM trapped
)
SELECT
    tops.name AS place,
    tops.path::text AS path,
    coalesce(sum(facts.life_safety), 0)::bigint AS life_safety,
    coalesce(sum(facts.late), 0)::bigint AS late,
    coalesce(sum(facts.entrapments), 0)::bigint AS entrapments,
    coalesce(sum(facts.registered), 0)::bigint AS registered,
    (1 - sum(facts.reporting) / nullif(sum(facts.registered), 0))::double precision AS unmonitored
FROM tops
LEFT JOIN facts ON facts.path <@ tops.path
GROUP BY tops.path, tops.name
ORDER BY 3 DESC, 4 DESC, 5 DESC, 7 DESC NULLS LAST, tops.path
LIMIT 500;

-- name: companies
-- Who is late: promises missed now, and how many were kept in the chosen time. Both halves are counted
-- for themselves: a year of ended promises is then never sorted.
WITH ended AS (
    SELECT organisation_id, count(*) AS ended, count(*) FILTER (WHERE state = 'kept') AS kept
    FROM visible_clocks
    WHERE $__timeFilter(ended_at)
        AND state IN ('kept', 'missed')
        AND NOT is_late
        AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    GROUP BY organisation_id
),
late AS (
    SELECT
        organisation_id,
        count(DISTINCT (alarm_id, order_id)) AS late,
        min(due_at) AS due_at,
        count(*) FILTER (WHERE state = 'missed') AS missed
    FROM visible_clocks
    WHERE is_late AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    GROUP BY organisation_id
),
promised AS (
    SELECT organisation_id, 0 AS late, NULL::timestamptz AS due_at, 0 AS missed, ended, kept FROM ended
    UNION ALL
    SELECT organisation_id, late, due_at, missed, 0, 0 FROM late
)
SELECT
    coalesce(nullif(organisations.name_${language:raw}, ''), organisations.name_zh, '-') AS organisation,
    coalesce(organisations.id, 0)::text AS organisation_id,
    sum(promised.late)::bigint AS late,
    date_part('epoch', now() - min(promised.due_at)) AS longest,
    sum(promised.ended)::bigint AS ended,
    sum(promised.kept)::double precision / nullif(sum(promised.ended + promised.missed), 0) AS kept
FROM promised
LEFT JOIN organisations ON organisations.id = promised.organisation_id
GROUP BY organisations.id, organisations.name_zh, organisations.name_en
ORDER BY 3 DESC, 6 NULLS LAST, 5 DESC, 1
LIMIT 200;

-- name: repeated
-- Lifts that trapped people in the chosen time, the most often first.
SELECT
    assets.code AS lift,
    assets.id::text AS asset_id,
    coalesce(nullif(assets.name_${language:raw}, ''), assets.name_zh) AS name,
    assets.path::text AS path,
    count(*) AS entrapments,
    max(rescues.opened_at) AS last_at,
    sum(rescues.people) AS people,
    coalesce(nullif(organisations.name_${language:raw}, ''), organisations.name_zh, '-') AS maintainer
FROM rescues
JOIN visible_assets AS assets ON assets.id = rescues.asset_id
LEFT JOIN organisations ON organisations.id = assets.maintainer_id
WHERE $__timeFilter(rescues.opened_at)
    AND rescues.stage <> 'refuted'
    AND rescues.place_path <@ replace(${place:sqlstring}, '*', '')::ltree
GROUP BY assets.id, assets.code, assets.name_zh, assets.name_en, assets.path,
    organisations.name_zh, organisations.name_en
ORDER BY count(*) DESC, max(rescues.opened_at) DESC
LIMIT 20;

-- name: life_safety_days
-- Fire and entrapment alarms by the day (UTC+8) on which they were opened, drills left out.
SELECT
    date_bin('1 day', opened_at, TIMESTAMPTZ '2020-01-01 00:00+08') AS "time",
    count(*) FILTER (WHERE alarm_group = 'fire' AND confirmation <> 'false') AS fire,
    count(*) FILTER (WHERE alarm_group = 'fire' AND confirmation = 'false') AS false_fire,
    count(*) FILTER (WHERE alarm_group = 'entrapment') AS entrapment
FROM alarms
WHERE $__timeFilter(opened_at)
    AND is_life_safety
    AND NOT is_drill
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
GROUP BY 1
ORDER BY 1
LIMIT 4000;

-- name: unmonitored_classes
-- What is not monitored, by class of equipment and by the reason.
SELECT
    class,
    count(*) FILTER (WHERE state = 'not_commissioned') AS not_commissioned,
    count(*) FILTER (WHERE state = 'never_heard') AS never_heard,
    count(*) FILTER (WHERE state = 'silent') AS silent,
    count(*) FILTER (WHERE state = 'gateway_silent') AS gateway_silent
FROM visible_assets
WHERE path <@ replace(${place:sqlstring}, '*', '')::ltree
GROUP BY class
HAVING count(*) FILTER (WHERE state <> 'reporting') > 0
ORDER BY count(*) FILTER (WHERE state <> 'reporting') DESC, class
LIMIT 50;
