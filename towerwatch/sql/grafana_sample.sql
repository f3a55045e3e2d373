-- name: places
-- A city of some compounds: 5 districts, 2 streets each, 2 communities each, 2 buildings a compound.
WITH districts AS (
    SELECT d, format('d%%s', d) AS code FROM generate_series(1, 5) AS d
),
streets AS (
    SELECT d, s, format('s%%s_%%s', d, s) AS code FROM districts CROSS JOIN generate_series(1, 2) AS s
),
communities AS (
    SELECT d, s, c, format('c%%s_%%s_%%s', d, s, c) AS code FROM streets CROSS JOIN generate_series(1, 2) AS c
),
numbered AS (
    SELECT
        n,
        1 + n %% 5 AS d,
        1 + n / 5 %% 2 AS s,
        1 + n / 10 %% 2 AS c
    FROM generate_series(0, %(compounds)s - 1) AS n
),
compounds AS (
    SELECT
        n,
        format('k%%s', n) AS code,
        format('city.d%%s.s%%s_%%s.c%%s_%%s_%%s.k%%s', d, d, s, d, s, c, n)::ltree AS path
    FROM numbered
)
INSERT INTO places (code, path, level, name_zh, name_en)
SELECT 'city', 'city', 'city', '示例市', 'Sample City'
UNION ALL
SELECT code, ('city.' || code)::ltree, 'district', format('第%%s区', d), format('District %%s', d) FROM districts
UNION ALL
SELECT code, format('city.d%%s.%%s', d, code)::ltree, 'street', format('%%s-%%s街道', d, s), format('Street %%s-%%s', d, s)
FROM streets
UNION ALL
SELECT code, format('city.d%%s.s%%s_%%s.%%s', d, d, s, code)::ltree, 'community',
    format('%%s-%%s-%%s社区', d, s, c), format('Community %%s-%%s-%%s', d, s, c)
FROM communities
UNION ALL
SELECT code, path, 'compound', format('%%s号小区', n), format('Compound %%s', n) FROM compounds
UNION ALL
SELECT format('k%%s_b%%s', n, b), path || format('k%%s_b%%s', n, b), 'building',
    format('%%s号楼', b), format('Building %%s', b)
FROM compounds CROSS JOIN generate_series(1, 2) AS b
ORDER BY 2;

-- name: organisations
-- Companies, firms and the bureau; who runs each compound, some run by nobody.
WITH firms AS (
    INSERT INTO organisations (code, kind, name_zh, name_en)
    SELECT format('company_%%s', n), 'property_company', format('示例物业%%s', n), format('Sample Property %%s', n)
    FROM generate_series(0, 19) AS n
    UNION ALL
    SELECT format('lift_firm_%%s', n), 'maintenance_firm', format('示例电梯%%s', n), format('Sample Lifts %%s', n)
    FROM generate_series(0, 9) AS n
    UNION ALL
    SELECT format('fire_firm_%%s', n), 'fire_maintenance_firm', format('示例消防%%s', n), format('Sample Fire %%s', n)
    FROM generate_series(0, 9) AS n
    UNION ALL
    SELECT 'bureau', 'bureau', '示例应急局', 'Sample Bureau'
    RETURNING id, code
)
INSERT INTO managements (place_id, kind, organisation_id, valid_during)
SELECT
    places.id,
    CASE WHEN firms.id IS NULL THEN 'nobody' ELSE 'company' END,
    firms.id,
    tstzrange(%(now)s::timestamptz - INTERVAL '2 years', NULL)
FROM places
LEFT JOIN firms
    ON firms.code = format('company_%%s', substr(places.code, 2)::int %% 20)
    AND substr(places.code, 2)::int %% 9 <> 8
WHERE places.level = 'compound';

-- name: assets
-- 50 assets in each compound; some were never commissioned, some contracts have ended.
INSERT INTO assets (code, class, place_id, name_zh, name_en, zone, maintainer_id, contract_until, registered_at, commissioned_at)
SELECT
    format('%%s-%%s-%%s', kind.letter, places.code, n),
    kind.class,
    places.id,
    format('%%s%%s号', kind.name, n),
    format('%%s %%s', kind.class, n),
    format('Z%%s', n %% 4),
    organisations.id,
    (%(now)s::timestamptz + make_interval(days => abs(hashtext(places.code || kind.class)) %% 400 - 40))::date,
    %(now)s::timestamptz - INTERVAL '500 days',
    CASE WHEN abs(hashtext(places.code || kind.class || n)) %% 25 <> 0 THEN %(now)s::timestamptz - INTERVAL '480 days' END
FROM places
CROSS JOIN (
    VALUES
        ('L', 'lift', '电梯', 4, 'lift_firm'), ('D', 'detector', '烟感', 14, 'fire_firm'), ('P', 'fire_panel', '控制器', 1, 'fire_firm'),
        ('M', 'manual_call_point', '手报', 1, 'fire_firm'), ('W', 'fire_water', '水压', 2, 'fire_firm'), ('U', 'pump', '消防泵', 1, 'fire_firm'),
        ('E', 'electrical_monitor', '电气', 2, 'fire_firm')
) AS kind (letter, class, name, number, firm)
CROSS JOIN LATERAL generate_series(1, kind.number) AS n
JOIN organisations ON organisations.code = format('%%s_%%s', kind.firm, abs(hashtext(places.code)) %% 10)
WHERE places.level = 'building'
ORDER BY places.path, kind.letter, n;

-- name: contacts
-- When each was heard; some have fallen silent, some were never heard.
INSERT INTO asset_contacts (asset_id, heard_at, silent_since)
SELECT
    id,
    CASE WHEN id %% 19 = 0 THEN %(now)s::timestamptz - INTERVAL '3 days' ELSE %(now)s::timestamptz END,
    CASE WHEN id %% 19 = 0 THEN %(now)s::timestamptz - INTERVAL '3 days' END
FROM assets
WHERE id %% 41 <> 0;

-- name: lift_samples
-- Lifts: a day's rhythm with heat, and slow wear of some doors.
INSERT INTO lift_samples (at, asset_id, floor, speed, door_closed, person, load, motor_current, motor_temp,
    door_current, vibration, vibration_horizontal, levelling_error, machine_room_temp, run_count, run_hours)
SELECT
    at, assets.id, 1 + extract(hour FROM at), 1.75 * (assets.id %% 2), 1, 0, 75,
    9 + sin(extract(epoch FROM at) / 13751.0), 45 + 12 * sin(extract(epoch FROM at) / 13751.0), 1.2 + (assets.id %% 7) * 0.1,
    0.12, 0.08, 4 - (assets.id %% 9), 24 + 4 * sin(extract(epoch FROM at) / 13751.0),
    extract(epoch FROM at - %(begins)s::timestamptz) / 120, extract(epoch FROM at - %(begins)s::timestamptz) / 36000
FROM generate_series(%(begins)s::timestamptz, %(ends)s::timestamptz, %(step)s::interval) AS at
CROSS JOIN assets
WHERE assets.class = 'lift' AND assets.commissioned_at IS NOT NULL
    AND (%(only)s::int IS NULL OR assets.id = %(only)s);

-- name: detector_samples
-- Detectors: dirt that grows, batteries that empty.
INSERT INTO detector_samples (at, asset_id, smoke, temperature, contamination, battery, humidity, signal)
SELECT
    at, assets.id, 0.1, 22 + 3 * sin(extract(epoch FROM at) / 13751.0), least(100, assets.id %% 90),
    greatest(1, 100 - assets.id %% 97), 50, -80
FROM generate_series(%(begins)s::timestamptz, %(ends)s::timestamptz, %(step)s::interval) AS at
CROSS JOIN assets
WHERE assets.class = 'detector' AND assets.commissioned_at IS NOT NULL
    AND (%(only)s::int IS NULL OR assets.id = %(only)s);

-- name: water_samples
-- Hydrants: most at 300 kPa, some too low.
INSERT INTO water_samples (at, asset_id, pressure, level, flow, temperature, battery, signal)
SELECT at, assets.id, 60 + assets.id %% 300, 2.5, 0, 15, 80, -75
FROM generate_series(%(begins)s::timestamptz, %(ends)s::timestamptz, %(step)s::interval) AS at
CROSS JOIN assets
WHERE assets.class = 'fire_water' AND assets.commissioned_at IS NOT NULL
    AND (%(only)s::int IS NULL OR assets.id = %(only)s);

-- name: pump_samples
-- Pumps: at rest, a few not automatic.
INSERT INTO pump_samples (at, asset_id, running, automatic, current, voltage, pressure, flow, motor_temp, fluid_temp)
SELECT at, assets.id, 0, sign(assets.id %% 13), 0, 380, 6, 0, 25, 15
FROM generate_series(%(begins)s::timestamptz, %(ends)s::timestamptz, %(step)s::interval) AS at
CROSS JOIN assets
WHERE assets.class = 'pump' AND assets.commissioned_at IS NOT NULL
    AND (%(only)s::int IS NULL OR assets.id = %(only)s);

-- name: electrical_samples
-- Monitors: leakage of 50 to 450 mA.
INSERT INTO electrical_samples (at, asset_id, residual_current, temp_1, temp_2, temp_3, temp_4,
    current_1, current_2, current_3, voltage_1, voltage_2, voltage_3)
SELECT at, assets.id, 50 + assets.id %% 400, 35, 36, 37, 30, 60, 61, 62, 221, 222, 223
FROM generate_series(%(begins)s::timestamptz, %(ends)s::timestamptz, %(step)s::interval) AS at
CROSS JOIN assets
WHERE assets.class = 'electrical_monitor' AND assets.commissioned_at IS NOT NULL
    AND (%(only)s::int IS NULL OR assets.id = %(only)s);

-- name: alarms
-- Alarms spread over the time; those of the last hours stand open, unacknowledged.
WITH kinds AS (
    SELECT given.class, given.k, given.event, given.alarm_group, given.severity
    FROM (
        VALUES
            ('lift', 0, 'entrapment', 'entrapment', 'critical'), ('lift', 1, 'door_close_fault', 'fault', 'minor'),
            ('lift', 2, 'brake_fault', 'safety', 'major'), ('lift', 3, 'lift_must_be_checked', 'safety', 'major'),
            ('detector', 0, 'fire_alarm', 'fire', 'critical'), ('detector', 1, 'low_battery', 'fault', 'minor'),
            ('detector', 2, 'contaminated', 'fault', 'minor'), ('detector', 3, 'shielded', 'disabled', 'minor'),
            ('fire_panel', 0, 'manual_fire_alarm', 'fire', 'critical'), ('fire_panel', 1, 'main_power_fault', 'fault', 'major'),
            ('fire_panel', 2, 'panel_manual_mode', 'supervisory', 'minor'), ('fire_panel', 3, 'asset_silent', 'contact', 'minor'),
            ('fire_water', 0, 'pressure_low_critical', 'safety', 'major'), ('fire_water', 1, 'pressure_low', 'fault', 'minor'),
            ('fire_water', 2, 'asset_silent', 'contact', 'minor'), ('fire_water', 3, 'level_low', 'safety', 'major'),
            ('pump', 0, 'pump_not_automatic', 'safety', 'major'), ('pump', 1, 'pump_fault', 'fault', 'major'),
            ('pump', 2, 'pump_power_lost', 'safety', 'major'), ('pump', 3, 'pump_started', 'supervisory', 'minor'),
            ('electrical_monitor', 0, 'residual_current_high', 'safety', 'major'),
            ('electrical_monitor', 1, 'cable_temp_high', 'safety', 'major'),
            ('electrical_monitor', 2, 'asset_silent', 'contact', 'minor'),
            ('electrical_monitor', 3, 'phase_lost', 'safety', 'major')
    ) AS given (class, k, event, alarm_group, severity)
),
drawn AS (
    SELECT
        n,
        %(begins)s::timestamptz + n * ((%(ends)s::timestamptz - %(begins)s::timestamptz) / %(alarms)s) AS at,
        abs(hashtext('asset' || n)) %% known.assets AS place_in_line,
        abs(hashtext('kind' || n)) %% 4 AS k
    FROM generate_series(1, %(alarms)s) AS n
    CROSS JOIN (SELECT count(*) AS assets FROM assets) AS known
),
lined AS (
    SELECT id, class, place_id, maintainer_id, row_number() OVER (ORDER BY id) - 1 AS place_in_line FROM assets
)
INSERT INTO alarms (
    asset_id, place_path, condition, event, alarm_group, severity, is_life_safety, state, confirmation, is_drill,
    raised_at, received_at, opened_at, returned_at, acknowledged_at, acknowledged_by, closed_at, raises,
    responsible_id, is_folded
)
SELECT
    lined.id, places.path, kinds.event, kinds.event, kinds.alarm_group, kinds.severity,
    kinds.alarm_group IN ('fire', 'entrapment'),
    CASE WHEN now_open.is_open THEN 'unacknowledged' ELSE 'normal' END,
    CASE
        WHEN now_open.is_open OR kinds.alarm_group <> 'fire' THEN 'unconfirmed'
        WHEN drawn.n %% 7 = 0 THEN 'real'
        WHEN drawn.n %% 7 = 1 THEN 'unanswered'
        ELSE 'false'
    END,
    drawn.n %% 101 = 0,
    drawn.at, drawn.at + INTERVAL '1 second', drawn.at + INTERVAL '1 second',
    CASE WHEN NOT now_open.is_open THEN drawn.at + make_interval(mins => 5 + drawn.n %% 300) END,
    CASE WHEN NOT now_open.is_open THEN drawn.at + make_interval(secs => 20 + drawn.n %% 600) END,
    CASE WHEN NOT now_open.is_open THEN 'desk' END,
    CASE WHEN NOT now_open.is_open THEN drawn.at + make_interval(mins => 10 + drawn.n %% 600) END,
    1 + drawn.n %% 3,
    managements.organisation_id,
    drawn.n %% 11 = 0 AND kinds.alarm_group NOT IN ('fire', 'entrapment')
FROM drawn
JOIN lined ON lined.place_in_line = drawn.place_in_line
JOIN kinds ON kinds.class = lined.class AND kinds.k = drawn.k
JOIN places ON places.id = lined.place_id
JOIN places AS compounds ON compounds.path = subpath(places.path, 0, 5)
LEFT JOIN managements ON managements.place_id = compounds.id
CROSS JOIN LATERAL (SELECT drawn.at > %(ends)s::timestamptz - INTERVAL '6 hours' AS is_open) AS now_open
ORDER BY drawn.n
ON CONFLICT DO NOTHING;

-- name: events
-- What devices said: a raise for each alarm, and a clear where it returned.
INSERT INTO events (asset_id, place_path, gateway, stream, seq, position, event, condition, state, at, received_at)
SELECT asset_id, place_path, 'gw-sample', 1, row_number() OVER (ORDER BY at, state), 0, event, event, state, at, at + INTERVAL '1 second'
FROM (
    SELECT asset_id, place_path, event, 'raise' AS state, raised_at AS at FROM alarms
    UNION ALL
    SELECT asset_id, place_path, event, 'clear', returned_at FROM alarms WHERE returned_at IS NOT NULL
) AS words
ORDER BY at;

-- name: orders
-- A work order for each entrapment, fault and safety alarm; most are closed, some wait.
INSERT INTO work_orders (
    number, alarm_id, asset_id, place_path, title, state, owner_id, opened_at, accepted_at, arrived_at, restored_at,
    verified_at, closed_at, source, repeat_of, not_fixed_at, no_technician_at
)
SELECT
    format('W-%%s', alarms.id), alarms.id, alarms.asset_id, alarms.place_path, alarms.event,
    CASE WHEN alarms.closed_at IS NULL THEN 'dispatched' ELSE 'closed' END,
    assets.maintainer_id, alarms.opened_at,
    alarms.opened_at + CASE WHEN alarms.closed_at IS NOT NULL THEN make_interval(mins => (2 + alarms.id %% 20)::int) END,
    alarms.opened_at + CASE WHEN alarms.closed_at IS NOT NULL THEN make_interval(mins => (10 + alarms.id %% 40)::int) END,
    alarms.opened_at + CASE WHEN alarms.closed_at IS NOT NULL THEN make_interval(mins => (60 + alarms.id %% 300)::int) END,
    alarms.opened_at + CASE WHEN alarms.closed_at IS NOT NULL THEN make_interval(mins => (90 + alarms.id %% 300)::int) END,
    alarms.opened_at + CASE WHEN alarms.closed_at IS NOT NULL THEN make_interval(mins => (100 + alarms.id %% 300)::int) END,
    'alarm', NULL,
    CASE WHEN alarms.id %% 17 = 0 THEN alarms.closed_at END,
    CASE WHEN alarms.closed_at IS NULL AND alarms.id %% 3 = 0 THEN alarms.opened_at END
FROM alarms
JOIN assets ON assets.id = alarms.asset_id
WHERE alarms.alarm_group IN ('entrapment', 'fault', 'safety') AND NOT alarms.is_folded
ORDER BY alarms.id;

-- name: clocks
-- The deadlines of both: one in eight was missed, and those of open ones that are old.
WITH promised AS (
    SELECT 'acknowledge' AS kind, id AS alarm_id, NULL::bigint AS order_id, opened_at, INTERVAL '10 minutes' AS length,
        acknowledged_at AS done_at
    FROM alarms
    UNION ALL
    SELECT kinds.kind, NULL, work_orders.id, work_orders.opened_at, kinds.length,
        CASE kinds.kind WHEN 'accept' THEN accepted_at WHEN 'arrive' THEN arrived_at WHEN 'restore' THEN restored_at
            ELSE closed_at END
    FROM work_orders
    CROSS JOIN (
        VALUES ('accept', INTERVAL '20 minutes'), ('arrive', INTERVAL '45 minutes'), ('restore', INTERVAL '5 hours'),
            ('close', INTERVAL '6 hours')
    ) AS kinds (kind, length)
)
INSERT INTO clocks (kind, alarm_id, order_id, step, started_at, due_at, state, ended_at)
SELECT
    kind, alarm_id, order_id, 0, opened_at, opened_at + length,
    CASE
        WHEN done_at <= opened_at + length THEN 'kept'
        WHEN opened_at + length < %(now)s THEN 'missed'
        ELSE 'running'
    END,
    CASE WHEN done_at <= opened_at + length THEN done_at WHEN opened_at + length < %(now)s THEN opened_at + length END
FROM promised;

-- name: rescues
-- One for each entrapment.
INSERT INTO rescues (
    alarm_id, asset_id, place_path, stage, owner_id, due_at, opened_at, began_at, legal_due_at, accepted_at, arrived_at,
    released_at, people, injured, checked_at, checked_by, closed_at
)
SELECT
    alarms.id, alarms.asset_id, alarms.place_path,
    CASE WHEN alarms.closed_at IS NULL THEN 'dispatched' WHEN alarms.id %% 23 = 0 THEN 'refuted' ELSE 'closed' END,
    assets.maintainer_id, CASE WHEN alarms.closed_at IS NULL THEN alarms.opened_at + INTERVAL '30 minutes' END,
    alarms.opened_at, alarms.opened_at, alarms.opened_at + INTERVAL '30 minutes', work_orders.accepted_at,
    work_orders.arrived_at, work_orders.arrived_at + INTERVAL '6 minutes',
    CASE WHEN alarms.closed_at IS NOT NULL THEN 1 + alarms.id %% 3 END, NULL,
    alarms.closed_at, CASE WHEN alarms.closed_at IS NOT NULL THEN 'technician' END, alarms.closed_at
FROM alarms
JOIN assets ON assets.id = alarms.asset_id
JOIN work_orders ON work_orders.alarm_id = alarms.id
WHERE alarms.alarm_group = 'entrapment'
ORDER BY alarms.id
ON CONFLICT DO NOTHING;

-- name: verifications
-- What telemetry said of most repairs.
INSERT INTO order_verifications (order_id, restored_at, due_at, result, evidence, decided_at)
SELECT
    id, restored_at, restored_at + INTERVAL '1 hour',
    CASE id %% 5 WHEN 0 THEN 'not_verified' WHEN 1 THEN 'silent' ELSE 'verified' END, '{}', restored_at + INTERVAL '1 hour'
FROM work_orders
WHERE restored_at IS NOT NULL AND id %% 2 = 0;

-- name: warnings
-- Early warnings: most settled, some standing.
INSERT INTO warnings (
    asset_id, place_path, detector, metric, raised_at, refreshed_at, expected_from, expected_until, score, reason_zh,
    reason_en, evidence, settled_at, settlement, confidence, failed_at
)
SELECT
    assets.id, places.path, 'trend', 'door_current', at, at, at + INTERVAL '5 days', at + INTERVAL '9 days', 0.7,
    '门机电流 14 天上升 20%%', 'Door current rose 20 %% in 14 days', '{}',
    CASE WHEN at < %(now)s::timestamptz - INTERVAL '10 days' THEN at + INTERVAL '8 days' END,
    CASE WHEN at < %(now)s::timestamptz - INTERVAL '10 days'
        THEN (ARRAY['hit', 'early', 'late', 'false', 'withdrawn', 'hit'])[1 + assets.id %% 6] END,
    'likely',
    CASE WHEN at < %(now)s::timestamptz - INTERVAL '10 days' AND assets.id %% 6 < 3 THEN at + INTERVAL '7 days' END
FROM assets
JOIN places ON places.id = assets.place_id
CROSS JOIN LATERAL (
    SELECT %(begins)s::timestamptz + (%(ends)s::timestamptz - %(begins)s::timestamptz) * ((assets.id * 37 %% 1000) / 1000.0) AS at
) AS moment
WHERE assets.class = 'lift';

-- name: models
-- No model in force: the platform fell back to limits and trends.
INSERT INTO model_switches (asset_class, model_id, kind, at, actor, why)
VALUES ('lift', NULL, 'stop', %(now)s, 'sample', 'sample');

-- name: supervision
-- Published scores of two months, measures, ratings, inspections of posts.
WITH companies AS (
    SELECT id, row_number() OVER (ORDER BY id) AS n FROM organisations WHERE kind = 'property_company'
),
scored AS (
    INSERT INTO scores (
        period, place_path, company_id, rank, measured_by, equipment, total, answers, coverage, lines, digest, actor,
        published_at
    )
    SELECT period, 'city', id, n, 'total', 95 - n, 92 - n, 30 + n, 0.9, '[]', '\x00', 'sample', published_at
    FROM companies
    CROSS JOIN (
        VALUES ('2026-09', %(now)s::timestamptz - INTERVAL '40 days'), ('2026-10', %(now)s::timestamptz - INTERVAL '10 days')
    ) AS months (period, published_at)
),
measured AS (
    INSERT INTO measures (number, kind, company_id, place_path, subject, stage, due, opened_at, closed_at)
    SELECT format('M-%%s', n), CASE WHEN n %% 2 = 0 THEN 'rectification' ELSE 'supervision' END, id, 'city.d1', '电梯逾期未修',
        CASE WHEN n %% 3 = 0 THEN 'done' ELSE 'issued' END, (%(now)s::timestamptz + make_interval(days => n::int - 8))::date,
        %(now)s::timestamptz - INTERVAL '15 days',
        CASE WHEN n %% 3 = 0 THEN %(now)s::timestamptz - INTERVAL '1 day' END
    FROM companies
),
rated AS (
    INSERT INTO owner_ratings (organisation_id, place_path, giver, stars, ballot, answered_at)
    SELECT id, 'city.d1', CASE WHEN k %% 9 = 0 THEN 'committee' ELSE 'owner' END, 1 + (n + k) %% 5, format('b%%s-%%s', n, k),
        %(now)s::timestamptz - make_interval(days => k::int)
    FROM companies CROSS JOIN generate_series(1, 25) AS k
)
INSERT INTO post_checks (place_path, organisation_id, reason, asked_by, asked_at, answer_s, state, due_at, answered_at, answered_by)
SELECT places.path, managements.organisation_id, 'random', 'sample', %(now)s::timestamptz - INTERVAL '2 days', 180,
    CASE WHEN places.id %% 5 = 0 THEN 'unanswered' ELSE 'answered' END, %(now)s::timestamptz - INTERVAL '2 days' + INTERVAL '3 minutes',
    CASE WHEN places.id %% 5 <> 0 THEN %(now)s::timestamptz - INTERVAL '2 days' + INTERVAL '1 minute' END,
    CASE WHEN places.id %% 5 <> 0 THEN 'desk' END
FROM places
JOIN managements ON managements.place_id = places.id
WHERE places.level = 'compound';

-- name: plans
-- Every lift's duty of each half month.
WITH planned AS (
    INSERT INTO plans (kind, asset_id, every, starts_on)
    SELECT 'lift_maintenance', id, 'half_month', (%(now)s::timestamptz - INTERVAL '60 days')::date
    FROM assets
    WHERE class = 'lift'
    RETURNING id
)
INSERT INTO plan_periods (plan_id, number, class, begins_on, due_at, evidence, done_at)
SELECT id, k, 'half_month', (%(now)s::timestamptz - make_interval(days => 15 * k))::date,
    %(now)s::timestamptz - make_interval(days => 15 * k - 14), '',
    CASE WHEN (id + k) %% 8 <> 0 THEN %(now)s::timestamptz - make_interval(days => 15 * k - 10) END
FROM planned CROSS JOIN generate_series(1, 4) AS k;

-- name: gateways
-- A gateway for each compound with its heartbeat and its books; one is silent, one has lost messages.
WITH made AS (
    INSERT INTO gateways (id, place_id)
    SELECT format('gw-%%s', code), id FROM places WHERE level = 'compound'
    RETURNING id, place_id
),
heard AS (
    INSERT INTO gateway_states (gateway, lane, is_online, heard_at, software, next_seq, depth, skew_ms)
    SELECT id, lane, true, CASE WHEN id = 'gw-k3' THEN %(now)s::timestamptz - INTERVAL '1 hour' ELSE %(now)s END,
        'towerwatch sample', 100001, 3, 120
    FROM made CROSS JOIN (VALUES ('alarm'), ('data')) AS lanes (lane)
)
INSERT INTO ledgers (
    gateway, lane, stream, received, low, next_seq, stored, quarantined, missing, samples, first_at, last_at
)
SELECT id, lane, 1, '{[1,99999)}', 99991, 100001, CASE WHEN id = 'gw-k2' THEN 99985 ELSE 99990 END, 8,
    CASE WHEN id = 'gw-k2' THEN 5 ELSE 0 END, 1199880, %(begins)s, %(ends)s
FROM made CROSS JOIN (VALUES ('alarm'), ('data')) AS lanes (lane);

-- name: bindings
-- Which asset each code of a gateway means; and that one gateway is known to be silent.
WITH bound AS (
    INSERT INTO bindings (gateway_id, code, asset_id, valid_during)
    SELECT 'gw-' || subpath(places.path, 4, 1)::text, assets.code, assets.id, tstzrange(assets.registered_at, NULL)
    FROM assets
    JOIN places ON places.id = assets.place_id
)
INSERT INTO platform_conditions (gateway, condition, raised_at)
VALUES ('gw-k3', 'gateway_silent', %(now)s::timestamptz - INTERVAL '1 hour');

-- name: ledger_hours
-- Their books by the hour.
INSERT INTO ledger_hours (hour, gateway, lane, stored, quarantined, missing, samples)
SELECT hour, gateways.id, 'data', 3600, (extract(hour FROM hour) = 3)::int, 0, 43200
FROM generate_series(date_trunc('hour', %(begins)s::timestamptz), %(ends)s::timestamptz, INTERVAL '1 hour') AS hour
CROSS JOIN gateways;

-- name: seals
-- The history was sealed every 10 minutes.
INSERT INTO seals (number, sealed_at, row_count, previous, digest)
SELECT row_number() OVER (ORDER BY at), at, 12, '\x00', '\x00'
FROM generate_series(%(begins)s::timestamptz, %(ends)s::timestamptz, INTERVAL '10 minutes') AS at;

-- name: notices
-- What the bureau was told; the newest waits for its receipt.
INSERT INTO notices (alarm_id, place_path, organisation_id, target, kind, body, is_life_safety, created_at, state, next_at, delivered_at, receipt)
SELECT alarms.id, alarms.place_path, organisations.id, 'bureau', 'alarm.opened', '{}', true, alarms.opened_at,
    CASE WHEN alarms.closed_at IS NULL THEN 'waiting' ELSE 'delivered' END, alarms.opened_at,
    CASE WHEN alarms.closed_at IS NOT NULL THEN alarms.opened_at + INTERVAL '2 seconds' END,
    CASE WHEN alarms.closed_at IS NOT NULL THEN 'r' END
FROM alarms
JOIN organisations ON organisations.code = 'bureau'
WHERE alarms.is_life_safety;

-- name: certificates
-- Two doors that show one certificate for a year, and one that was never seen.
INSERT INTO certificates (door, ends_at, seen_at, looked_at, problem)
SELECT
    door,
    CASE WHEN is_seen THEN %(now)s::timestamptz + INTERVAL '300 days' END,
    CASE WHEN is_seen THEN %(now)s::timestamptz END,
    %(now)s::timestamptz,
    CASE WHEN is_seen THEN '' ELSE 'connection refused' END
FROM (VALUES ('broker:8883', true), ('ingest-intake:8443', true), ('proxy:443', false)) AS given (door, is_seen);

-- name: marks
-- Some alarms chatter, some are stale; one asset is out of service, one drill was held.
WITH marked AS (
    INSERT INTO alarm_marks (alarm_id, mark, place_path, since)
    SELECT id, CASE WHEN id %% 2 = 0 THEN 'chattering' ELSE 'stale' END, place_path, opened_at
    FROM alarms
    WHERE closed_at IS NULL
    ORDER BY id
    LIMIT 4
),
held AS (
    INSERT INTO holds (kind, place_path, reason, begun_at, begun_by, approved_by, due_at)
    VALUES ('out_of_service', 'city.d1', '更换钢丝绳', %(now)s, 'manager', 'supervisor', %(now)s::timestamptz + INTERVAL '8 hours')
)
INSERT INTO drills (kind, scope, subject, place_path, reason, tells_bureau, length_s, proposed_by, proposed_at, approved_by, starts_at, ends_at)
VALUES ('drill', 'compound', 'k1', 'city', '季度消防演练', false, 3600, 'manager', %(now)s::timestamptz - INTERVAL '2 days', 'supervisor',
    %(now)s::timestamptz - INTERVAL '2 days', %(now)s::timestamptz - INTERVAL '2 days' + INTERVAL '1 hour');

-- name: analyse
-- Figures for the planner, as autovacuum would have gathered them.
ANALYZE;

-- name: let_see
-- A reader of dashboards may see a place and all below it.
INSERT INTO reader_scopes (role_name, path) VALUES (%(role)s, %(path)s::ltree) ON CONFLICT DO NOTHING;
