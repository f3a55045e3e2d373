-- name: building
-- A building with its lifts, detectors, an electrical monitor, a pump and a panel on one gateway.
WITH gateway AS (
    INSERT INTO gateways (id, place_id)
    SELECT 'gw-dark', places.id FROM places WHERE places.code = 'garden'
    RETURNING id
),
made AS (
    INSERT INTO assets (code, class, place_id, name_zh)
    SELECT given.code, given.class, places.id, given.code
    FROM (
        SELECT 'BL-' || n AS code, 'lift' AS class FROM generate_series(1, %(lifts)s) AS n
        UNION ALL
        SELECT 'BD-' || n, 'detector' FROM generate_series(1, %(detectors)s) AS n
        UNION ALL
        VALUES ('BE-1', 'electrical_monitor'), ('BP-1', 'pump'), ('BF-1', 'fire_panel')
    ) AS given
    JOIN places ON places.code = 'g1'
    RETURNING id, code
)
INSERT INTO bindings (gateway_id, code, asset_id, valid_during)
SELECT gateway.id, made.code, made.id, '[2020-01-01,)'
FROM made
CROSS JOIN gateway;

-- name: seen
-- What the desk was shown: every alarm, and those that stand for themselves.
SELECT
    count(*) AS raw,
    count(*) FILTER (
        WHERE NOT is_folded AND state NOT IN ('suppressed', 'shelved', 'out_of_service')
    ) AS folded,
    count(*) FILTER (
        WHERE event = 'entrapment' AND NOT is_folded AND state = 'unacknowledged'
    ) AS trapped
FROM alarms
WHERE closed_at IS NULL;

-- name: waiting
-- Work that the alarm process has not taken up.
SELECT (SELECT count(*) FROM event_work) + (SELECT count(*) FROM fold_work);
