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
-- The same half an hour of hydrants and of the tank on the roof.
INSERT INTO water_samples (at, asset_id, pressure, level)
SELECT
    moment,
    assets.id,
    CASE WHEN assets.code LIKE 'H-%%' THEN 420 + 12 * sin(extract(epoch FROM moment) / 300 + assets.id) END,
    CASE WHEN assets.code LIKE 'T-%%' THEN 2.7 + 0.05 * sin(extract(epoch FROM moment) / 900) END
FROM assets
CROSS JOIN generate_series(
    %(now)s::timestamptz - INTERVAL '30 minutes', %(now)s::timestamptz, INTERVAL '10 seconds'
) AS moment
WHERE assets.class = 'fire_water';

-- name: pump_samples
-- Pumps that stand by, in automatic.
INSERT INTO pump_samples (at, asset_id, running, automatic, current, pressure)
SELECT moment, assets.id, 0, 1, 0, 4.3
FROM assets
CROSS JOIN generate_series(
    %(now)s::timestamptz - INTERVAL '30 minutes', %(now)s::timestamptz, INTERVAL '30 seconds'
) AS moment
WHERE assets.class = 'pump';

-- name: upkeep
-- A plan of upkeep for every lift, its last turn done, its next to come.
WITH planned AS (
    INSERT INTO plans (kind, asset_id, every, starts_on)
    SELECT 'lift_maintenance', assets.id, 'half_month', (%(now)s::timestamptz - INTERVAL '20 days')::date
    FROM assets
    WHERE assets.class = 'lift'
    RETURNING id
)
INSERT INTO plan_periods (plan_id, number, begins_on, due_at, evidence, done_at)
SELECT
    planned.id,
    turn,
    (%(now)s::timestamptz + (turn * 15 - 20) * INTERVAL '1 day')::date,
    %(now)s::timestamptz + (turn * 15 - 5) * INTERVAL '1 day',
    CASE WHEN turn = 0 THEN 'paper' ELSE '' END,
    CASE WHEN turn = 0 THEN %(now)s::timestamptz - INTERVAL '6 days' END
FROM planned
CROSS JOIN generate_series(0, 1) AS turn;

-- name: board
-- What the company has posted on the compound's board; the shared electricity long ago.
INSERT INTO board_posts (place_path, field, text, posted_by, posted_at, digest)
SELECT places.path, given.field, given.text, 'manager', %(now)s::timestamptz - given.age, '\x00'
FROM places
CROSS JOIN (
    VALUES
        ('project_manager', '项目经理，从业 8 年；办公室在 1 号楼门厅，办公电话 0000-8000101', INTERVAL '20 days'),
        ('complaint_phone', '24 小时投诉电话 0000-8000101；城管热线 12319', INTERVAL '20 days'),
        ('services', '三级服务标准：门岗 24 小时，公共区域每日清扫，设备每日巡查', INTERVAL '60 days'),
        ('fees', '物业费每月每平方米 1.80 元；车位管理费每月 60 元', INTERVAL '60 days'),
        ('parking', '地下车位 236 个，已用 211 个；充电车位 24 个', INTERVAL '12 days'),
        ('shared_power', '第二季度公共用电 18,420 度，每户分摊 11.62 元', INTERVAL '130 days'),
        ('fee_account', '第三季度收物业费 214,300 元，支出 208,950 元', INTERVAL '30 days'),
        ('common_revenue', '第三季度电梯广告收入 9,600 元，支出 3,200 元，结余 6,400 元', INTERVAL '30 days')
) AS given (field, text, age)
WHERE places.code = 'garden';

-- name: lift_spending
-- What each lift has cost in the last two quarters.
INSERT INTO board_posts (place_path, field, asset_id, period, text, amount_fen, posted_by, posted_at, digest)
SELECT
    compound.path, 'lift_spending', assets.id, given.period, given.text,
    given.amount_fen + assets.id * 100, 'manager', %(now)s::timestamptz - INTERVAL '9 days', '\x00'
FROM assets
CROSS JOIN (
    VALUES ('2026-Q2', '按合同保养 6 次', 180000), ('2026-Q3', '按合同保养 6 次，更换门滑块', 216000)
) AS given (period, text, amount_fen)
JOIN places AS compound ON compound.code = 'garden'
WHERE assets.class = 'lift';

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

-- name: newest_warning
-- The last early warning.
SELECT max(id) FROM warnings;

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
    'Door current rose by 18 %% in 3 days, 3.1 standard deviations above its peers',
    jsonb_build_object('unit', 'A', 'limit', 2.5, 'points', (
        SELECT jsonb_agg(jsonb_build_array(
            (extract(epoch FROM %(now)s - hour * INTERVAL '1 hour') * 1000)::bigint,
            1.6 - 0.004 * hour + 0.02 * sin(hour)
        ) ORDER BY hour DESC)
        FROM generate_series(0, 71) AS hour
    ))
FROM assets
JOIN places ON places.id = assets.place_id
WHERE assets.code = 'L-3-1';

-- name: receive
-- The bureau has taken everything that waited for it.
UPDATE notices
SET state = 'delivered', delivered_at = %(now)s, receipt = 'YJ-' || upper(left(id::text, 8))
WHERE target = 'bureau' AND state = 'waiting';

-- name: slip
-- A household's code, whose token the screens know.
INSERT INTO survey_slips (token_hash, place_path, giver, household, made_by, made_at)
SELECT sha256('screens-slip-0001'), path, 'owner', '3-1-1101', 'community', %(now)s
FROM places
WHERE code = 'garden';

-- name: phone_link
-- A link to a technician's telephone, whose token the screens know.
INSERT INTO phone_links (token_hash, user_name, made_by, made_at, expires_at)
VALUES (sha256('screens-link-0001'), 'lift-tech', 'dispatcher', %(now)s, %(now)s + interval '1 day');

-- name: rating_link
-- A link to rate an order, whose token the screens know.
INSERT INTO rating_tokens (token_hash, order_id, rater, made_at, expires_at)
SELECT sha256('screens-rating-0001'), min(id), 'resident', %(now)s, %(now)s + interval '30 days'
FROM work_orders;
