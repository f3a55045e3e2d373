-- name: bounds
-- When managements and contracts began or ended in a period: between two of them nobody changes.
SELECT bound
FROM (
    SELECT lower(valid_during) AS bound FROM managements
    UNION
    SELECT upper(valid_during) FROM managements
    UNION
    SELECT (contract_until + 1)::timestamp AT TIME ZONE INTERVAL '+8 hours' FROM assets
) AS bounds
WHERE bound > %(since)s AND bound < %(until)s
ORDER BY bound;

-- name: past_alarms
-- Alarms of a period with what was done about them, drills aside, in their order.
SELECT
    alarms.id,
    alarms.event,
    assets.class,
    alarms.asset_id,
    alarms.place_path::text,
    alarms.opened_at,
    alarms.duty_id,
    orders.opened_at,
    alarms.closed_at,
    alarms.acknowledged_at,
    confirmed.at,
    orders.accepted_at,
    orders.arrived_at,
    orders.restored_at,
    orders.closed_at
FROM alarms
JOIN assets ON assets.id = alarms.asset_id
LEFT JOIN LATERAL (
    SELECT
        work_orders.opened_at, work_orders.accepted_at, work_orders.arrived_at,
        work_orders.restored_at, work_orders.closed_at
    FROM work_orders
    WHERE work_orders.alarm_id = alarms.id
    ORDER BY work_orders.id
    LIMIT 1
) AS orders ON true
LEFT JOIN LATERAL (
    SELECT min(alarm_transitions.at) AS at
    FROM alarm_transitions
    WHERE alarm_transitions.alarm_id = alarms.id
        AND alarm_transitions.trigger IN ('confirm_real', 'confirm_false')
) AS confirmed ON true
WHERE alarms.opened_at >= %(since)s AND alarms.opened_at < %(until)s AND NOT alarms.is_drill
    AND alarms.id > %(after)s
ORDER BY alarms.id
LIMIT %(limit)s;
