-- name: many_assets
-- A district with many compounds, and assets in each.
WITH compound AS (
    INSERT INTO places (code, path, level, name_zh)
    SELECT 'k' || n, ('city.dist.str.comm.k' || n)::ltree, 'compound', n || '号小区'
    FROM generate_series(1, %(compounds)s) AS n
    RETURNING id, code
),
managed AS (
    INSERT INTO managements (place_id, kind, organisation_id, valid_during)
    SELECT compound.id, 'company', organisations.id, '[2020-01-01,)'
    FROM compound
    JOIN organisations ON organisations.code = 'property'
)
INSERT INTO assets (code, class, place_id, name_zh, commissioned_at, registered_at)
SELECT
    compound.code || '-' || n,
    CASE WHEN n %% 4 = 0 THEN 'lift' ELSE 'detector' END,
    compound.id,
    n || '号设备',
    '2026-01-01',
    '2026-01-01'
FROM compound
CROSS JOIN generate_series(1, %(assets)s) AS n;

-- name: many_alarms
-- Open alarms, several of each asset, as the desk leaves them behind.
INSERT INTO alarms (
    asset_id, place_path, condition, event, alarm_group, severity, is_life_safety, state, text,
    raised_at, received_at, opened_at
)
SELECT
    assets.id,
    places.path,
    'c' || n,
    CASE WHEN assets.class = 'lift' THEN 'door_close_fault' ELSE 'detector_fault' END,
    'fault',
    CASE WHEN n = 1 THEN 'major' ELSE 'minor' END,
    false,
    'unacknowledged',
    '',
    %(now)s::timestamptz - n * interval '1 minute' - assets.id * interval '1 second',
    %(now)s,
    %(now)s::timestamptz - n * interval '1 minute' - assets.id * interval '1 second'
FROM assets
JOIN places ON places.id = assets.place_id
CROSS JOIN generate_series(1, %(each)s) AS n
WHERE assets.code LIKE 'k%%';

-- name: newest
-- Open alarms to act on.
SELECT id FROM alarms WHERE closed_at IS NULL AND NOT is_life_safety ORDER BY id DESC LIMIT %(limit)s;

-- name: settle
-- What autovacuum would have done by itself after such growth.
ANALYZE;
