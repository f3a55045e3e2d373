-- name: per_desk
-- Alarms per desk and 10 minutes over the chosen time, quiet minutes included, folding applied.
SELECT
    count(*)::double precision
        / greatest(count(DISTINCT responsible_id), 1)
        / greatest(extract(epoch FROM $__timeTo()::timestamptz - $__timeFrom()::timestamptz) / 600.0, 1.0)
        AS per_desk
FROM alarms
WHERE $__timeFilter(opened_at)
    AND NOT is_drill
    AND NOT is_folded
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    AND (${organisation:sqlstring} = '0' OR responsible_id::text = ${organisation:sqlstring});

-- name: peak
-- The fullest 10 minutes of any desk.
SELECT coalesce(max(shown), 0) AS peak
FROM (
    SELECT count(*) AS shown
    FROM alarms
    WHERE $__timeFilter(opened_at)
        AND NOT is_drill
        AND NOT is_folded
        AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
        AND (${organisation:sqlstring} = '0' OR responsible_id::text = ${organisation:sqlstring})
    GROUP BY date_bin('10 minutes', opened_at, TIMESTAMPTZ 'epoch'), responsible_id
) AS buckets;

-- name: floods
-- Ten minutes of a desk with more alarms than anybody can read.
SELECT count(*) AS floods
FROM (
    SELECT FROM alarms
    WHERE $__timeFilter(opened_at)
        AND NOT is_drill
        AND NOT is_folded
        AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
        AND (${organisation:sqlstring} = '0' OR responsible_id::text = ${organisation:sqlstring})
    GROUP BY date_bin('10 minutes', opened_at, TIMESTAMPTZ 'epoch'), responsible_id
    HAVING count(*) > 10
) AS buckets;

-- name: chattering
-- Alarms that are raised again and again now.
SELECT count(*) AS chattering
FROM alarm_marks
WHERE mark = 'chattering' AND ended_at IS NULL AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: stale
-- Open alarms that have stood for too long.
SELECT count(*) AS stale
FROM alarm_marks
WHERE mark = 'stale' AND ended_at IS NULL AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: held
-- Open alarms that are kept from the desk: shelved, suppressed, out of service.
SELECT count(*) AS held
FROM alarms
WHERE closed_at IS NULL
    AND state IN ('shelved', 'suppressed', 'out_of_service')
    AND NOT is_drill
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: folding
-- All desks together, before and after folding.
SELECT
    $__timeGroupAlias(opened_at, $__interval, 0),
    count(*) AS raised,
    count(*) FILTER (WHERE NOT is_folded) AS shown
FROM alarms
WHERE $__timeFilter(opened_at)
    AND NOT is_drill
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    AND (${organisation:sqlstring} = '0' OR responsible_id::text = ${organisation:sqlstring})
GROUP BY 1
ORDER BY 1
LIMIT 10000;

-- name: busiest
-- The fullest 10 minutes of desks.
SELECT
    buckets.bucket AS begins_at,
    coalesce(nullif(organisations.name_${language:raw}, ''), organisations.name_zh, '-') AS desk,
    buckets.shown AS shown,
    buckets.raised AS raised,
    buckets.life_safety AS life_safety
FROM (
    SELECT
        date_bin('10 minutes', opened_at, TIMESTAMPTZ 'epoch') AS bucket,
        responsible_id,
        count(*) AS raised,
        count(*) FILTER (WHERE NOT is_folded) AS shown,
        count(*) FILTER (WHERE is_life_safety) AS life_safety
    FROM alarms
    WHERE $__timeFilter(opened_at)
        AND NOT is_drill
        AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
        AND (${organisation:sqlstring} = '0' OR responsible_id::text = ${organisation:sqlstring})
    GROUP BY 1, 2
    ORDER BY 4 DESC, 1 DESC
    LIMIT 20
) AS buckets
LEFT JOIN organisations ON organisations.id = buckets.responsible_id
ORDER BY buckets.shown DESC, buckets.bucket DESC
LIMIT 20;

-- name: bad_actors
-- The conditions that were raised most often, with their share of all.
SELECT
    assets.code AS asset,
    assets.id::text AS asset_id,
    assets.class AS class,
    actors.event AS event,
    actors.alarms AS alarms,
    actors.raises AS raises,
    actors.share AS share
FROM (
    SELECT
        asset_id,
        event,
        count(*) AS alarms,
        sum(raises)::bigint AS raises,
        (sum(raises) / sum(sum(raises)) OVER ())::double precision AS share
    FROM alarms
    WHERE $__timeFilter(opened_at)
        AND NOT is_drill
        AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
        AND (${organisation:sqlstring} = '0' OR responsible_id::text = ${organisation:sqlstring})
    GROUP BY asset_id, event
    ORDER BY sum(raises) DESC, asset_id
    LIMIT 10
) AS actors
JOIN assets ON assets.id = actors.asset_id
ORDER BY actors.raises DESC, assets.code
LIMIT 10;

-- name: priorities
-- Alarms by severity, as shares of all.
SELECT
    severity,
    count(*) AS alarms,
    (count(*) / sum(count(*)) OVER ())::double precision AS share
FROM alarms
WHERE $__timeFilter(opened_at)
    AND NOT is_drill
    AND NOT is_folded
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    AND (${organisation:sqlstring} = '0' OR responsible_id::text = ${organisation:sqlstring})
GROUP BY severity
ORDER BY array_position(ARRAY['critical', 'major', 'minor', 'warning'], severity)
LIMIT 10;

-- name: time_to_acknowledge
-- How long alarms waited for a person, by the day (UTC+8) on which they were opened.
SELECT
    date_bin('1 day', opened_at, TIMESTAMPTZ '2020-01-01 00:00+08') AS "time",
    percentile_cont(0.5) WITHIN GROUP (ORDER BY waited) AS median,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY waited) AS nine_of_ten
FROM (
    SELECT opened_at, date_part('epoch', acknowledged_at - opened_at) AS waited
    FROM alarms
    WHERE $__timeFilter(opened_at)
        AND acknowledged_at IS NOT NULL
        AND NOT is_drill
        AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
        AND (${organisation:sqlstring} = '0' OR responsible_id::text = ${organisation:sqlstring})
) AS acknowledged
GROUP BY 1
ORDER BY 1
LIMIT 4000;
