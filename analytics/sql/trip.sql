-- name: find_lift
-- A lift by its code.
SELECT id FROM assets WHERE code = %(code)s AND class = 'lift';

-- name: trace
-- Readings of one lift between two times, oldest first: what its trips are made from.
SELECT
    extract(epoch FROM at)::float8,
    speed,
    motor_current,
    vibration,
    levelling_error,
    door_closed,
    load
FROM lift_samples
WHERE asset_id = %(asset_id)s AND at >= %(since)s AND at < %(until)s
ORDER BY at
LIMIT %(limit)s;
