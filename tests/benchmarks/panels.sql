-- name: first_lift
-- The lift that a dashboard of one lift opens with.
SELECT id
FROM assets
WHERE class = 'lift' AND commissioned_at IS NOT NULL
ORDER BY code
LIMIT 1;

-- name: written
-- Frames, values and bytes of telemetry, indexes included.
SELECT
    sum(rows.frames)::bigint AS frames,
    sum(rows.frames * rows.metrics)::bigint AS "values",
    sum(rows.bytes)::bigint AS bytes
FROM (
    SELECT (SELECT count(*) FROM lift_samples) AS frames, 14 AS metrics, hypertable_size('lift_samples') AS bytes
    UNION ALL
    SELECT (SELECT count(*) FROM detector_samples), 6, hypertable_size('detector_samples')
    UNION ALL
    SELECT (SELECT count(*) FROM water_samples), 6, hypertable_size('water_samples')
    UNION ALL
    SELECT (SELECT count(*) FROM pump_samples), 8, hypertable_size('pump_samples')
    UNION ALL
    SELECT (SELECT count(*) FROM electrical_samples), 11, hypertable_size('electrical_samples')
) AS rows;

-- name: analyse
-- Figures for the planner, as autovacuum would have gathered them.
ANALYZE;
