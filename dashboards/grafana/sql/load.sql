-- name: floods
-- Desks and 10 minutes with more alarms than anybody can read (ISA-18.2, unverified).
SELECT count(*) AS "泛滥"
FROM alarm_load
WHERE $__timeFilter(bucket) AND shown > 10;

-- name: chattering
-- Alarms that are raised again and again now.
SELECT count(*) AS "抖动"
FROM alarm_marks
WHERE mark = 'chattering' AND ended_at IS NULL;

-- name: stale
-- Open alarms that have stood for too long.
SELECT count(*) AS "滞留"
FROM alarm_marks
WHERE mark = 'stale' AND ended_at IS NULL;

-- name: held
-- Open alarms that are kept from the desks.
SELECT
    count(*) FILTER (WHERE state = 'shelved') AS "搁置",
    count(*) FILTER (WHERE state = 'suppressed') AS "抑制",
    count(*) FILTER (WHERE state = 'out_of_service') AS "退出运行"
FROM alarms
WHERE closed_at IS NULL;

-- name: per_ten_minutes
-- All desks together, before and after folding.
SELECT bucket AS "time", sum(raised) AS "产生", sum(shown) AS "归并后"
FROM alarm_load
WHERE $__timeFilter(bucket)
GROUP BY bucket
ORDER BY bucket
LIMIT 10000;

-- name: busiest
-- The fullest 10 minutes of desks.
SELECT
    alarm_load.bucket AS "时段",
    coalesce(organisations.name_zh, '-') AS "值班台",
    alarm_load.shown AS "归并后",
    alarm_load.raised AS "产生"
FROM alarm_load
LEFT JOIN organisations ON organisations.id = alarm_load.responsible_id
WHERE $__timeFilter(alarm_load.bucket)
ORDER BY alarm_load.shown DESC, alarm_load.bucket DESC
LIMIT 20;

-- name: bad_actors
-- The conditions that were raised most often.
SELECT
    assets.code AS "设备",
    alarms.event AS "事件",
    count(*) AS "条数",
    sum(alarms.raises) AS "触发次数"
FROM alarms
JOIN assets ON assets.id = alarms.asset_id
WHERE $__timeFilter(alarms.opened_at) AND NOT alarms.is_drill
GROUP BY assets.code, alarms.event
ORDER BY sum(alarms.raises) DESC, assets.code, alarms.event
LIMIT 20;
