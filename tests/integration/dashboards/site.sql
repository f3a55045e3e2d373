-- name: places
-- One compound under one community, and a city beside it.
INSERT INTO places (code, path, level, name_zh, name_en) VALUES
    ('city', 'city', 'city', '示范市', 'Demo City'),
    ('dist', 'city.dist', 'district', '示范区', 'Demo District'),
    ('street', 'city.dist.street', 'street', '示范街道', 'Demo Street'),
    ('comm', 'city.dist.street.comm', 'community', '示范社区', 'Demo Community'),
    ('garden', 'city.dist.street.comm.garden', 'compound', '花园小区', 'Garden'),
    ('b1', 'city.dist.street.comm.garden.b1', 'building', '1号楼', 'Building 1'),
    ('b1f02', 'city.dist.street.comm.garden.b1.b1f02', 'floor', '2层', 'Floor 2'),
    ('other', 'other', 'city', '邻市', 'Other City'),
    ('yard', 'other.yard', 'compound', '邻院', 'Yard');

-- name: organisations
-- Who answers.
INSERT INTO organisations (code, kind, name_zh, name_en, phone) VALUES
    ('property', 'property_company', '示范物业', 'Demo Property', '0000-8000101'),
    ('lift_firm', 'maintenance_firm', '示范电梯维保', 'Demo Lift Firm', '0000-8000102'),
    ('fire_firm', 'fire_maintenance_firm', '示范消防技术', 'Demo Fire Firm', '0000-8000103'),
    ('bureau', 'bureau', '示范市应急局', 'Demo Bureau', '0000-8000104');

-- name: assets
-- Things that can break.
INSERT INTO assets (code, class, place_id, name_zh, name_en, maintainer_id, commissioned_at)
SELECT given.code, given.class, places.id, given.name_zh, given.name_en, organisations.id, now()
FROM (
    VALUES
        ('L-1', 'lift', 'b1', '1号楼1号梯', 'Building 1 lift 1', 'lift_firm'),
        ('D-1', 'detector', 'b1f02', '2层走廊烟感', 'Corridor detector', 'fire_firm'),
        ('W-1', 'fire_water', 'b1', '消火栓压力', 'Hydrant pressure', 'fire_firm'),
        ('L-9', 'lift', 'yard', '邻院1号梯', 'Yard lift 1', 'lift_firm')
) AS given (code, class, place, name_zh, name_en, firm)
JOIN places ON places.code = given.place
JOIN organisations ON organisations.code = given.firm;

-- name: gateway
-- One gateway that was heard a moment ago.
INSERT INTO gateways (id, place_id)
SELECT 'gw-1', places.id
FROM places
WHERE places.code = 'garden';

-- name: gateway_state
-- Its last heartbeat.
INSERT INTO gateway_states (gateway, lane, is_online, heard_at, software, next_seq)
SELECT 'gw-1', lane, true, %(now)s, 'towerwatch 0.1', 101
FROM unnest(ARRAY['alarm', 'data']) AS lane
ON CONFLICT (gateway, lane) DO UPDATE SET heard_at = excluded.heard_at;

-- name: ledger
-- What was received from it.
INSERT INTO ledgers (gateway, lane, stream, received, next_seq, stored, missing, samples, first_at, last_at)
VALUES ('gw-1', 'data', 1, '{[1,101)}', 101, 98, 2, 4900, %(now)s, %(now)s);

-- name: raise
-- An open alarm, its birth in the history, and its number in the stream.
WITH born AS (
    INSERT INTO alarms (
        asset_id, place_path, condition, event, alarm_group, severity, is_life_safety, state,
        is_drill, text, raised_at, received_at, opened_at
    )
    SELECT assets.id, places.path, %(event)s, %(event)s, %(group)s, %(severity)s, %(is_life_safety)s,
        'unacknowledged', %(is_drill)s, %(text)s, %(at)s, %(at)s, %(at)s
    FROM assets
    JOIN places ON places.id = assets.place_id
    WHERE assets.code = %(asset)s
    RETURNING id, place_path
),
step AS (
    INSERT INTO alarm_transitions (
        alarm_id, at, trigger, from_state, to_state, version, actor, actor_role, digest
    )
    SELECT id, %(at)s, 'raise', 'normal', 'unacknowledged', 1, '', 'device', '\x00'
    FROM born
)
SELECT id, place_path::text FROM born;

-- name: raise_many
-- Many detectors, each with an open fire alarm a second older than the one before, and an order of its own.
WITH things AS (
    INSERT INTO assets (code, class, place_id, name_zh, name_en, commissioned_at)
    SELECT 'M-' || turn, 'detector', places.id, '烟感' || turn, 'Detector ' || turn, now()
    FROM generate_series(1, %(count)s) AS turn
    JOIN places ON places.code = 'b1f02'
    RETURNING id, code
),
born AS (
    INSERT INTO alarms (
        asset_id, place_path, condition, event, alarm_group, severity, is_life_safety, state,
        is_drill, text, raised_at, received_at, opened_at
    )
    SELECT
        things.id, places.path, 'fire_alarm', 'fire_alarm', 'fire', 'critical', true, 'unacknowledged', false, '',
        moment, moment, moment
    FROM things
    JOIN places ON places.code = 'b1f02'
    CROSS JOIN LATERAL (SELECT now() - make_interval(secs => substr(things.code, 3)::int) AS moment) AS born_at
    RETURNING id, place_path, opened_at, asset_id
),
ordered AS (
    INSERT INTO work_orders (number, alarm_id, asset_id, place_path, owner_id, title, state, opened_at)
    SELECT 'M-' || born.id, born.id, born.asset_id, born.place_path, organisations.id, '火警处置', 'dispatched', born.opened_at
    FROM born
    JOIN organisations ON organisations.code = 'fire_firm'
    RETURNING id, alarm_id, opened_at
),
running AS (
    INSERT INTO clocks (order_id, kind, due_at, started_at)
    SELECT ordered.id, 'accept', ordered.opened_at + INTERVAL '1 hour', ordered.opened_at
    FROM ordered
)
SELECT id FROM born ORDER BY opened_at DESC LIMIT 100000;

-- name: number
-- Give a change its number, as the sequencer does.
WITH next AS (
    UPDATE live_counters
    SET last_id = last_id + 1
    RETURNING last_id AS id
),
numbered AS (
    INSERT INTO live_events (id, at, kind, subject_id, place_path)
    SELECT next.id, now(), %(kind)s, %(subject_id)s, %(place_path)s::ltree
    FROM next
    RETURNING id
)
SELECT numbered.id, pg_notify('tw_live', '')
FROM numbered;

-- name: change
-- Another state of an alarm.
UPDATE alarms
SET state = %(state)s,
    version = version + 1,
    acknowledged_by = coalesce(%(by)s, acknowledged_by),
    acknowledged_at = CASE WHEN %(by)s::text IS NULL THEN acknowledged_at ELSE %(at)s END,
    closed_at = CASE WHEN %(state)s = 'normal' THEN %(at)s END
WHERE id = %(id)s
RETURNING place_path::text;

-- name: order
-- A work order on an alarm.
INSERT INTO work_orders (number, alarm_id, asset_id, place_path, title, state, owner_id, opened_at)
SELECT %(number)s, alarms.id, alarms.asset_id, alarms.place_path, %(title)s, 'dispatched',
    organisations.id, %(at)s
FROM alarms
JOIN organisations ON organisations.code = %(firm)s
WHERE alarms.id = %(alarm_id)s
RETURNING id;

-- name: notice
-- What was sent to the bureau, with its receipt.
INSERT INTO notices (
    alarm_id, place_path, organisation_id, target, kind, body, is_life_safety, created_at, state,
    next_at, delivered_at, receipt
)
SELECT alarms.id, alarms.place_path, organisations.id, 'bureau', 'alarm.opened', '{}', true, %(at)s,
    'delivered', %(at)s, %(at)s, %(receipt)s
FROM alarms
JOIN organisations ON organisations.code = 'bureau'
WHERE alarms.id = %(alarm_id)s;

-- name: hold_warning
-- Since now no order is opened for it.
UPDATE warnings SET held_since = %(at)s WHERE id = %(id)s;

-- name: warning
-- An early warning.
INSERT INTO warnings (
    asset_id, place_path, detector, metric, raised_at, refreshed_at, expected_from, expected_until,
    score, reason_zh, reason_en, evidence
)
SELECT assets.id, places.path, 'trend', 'pressure', %(at)s, %(at)s, %(at)s + INTERVAL '2 days',
    %(at)s + INTERVAL '5 days', 0.8, '压力 3 天内下降 18%%', 'Pressure fell 18 %% in 3 days', '{}'
FROM assets
JOIN places ON places.id = assets.place_id
WHERE assets.code = 'W-1'
RETURNING id;

-- name: fallback
-- The platform found the model in force unfit, and there is none before it.
INSERT INTO model_switches (asset_class, model_id, kind, at, actor, why)
VALUES (%(class)s, NULL, 'fallback', %(at)s, 'platform', 'its digest differs');

-- name: lift_samples
-- Some minutes of a lift's measurements around a moment.
INSERT INTO lift_samples (at, asset_id, speed, motor_temp, door_closed)
SELECT moment, assets.id, abs(sin(extract(epoch FROM moment) / 20)) * 1.75, 40 + sin(extract(epoch FROM moment) / 300), 1
FROM assets
CROSS JOIN generate_series(
    %(at)s::timestamptz - INTERVAL '10 minutes', %(at)s::timestamptz, INTERVAL '2 seconds'
) AS moment
WHERE assets.code = 'L-1';
