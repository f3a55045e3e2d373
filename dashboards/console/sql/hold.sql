-- name: holds
-- What keeps alarms of the scope from the desk now, and how many; suppressions last.
SELECT
    holds.id,
    holds.kind,
    holds.condition,
    holds.reason,
    holds.begun_at,
    holds.begun_by,
    holds.approved_by,
    holds.due_at,
    min(assets.id) AS asset_id,
    min(assets.code) AS asset_code,
    min(assets.name_zh) AS asset_name_zh,
    min(assets.name_en) AS asset_name_en,
    count(DISTINCT assets.id) AS assets,
    (
        SELECT count(*)
        FROM alarms
        WHERE alarms.hold_id = holds.id
            AND alarms.closed_at IS NULL
            AND alarms.state IN ('shelved', 'suppressed', 'out_of_service')
    ) AS alarms
FROM holds
JOIN hold_assets ON hold_assets.hold_id = holds.id
JOIN assets ON assets.id = hold_assets.asset_id
WHERE holds.ended_at IS NULL
GROUP BY holds.id
ORDER BY holds.kind = 'suppressed', holds.due_at, holds.id
LIMIT %(limit)s;

-- name: is_out_of_service
-- Whether an asset is out of service now.
SELECT EXISTS (
    SELECT
    FROM holds
    JOIN hold_assets ON hold_assets.hold_id = holds.id
    WHERE hold_assets.asset_id = %(asset_id)s
        AND holds.kind = 'out_of_service'
        AND holds.ended_at IS NULL
);

-- name: proposals
-- What waits for a second person.
SELECT
    proposals.id,
    proposals.kind,
    proposals.alarm_id,
    proposals.minutes,
    proposals.reason,
    proposals.proposed_at,
    proposals.proposed_by,
    proposals.lapses_at,
    proposals.place_path::text AS place_path,
    assets.id AS asset_id,
    assets.code AS asset_code,
    assets.name_zh AS asset_name_zh,
    assets.name_en AS asset_name_en
FROM proposals
JOIN assets ON assets.id = proposals.asset_id
WHERE proposals.state = 'open'
    AND proposals.lapses_at > %(now)s
    AND (%(id)s::bigint IS NULL OR proposals.id = %(id)s)
ORDER BY proposals.lapses_at, proposals.id
LIMIT %(limit)s;

-- name: asset_place
-- Where an asset of the scope stands.
SELECT places.path::text
FROM assets
JOIN places ON places.id = assets.place_id
WHERE assets.id = %(asset_id)s;

-- name: load
-- Alarms of desks in the last 10 minutes of a time, the newest first.
SELECT
    alarm_load.bucket,
    coalesce(organisations.name_zh, '') AS desk_zh,
    coalesce(organisations.name_en, '') AS desk_en,
    alarm_load.raised,
    alarm_load.shown,
    alarm_load.life_safety
FROM alarm_load
LEFT JOIN organisations ON organisations.id = alarm_load.responsible_id
WHERE alarm_load.bucket >= %(since)s
ORDER BY alarm_load.bucket DESC, alarm_load.shown DESC, desk_zh
LIMIT %(limit)s;

-- name: bad_actors
-- The conditions that were raised most often since a time.
SELECT
    assets.id AS asset_id,
    assets.code AS asset_code,
    assets.name_zh AS asset_name_zh,
    assets.name_en AS asset_name_en,
    alarms.event,
    count(*) AS alarms,
    sum(alarms.raises)::bigint AS raises,
    count(alarm_marks.alarm_id) AS chattering
FROM alarms
JOIN assets ON assets.id = alarms.asset_id
LEFT JOIN alarm_marks ON alarm_marks.alarm_id = alarms.id AND alarm_marks.mark = 'chattering'
WHERE alarms.opened_at >= %(since)s AND NOT alarms.is_drill
GROUP BY assets.id, alarms.event
ORDER BY raises DESC, assets.id, alarms.event
LIMIT %(limit)s;

-- name: marks
-- How many open alarms bear each mark.
SELECT
    count(*) FILTER (WHERE alarm_marks.mark = 'chattering') AS chattering,
    count(*) FILTER (WHERE alarm_marks.mark = 'stale') AS stale,
    count(*) FILTER (WHERE alarm_marks.mark = 'fleeting' AND alarm_marks.since >= %(since)s) AS fleeting
FROM alarm_marks
WHERE alarm_marks.ended_at IS NULL;
