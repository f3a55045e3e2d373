-- name: detectors
-- Detectors to burn, in the garden.
INSERT INTO assets (code, class, place_id, name_zh)
SELECT 'F-' || n, 'detector', places.id, n || '号感烟'
FROM generate_series(1, %(count)s) AS n
JOIN places ON places.code = 'g1';

-- name: set_due
-- Give each running acknowledgement clock a time of its own in the near future.
UPDATE clocks
SET due_at = now() + (abs(hashint8(id)) %% 1000) / 1000.0 * %(span)s::interval,
    started_at = now() - interval '60 seconds'
WHERE kind = 'acknowledge' AND state = 'running';

-- name: outcome
-- Of each fire: how often its first clock was missed, how often the first link was told, and how
-- late the latest of its clocks was carried out [s].
SELECT
    (
        SELECT count(*)
        FROM clocks
        WHERE clocks.alarm_id = alarms.id
            AND clocks.kind = 'acknowledge'
            AND clocks.step = 0
            AND clocks.state = 'missed'
    ) AS missed,
    (
        SELECT count(*)
        FROM clocks
        WHERE clocks.alarm_id = alarms.id AND clocks.kind = 'acknowledge' AND clocks.step = 1
    ) AS followed,
    (
        SELECT count(*)
        FROM notices
        WHERE notices.alarm_id = alarms.id
            AND notices.kind = 'alarm.escalated'
            AND notices.target = 'desk'
    ) AS told,
    (
        SELECT extract(epoch FROM max(clocks.ended_at - clocks.due_at))::double precision
        FROM clocks
        WHERE clocks.alarm_id = alarms.id AND clocks.step = 0 AND clocks.state = 'missed'
    ) AS late_s
FROM alarms
WHERE alarms.event = 'fire_alarm'
ORDER BY alarms.id;

-- name: waiting
-- First clocks that have not been carried out.
SELECT count(*)
FROM clocks
WHERE kind = 'acknowledge' AND step = 0 AND state = 'running';
