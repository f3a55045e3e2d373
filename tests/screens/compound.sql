-- name: heartbeats
-- The compound's gateway was heard a moment ago, on both lanes.
INSERT INTO gateway_states (gateway, lane, is_online, heard_at, software, next_seq, skew_ms)
SELECT %(gateway)s, lane, true, %(now)s, 'towerwatch 0.1', 40001, 12
FROM unnest(ARRAY['alarm', 'data']) AS lane
ON CONFLICT (gateway, lane) DO UPDATE SET heard_at = excluded.heard_at, is_online = true;

-- name: ledger
-- What was received from it so far.
INSERT INTO ledgers (gateway, lane, stream, received, next_seq, stored, missing, samples, first_at, last_at)
VALUES (
    %(gateway)s, 'data', 1, '{[1,40001)}', 40001, 40000, 0, 4800000, %(now)s - INTERVAL '1 day', %(now)s
)
ON CONFLICT (gateway, lane, stream) DO UPDATE SET last_at = excluded.last_at;

-- name: contacts
-- Every asset of the compound has reported.
INSERT INTO asset_contacts (asset_id, heard_at)
SELECT id, %(now)s
FROM assets
ON CONFLICT (asset_id) DO UPDATE SET heard_at = excluded.heard_at;

-- name: lift_samples
-- Half an hour of every lift: rides, warmth of the motor, doors.
INSERT INTO lift_samples (at, asset_id, floor, speed, direction, door_closed, load, motor_current, motor_temp, vibration)
SELECT
    moment,
    assets.id,
    1 + round(5 + 5 * sin(turn / 50)),
    greatest(0, 1.75 * sin(turn / 9)),
    sign(sin(turn / 50)),
    (sin(turn / 9) > 0)::int,
    120 + 100 * sin(turn / 70),
    8 + 6 * greatest(0, sin(turn / 9)),
    42 + 6 * sin(turn / 600),
    0.06 + 0.04 * greatest(0, sin(turn / 9))
FROM assets
CROSS JOIN generate_series(
    %(now)s::timestamptz - INTERVAL '30 minutes', %(now)s::timestamptz, INTERVAL '5 seconds'
) AS moment
CROSS JOIN LATERAL (SELECT extract(epoch FROM moment)::float8 + assets.id * 31 AS turn) AS phase
WHERE assets.class = 'lift';

-- name: water_samples
-- The same half an hour of the hydrants.
INSERT INTO water_samples (at, asset_id, pressure)
SELECT moment, assets.id, 420 + 12 * sin(extract(epoch FROM moment) / 300)
FROM assets
CROSS JOIN generate_series(
    %(now)s::timestamptz - INTERVAL '30 minutes', %(now)s::timestamptz, INTERVAL '10 seconds'
) AS moment
WHERE assets.class = 'fire_water';

-- name: say
-- What ingest writes for one event: the event and its work, in one transaction.
WITH said AS (
    INSERT INTO events (
        asset_id, place_path, gateway, stream, seq, position, event, condition, state, at, received_at, text
    )
    SELECT
        assets.id, places.path, %(gateway)s, 1, %(seq)s, 0, %(event)s, %(event)s, %(state)s, %(now)s,
        %(now)s, %(text)s
    FROM assets
    JOIN places ON places.id = assets.place_id
    WHERE assets.code = %(asset)s
    RETURNING id
)
INSERT INTO event_work (event_id, is_life_safety)
SELECT id, %(is_life_safety)s FROM said RETURNING event_id;

-- name: flood
-- One event of a fault for each of many assets, as ingest writes a burst.
WITH said AS (
    INSERT INTO events (
        asset_id, place_path, gateway, stream, seq, position, event, condition, state, at, received_at, text
    )
    SELECT
        assets.id, places.path, %(gateway)s, 2, row_number() OVER (ORDER BY assets.id), 0,
        'contaminated', 'contaminated', 'raise', %(now)s, %(now)s, ''
    FROM assets
    JOIN places ON places.id = assets.place_id
    WHERE assets.code LIKE 'FLOOD-%%'
    RETURNING id
)
INSERT INTO event_work (event_id, is_life_safety)
SELECT id, false FROM said;

-- name: flood_assets
-- Many detectors, for the flood.
INSERT INTO assets (code, class, place_id, name_zh, name_en, commissioned_at)
SELECT 'FLOOD-' || number, 'detector', places.id, '探测器' || number, 'Detector ' || number, now()
FROM generate_series(1, %(count)s) AS number
JOIN places ON places.code = 'garden_b3_f11';

-- name: open_flood
-- How many alarms of the flood are open.
SELECT count(*)
FROM alarms
JOIN assets ON assets.id = alarms.asset_id
WHERE assets.code LIKE 'FLOOD-%%' AND alarms.closed_at IS NULL;

-- name: on_desk
-- How many alarms beside those of life safety the desk has before it.
SELECT count(*)
FROM alarms
WHERE closed_at IS NULL
    AND NOT is_life_safety
    AND NOT is_folded
    AND state NOT IN ('shelved', 'suppressed', 'out_of_service');

-- name: alarm_of
-- The open alarm of an asset.
SELECT alarms.id, (SELECT work_orders.id FROM work_orders WHERE work_orders.alarm_id = alarms.id ORDER BY id LIMIT 1)
FROM alarms
JOIN assets ON assets.id = alarms.asset_id
WHERE assets.code = %(asset)s
ORDER BY alarms.id DESC
LIMIT 1;

-- name: asset
-- The id of an asset.
SELECT id FROM assets WHERE code = %(asset)s;

-- name: newest_drill
-- The last drill that was proposed.
SELECT max(id) FROM drills;

-- name: warn
-- An early warning of a lift's door.
INSERT INTO warnings (
    asset_id, place_path, detector, metric, raised_at, refreshed_at, expected_from, expected_until,
    score, reason_zh, reason_en, evidence
)
SELECT
    assets.id, places.path, 'trend', 'door_current', %(now)s, %(now)s, %(now)s + INTERVAL '3 days',
    %(now)s + INTERVAL '9 days', 0.82, '门机电流 3 天内上升 18%%，与同型号电梯相差 3.1 倍标准差',
    'Door current rose by 18 %% in 3 days, 3.1 standard deviations above its peers', '{}'
FROM assets
JOIN places ON places.id = assets.place_id
WHERE assets.code = 'L-3-1';

-- name: receive
-- The bureau has taken everything that waited for it.
UPDATE notices
SET state = 'delivered', delivered_at = %(now)s, receipt = 'YJ-' || upper(left(id::text, 8))
WHERE target = 'bureau' AND state = 'waiting';
