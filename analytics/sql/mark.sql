-- name: mark_chattering
-- Conditions of which so many raises lay within the time, anywhere in what is looked back at: a burst
-- that is as long as the time itself is seen however seldom anybody looks. The newest alarm is marked,
-- again if need be.
WITH raised AS (
    SELECT
        alarms.id,
        alarms.asset_id,
        alarms.condition,
        alarms.place_path,
        alarm_transitions.at,
        lag(alarm_transitions.at, %(raises)s::int - 1) OVER (
            PARTITION BY alarms.asset_id, alarms.condition
            ORDER BY alarm_transitions.at, alarm_transitions.id
        ) AS first_at
    FROM alarm_transitions
    JOIN alarms ON alarms.id = alarm_transitions.alarm_id
    WHERE alarm_transitions.at > %(since)s
        AND alarm_transitions.trigger IN ('raise', 'missed_raise')
)
INSERT INTO alarm_marks (alarm_id, mark, place_path, since)
SELECT max(raised.id), 'chattering', (array_agg(raised.place_path ORDER BY raised.id DESC))[1], %(now)s
FROM raised
WHERE raised.at - raised.first_at <= %(within)s
GROUP BY raised.asset_id, raised.condition
ON CONFLICT (alarm_id, mark) DO UPDATE SET since = excluded.since, ended_at = NULL
WHERE alarm_marks.ended_at IS NOT NULL
RETURNING alarm_id;

-- name: end_chattering
-- Chattering is over when the condition was not raised for the quiet time.
UPDATE alarm_marks
SET ended_at = %(now)s
FROM alarms
WHERE alarm_marks.mark = 'chattering'
    AND alarm_marks.ended_at IS NULL
    AND alarms.id = alarm_marks.alarm_id
    AND NOT EXISTS (
        SELECT
        FROM alarm_transitions
        JOIN alarms AS same ON same.id = alarm_transitions.alarm_id
        WHERE same.asset_id = alarms.asset_id
            AND same.condition = alarms.condition
            AND alarm_transitions.at > %(since)s
            AND alarm_transitions.trigger IN ('raise', 'missed_raise')
    )
RETURNING alarm_marks.alarm_id;

-- name: mark_fleeting
-- Alarms that were over too soon for anybody to act, and that nobody had acknowledged before.
INSERT INTO alarm_marks (alarm_id, mark, place_path, since)
SELECT DISTINCT alarms.id, 'fleeting', alarms.place_path, %(now)s::timestamptz
FROM alarm_transitions
JOIN alarms ON alarms.id = alarm_transitions.alarm_id
WHERE alarm_transitions.at > %(since)s
    AND alarm_transitions.trigger IN ('clear', 'off_delay_over')
    AND alarms.returned_at - alarms.raised_at BETWEEN INTERVAL '0' AND %(fleeting)s
    AND alarms.raises = 1
ON CONFLICT DO NOTHING
RETURNING alarm_id;

-- name: mark_stale
-- Alarms that have stood for too long.
INSERT INTO alarm_marks (alarm_id, mark, place_path, since)
SELECT alarms.id, 'stale', alarms.place_path, %(now)s
FROM alarms
WHERE alarms.closed_at IS NULL
    AND alarms.opened_at <= %(since)s
    AND NOT EXISTS (
        SELECT FROM alarm_marks WHERE alarm_marks.alarm_id = alarms.id AND alarm_marks.mark = 'stale'
    )
ORDER BY alarms.opened_at
LIMIT 1000
ON CONFLICT DO NOTHING
RETURNING alarm_id;

-- name: end_stale
-- A stale alarm is over with the alarm.
UPDATE alarm_marks
SET ended_at = %(now)s
FROM alarms
WHERE alarm_marks.mark IN ('stale', 'chattering')
    AND alarm_marks.ended_at IS NULL
    AND alarms.id = alarm_marks.alarm_id
    AND alarms.closed_at IS NOT NULL
    AND (alarm_marks.mark = 'stale' OR alarms.closed_at < %(since)s)
RETURNING alarm_marks.alarm_id;

-- name: load
-- Alarms of desks in each 10 minutes of a time, the fullest first.
SELECT
    alarm_load.bucket,
    alarm_load.responsible_id,
    coalesce(organisations.name_zh, '') AS desk,
    alarm_load.raised,
    alarm_load.shown,
    alarm_load.life_safety
FROM alarm_load
LEFT JOIN organisations ON organisations.id = alarm_load.responsible_id
WHERE alarm_load.bucket >= %(since)s AND alarm_load.bucket < %(until)s
ORDER BY alarm_load.shown DESC, alarm_load.bucket, alarm_load.responsible_id
LIMIT %(limit)s;

-- name: bad_actors
-- The conditions that were raised most often in a time.
SELECT
    alarms.asset_id,
    assets.code,
    alarms.event,
    count(*) AS alarms,
    sum(alarms.raises) AS raises,
    bool_or(alarm_marks.mark = 'chattering') IS TRUE AS is_chattering
FROM alarms
JOIN assets ON assets.id = alarms.asset_id
LEFT JOIN alarm_marks ON alarm_marks.alarm_id = alarms.id AND alarm_marks.mark = 'chattering'
WHERE alarms.opened_at >= %(since)s AND alarms.opened_at < %(until)s AND NOT alarms.is_drill
GROUP BY alarms.asset_id, assets.code, alarms.event
ORDER BY raises DESC, alarms.asset_id, alarms.event
LIMIT %(limit)s;
