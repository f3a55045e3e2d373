-- name: lifts
-- Lifts in the registry of the chosen place.
SELECT count(*) AS lifts FROM visible_assets WHERE class = 'lift' AND path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: trapped_rate
-- Entrapments per 100 lifts and 30 days; refuted suspicions left out.
SELECT
    100.0 * (
        SELECT count(*)
        FROM rescues
        WHERE $__timeFilter(opened_at) AND stage <> 'refuted' AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    )
    / nullif((SELECT count(*) FROM visible_assets WHERE class = 'lift' AND path <@ replace(${place:sqlstring}, '*', '')::ltree), 0)
    / greatest(extract(epoch FROM $__timeTo()::timestamptz - $__timeFrom()::timestamptz) / 2592000.0, 0.001)
        AS trapped_rate;

-- name: arrival
-- Median time from the alarm to the rescuers' arrival.
SELECT
    percentile_cont(0.5) WITHIN GROUP (ORDER BY date_part('epoch', arrived_at - opened_at))
        AS arrival
FROM rescues
WHERE $__timeFilter(opened_at)
    AND arrived_at IS NOT NULL
    AND stage <> 'refuted'
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: in_time
-- Share of rescues whose rescuers arrived before the legal limit; not arrived and overdue counts as late.
SELECT
    (count(*) FILTER (WHERE arrived_at <= legal_due_at))::double precision / nullif(count(*), 0) AS in_time
FROM rescues
WHERE $__timeFilter(opened_at)
    AND stage <> 'refuted'
    AND legal_due_at IS NOT NULL
    AND (arrived_at IS NOT NULL OR legal_due_at < now())
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: must_be_checked
-- Lifts that must not run until somebody has checked them.
SELECT count(DISTINCT asset_id) AS must_be_checked
FROM alarms
WHERE closed_at IS NULL
    AND event = 'lift_must_be_checked'
    AND NOT is_drill
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: people
-- People who were brought out.
SELECT coalesce(sum(people), 0)::bigint AS people
FROM rescues
WHERE $__timeFilter(opened_at) AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: rescue_days
-- Entrapments by day (UTC+8).
SELECT
    date_bin('1 day', opened_at, TIMESTAMPTZ '2020-01-01 00:00+08') AS "time",
    count(*) FILTER (WHERE coalesce(arrived_at, now()) <= coalesce(legal_due_at, 'infinity')) AS in_time,
    count(*) FILTER (WHERE coalesce(arrived_at, now()) > legal_due_at) AS too_late
FROM rescues
WHERE $__timeFilter(opened_at) AND stage <> 'refuted' AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
GROUP BY 1
ORDER BY 1
LIMIT 4000;

-- name: rescue_hours
-- Entrapments by the hour of the day (UTC+8).
SELECT
    to_char(hours.hour, 'FM00') AS hour,
    count(rescues.id) AS entrapments
FROM generate_series(0, 23) AS hours (hour)
LEFT JOIN rescues
    ON extract(hour FROM (rescues.opened_at AT TIME ZONE 'UTC') + INTERVAL '8 hours') = hours.hour
    AND $__timeFilter(rescues.opened_at)
    AND rescues.stage <> 'refuted'
    AND rescues.place_path <@ replace(${place:sqlstring}, '*', '')::ltree
GROUP BY hours.hour
ORDER BY hours.hour
LIMIT 24;

-- name: repeated
-- Lifts that trapped people, the most often first.
SELECT
    assets.code AS lift,
    assets.id::text AS asset_id,
    coalesce(nullif(assets.name_${language:raw}, ''), assets.name_zh) AS name,
    assets.path::text AS path,
    count(*) AS entrapments,
    max(rescues.opened_at) AS last_at,
    percentile_cont(0.5) WITHIN GROUP (
        ORDER BY date_part('epoch', rescues.arrived_at - rescues.opened_at)
    ) AS arrival,
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
LIMIT 50;

-- name: maintainers
-- Maintenance firms: lifts, entrapments and faults per 100 lifts, and how fast their rescuers came.
WITH fleet AS (
    SELECT id, maintainer_id FROM visible_assets WHERE class = 'lift' AND path <@ replace(${place:sqlstring}, '*', '')::ltree
),
trapped AS (
    SELECT
        fleet.maintainer_id,
        count(*) AS entrapments,
        percentile_cont(0.5) WITHIN GROUP (
            ORDER BY date_part('epoch', rescues.arrived_at - rescues.opened_at)
        ) AS arrival
    FROM rescues
    JOIN fleet ON fleet.id = rescues.asset_id
    WHERE $__timeFilter(rescues.opened_at) AND rescues.stage <> 'refuted'
    GROUP BY fleet.maintainer_id
),
broken AS (
    SELECT fleet.maintainer_id, count(*) AS faults
    FROM alarms
    JOIN fleet ON fleet.id = alarms.asset_id
    WHERE $__timeFilter(alarms.opened_at)
        AND alarms.alarm_group IN ('fault', 'safety')
        AND NOT alarms.is_drill
    GROUP BY fleet.maintainer_id
)
SELECT
    coalesce(nullif(organisations.name_${language:raw}, ''), organisations.name_zh, '-') AS maintainer,
    held.lifts AS lifts,
    coalesce(trapped.entrapments, 0) AS entrapments,
    100.0 * coalesce(trapped.entrapments, 0) / held.lifts AS entrapments_per_100,
    100.0 * coalesce(broken.faults, 0) / held.lifts AS faults_per_100,
    trapped.arrival AS arrival
FROM (SELECT maintainer_id, count(*) AS lifts FROM fleet GROUP BY maintainer_id) AS held
LEFT JOIN organisations ON organisations.id = held.maintainer_id
LEFT JOIN trapped ON trapped.maintainer_id IS NOT DISTINCT FROM held.maintainer_id
LEFT JOIN broken ON broken.maintainer_id IS NOT DISTINCT FROM held.maintainer_id
ORDER BY 4 DESC, 5 DESC, 1
LIMIT 100;

-- name: faults
-- What lifts reported most, drills left out. Lifts are looked up once, not once for each alarm.
WITH chosen AS MATERIALIZED (
    SELECT id FROM assets WHERE class = 'lift'
)
SELECT alarms.event AS event, count(*) AS alarms, count(DISTINCT alarms.asset_id) AS lifts
FROM alarms
JOIN chosen ON chosen.id = alarms.asset_id
WHERE $__timeFilter(alarms.opened_at)
    AND NOT alarms.is_drill
    AND alarms.place_path <@ replace(${place:sqlstring}, '*', '')::ltree
GROUP BY alarms.event
ORDER BY count(*) DESC, alarms.event
LIMIT 15;
