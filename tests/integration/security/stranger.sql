-- name: places
-- Another street of the same district, and everything in it under a name that no other thing has.
WITH placed AS (
    INSERT INTO places (code, path, level, name_zh, name_en, address, access_note)
    VALUES
        ('canarystreet', 'city.dist.canarystreet', 'street', 'canary7q街道', 'canary7q', '', ''),
        ('canarycomm', 'city.dist.canarystreet.canarycomm', 'community', 'canary7q社区', 'canary7q', '', ''),
        ('canaryyard', 'city.dist.canarystreet.canarycomm.canaryyard', 'compound', 'canary7q小区',
            'canary7q', 'canary7q路', 'canary7q门'),
        ('canaryb1', 'city.dist.canarystreet.canarycomm.canaryyard.canaryb1', 'building', 'canary7q楼',
            'canary7q', '', '')
    RETURNING id, code
),
companies AS (
    INSERT INTO organisations (code, kind, name_zh, name_en, phone, place_id)
    SELECT 'canary-' || kind, kind, 'canary7q' || kind, 'canary7q', 'canary7q', placed.id
    FROM placed
    CROSS JOIN (
        VALUES ('community'), ('maintenance_firm'), ('property_company'), ('bureau'), ('telecom_operator')
    ) AS given (kind)
    WHERE placed.code = 'canarycomm'
    RETURNING id, kind
),
managed AS (
    INSERT INTO managements (place_id, kind, organisation_id, valid_during)
    SELECT placed.id, 'company', companies.id, tstzrange(now() - INTERVAL '1 year', NULL)
    FROM placed
    JOIN companies ON companies.kind = 'property_company'
    WHERE placed.code = 'canaryyard'
),
people AS (
    INSERT INTO responsible_persons (place_id, role, name, phone, valid_during)
    SELECT id, 'manager', 'canary7q', 'canary7q', tstzrange(now(), NULL)
    FROM placed
    WHERE code = 'canaryyard'
),
changed AS (
    INSERT INTO place_changes (changed_at, kind, from_paths, to_paths, reason, actor)
    VALUES (now(), 'create', '{}', '{city.dist.canarystreet}', 'canary7q', 'canary7q')
),
silent AS (
    INSERT INTO network_conditions (operator_id, area_id, raised_at)
    SELECT companies.id, placed.id, now()
    FROM companies
    JOIN placed ON placed.code = 'canaryyard'
    WHERE companies.kind = 'telecom_operator'
),
gates AS (
    INSERT INTO gateways (id, place_id, note)
    SELECT 'canary-gw', id, 'canary7q'
    FROM placed
    WHERE code = 'canaryyard'
)
INSERT INTO assets (code, class, place_id, name_zh, name_en, zone, maintainer_id, contract_until)
SELECT 'canary-' || class, class, placed.id, 'canary7q' || class, 'canary7q', 'canary7q', companies.id,
    current_date + 100
FROM placed
JOIN companies ON companies.kind = 'maintenance_firm'
CROSS JOIN (
    VALUES ('lift'), ('escalator'), ('detector'), ('gas_detector'), ('fire_water'), ('fire_pump'),
        ('electrical')
) AS given (class)
WHERE placed.code = 'canaryb1';

-- name: line
-- What its gateway sent, and what the platform keeps of that.
DO $$
DECLARE
    stood ltree := 'city.dist.canarystreet.canarycomm.canaryyard.canaryb1';
    lift int := (SELECT id FROM assets WHERE code = 'canary-lift');
    gate text := 'canary-gw';
    kind record;
BEGIN
    INSERT INTO bindings (gateway_id, code, asset_id, valid_during)
    VALUES (gate, 'canary7q', lift, tstzrange(now(), NULL));
    INSERT INTO gateway_states (gateway, lane, is_online, heard_at, software, next_seq)
    VALUES (gate, 'data', true, now(), 'canary7q', 5);
    INSERT INTO ledgers (gateway, lane, stream, received, next_seq, first_at, last_at)
    VALUES (gate, 'data', 1, '{[1,5)}', 5, now(), now());
    INSERT INTO ledger_hours (hour, gateway, lane) VALUES (date_trunc('hour', now()), gate, 'data');
    INSERT INTO ledger_days (day, gateway, lane, stored, quarantined, duplicates, shed, missing, samples, samples_refused)
    VALUES (date_trunc('day', now() - INTERVAL '2 days', 'UTC'), gate, 'data', 0, 0, 0, 0, 0, 0, 0);
    INSERT INTO ledger_origins (gateway, lane, origin, shift, first_at) VALUES (gate, 'data', 1, 0, now());
    INSERT INTO quarantine (received_at, gateway, lane, topic, reason, detail, payload)
    VALUES (now(), gate, 'data', 'canary7q', 'canary7q', 'canary7q', 'canary7q');
    INSERT INTO quarantine_days (day, gateway, lane) VALUES (current_date, gate, 'data');
    INSERT INTO platform_conditions (gateway, condition, raised_at) VALUES (gate, 'canary7q', now());
    INSERT INTO certificates (door, ends_at, seen_at, looked_at, problem)
    VALUES ('canary7q:8883', now(), now(), now(), 'canary7q');
    INSERT INTO commands (gateway, command, expires_at) VALUES (gate, 'duty_check', now());
    INSERT INTO alarm_messages (gateway, stream, seq, digest, received_at, path)
    VALUES (gate, 1, 1, '\x00', now(), 'mqtt');
    INSERT INTO arrivals (class, gateway, min_at, max_at, received_at) VALUES ('lift', gate, now(), now(), now());
    INSERT INTO asset_contacts (asset_id, heard_at) VALUES (lift, now());
    INSERT INTO conditions (asset_id, condition, is_active, gateway, stream, seq, position, changed_at)
    VALUES (lift, 'canary7q', true, gate, 1, 1, 0, now());
    INSERT INTO events (
        asset_id, place_path, gateway, stream, seq, position, event, condition, state, at, received_at,
        code_system, code, text
    )
    VALUES (lift, stood, gate, 1, 1, 0, 'overspeed', 'overspeed', 'raise', now(), now(), 'canary7q', 'canary7q',
        'canary7q');
    FOR kind IN
        SELECT relname AS name
        FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname LIKE '%\_samples'
    LOOP
        EXECUTE format('INSERT INTO %I (at, asset_id) VALUES (now(), %s)', kind.name, lift);
    END LOOP;
END
$$;

-- name: work
-- Its alarms and orders, and all that people and the platform did about them.
DO $$
DECLARE
    stood ltree := 'city.dist.canarystreet.canarycomm.canaryyard.canaryb1';
    yard int := (SELECT id FROM places WHERE code = 'canaryyard');
    lift int := (SELECT id FROM assets WHERE code = 'canary-lift');
    firm int := (SELECT id FROM organisations WHERE code = 'canary-maintenance_firm');
    company int := (SELECT id FROM organisations WHERE code = 'canary-property_company');
    bureau int := (SELECT id FROM organisations WHERE code = 'canary-bureau');
    trouble bigint;
    behind bigint;
    job bigint;
    told uuid;
    number bigint;
BEGIN
    INSERT INTO users (name, role, display_name, scope, password_hash)
    VALUES ('canary7q', 'operator', 'canary7q', ARRAY[stood], '');
    INSERT INTO users (name, role, display_name, scope, password_hash)
    VALUES ('canary-person', 'operator', 'canary7q', ARRAY[stood], '');
    INSERT INTO admin_acts (at, actor, kind, subject, scope)
    VALUES (now(), 'canary-person', 'user_put', 'canary7q', ARRAY[stood]);
    INSERT INTO shift_handovers (desk, place_paths, offered_at, given_by, summary, digest)
    VALUES ('canary7q', ARRAY[stood], now(), 'canary-person', '{}', '\x00');
    INSERT INTO registry_requests (id, asked_at, asked_by, scope, files, plan_digest, effective_at, reason)
    VALUES ('00000000-0000-4000-8000-0000000000ca', now(), 'canary-person', ARRAY[stood], '{}', '\x00', now(),
        'canary7q');
    INSERT INTO walk_tests (asset_id, place_path, begun_at, begun_by, until_at)
    VALUES (lift, stood, now(), 'canary7q', now() + INTERVAL '1 hour');
    INSERT INTO limit_settings (asset_class, metric, is_floor, place_path, value, reason, set_at, set_by, valid_from)
    VALUES ('lift', 'speed', false, stood, 3, 'canary7q', now(), 'canary7q', now());
    INSERT INTO desk_shifts (place_id, person, weekday, starts_at, ends_at)
    VALUES (yard, 'canary7q', 1, '08:00', '20:00');
    INSERT INTO incidents (cause, cause_en, scope, place_path, opened_at)
    VALUES ('canary7q', 'canary7q', 'canary7q', stood, now())
    RETURNING id INTO behind;
    INSERT INTO alarms (
        asset_id, place_path, condition, event, alarm_group, severity, is_life_safety, state, text,
        raised_at, received_at, opened_at, incident_id, responsible_id
    )
    VALUES (lift, stood, 'overspeed', 'overspeed', 'safety', 'major', false, 'unacknowledged', 'canary7q',
        now(), now(), now(), behind, company)
    RETURNING id INTO trouble;
    UPDATE incidents SET head_id = trouble WHERE id = behind;
    INSERT INTO alarm_transitions (
        alarm_id, at, trigger, from_state, to_state, version, actor, actor_role, reason, digest
    )
    VALUES (trouble, now(), 'raise', 'normal', 'unacknowledged', 1, 'canary7q', 'device', 'canary7q', '\x00');
    INSERT INTO alarm_marks (alarm_id, mark, place_path, since) VALUES (trouble, 'stale', stood, now());
    INSERT INTO sightings (alarm_id, user_name, seen_at) VALUES (trouble, 'canary7q', now());
    INSERT INTO work_orders (number, alarm_id, asset_id, place_path, title, state, owner_id, detail, result,
        opened_at)
    VALUES ('canary7q', trouble, lift, stood, 'canary7q', 'dispatched', firm, 'canary7q', 'canary7q', now())
    RETURNING id INTO job;
    INSERT INTO work_order_transitions (
        order_id, at, trigger, from_state, to_state, version, actor, actor_role, note, digest
    )
    VALUES (job, now(), 'propose', 'proposed', 'dispatched', 1, 'canary7q', 'operator', 'canary7q', '\x00');
    INSERT INTO technicians (name, organisation_id, display_name, capacity)
    VALUES ('canary7q', firm, 'canary7q', 3);
    INSERT INTO technician_certificates (technician, skill, number, valid_until)
    VALUES ('canary7q', 'lift', 'canary7q', current_date + 10);
    INSERT INTO technician_shifts (technician, weekday, starts_at, ends_at)
    VALUES ('canary7q', 1, '08:00', '17:00');
    INSERT INTO order_assignments (order_id, technician, assigned_at, assigned_by)
    VALUES (job, 'canary7q', now(), 'canary7q');
    INSERT INTO order_ratings (order_id, rater, stars, comment, rated_at, digest)
    VALUES (job, 'resident', 1, 'canary7q', now(), '\x00');
    INSERT INTO order_verifications (order_id, restored_at, due_at) VALUES (job, now(), now());
    INSERT INTO clocks (kind, alarm_id, due_at, started_at) VALUES ('acknowledge', trouble, now(), now());
    INSERT INTO fund_applications (order_id, place_path, list_version, item, reason, applied_by, applied_at)
    VALUES (job, stood, '1', 'canary7q', 'canary7q', 'canary7q', now());
    INSERT INTO notices (alarm_id, place_path, organisation_id, target, kind, body, is_life_safety, created_at,
        next_at, receipt)
    VALUES (trouble, stood, bureau, 'bureau', 'alarm.opened', '{"text": "canary7q"}', false, now(), now(),
        'canary7q')
    RETURNING id INTO told;
    INSERT INTO notice_contacts (organisation_id, role, channel, address_key, language, hears, after_s, rounds,
        every_s)
    VALUES (bureau, 'canary7q', 'sms', 'canary7q', 'zh', '{alarms}', 0, 1, 60);
    INSERT INTO notice_messages (
        notice_id, contact_id, round, organisation_id, role, channel, address_key, alarm_id, place_path,
        is_life_safety, created_at, next_at, receipt, token
    )
    SELECT told, id, 1, bureau, 'canary7q', 'sms', 'canary7q', trouble, stood, false, now(), now(), 'canary7q',
        'canary-token'
    FROM notice_contacts
    WHERE address_key = 'canary7q';
    INSERT INTO cap_messages (identifier, notice_id, alarm_id, number, place_path, msg_type, status, sent_at,
        headline, document)
    VALUES ('canary-cap', told, trouble, 1, stood, 'Alert', 'Actual', now(), 'canary7q', 'canary7q');
    INSERT INTO reports (act_id, source, category, place_path, asset_id, text, contact, reported_by,
        reported_at, order_id, digest)
    VALUES (gen_random_uuid(), 'resident', 'other', stood, lift, 'canary7q', 'canary7q', 'canary7q', now(), job,
        '\x00')
    RETURNING id INTO number;
    INSERT INTO report_photos (report_id, digest) VALUES (number, repeat('ca', 32));
    INSERT INTO order_photos (order_id, digest, added_by, added_at)
    VALUES (job, repeat('cb', 32), 'canary7q', now());
    INSERT INTO board_posts (place_path, field, text, posted_by, posted_at, digest)
    VALUES (stood, 'fees', 'canary7q', 'canary7q', now(), '\x00');
    INSERT INTO survey_slips (token_hash, place_path, giver, household, made_by, made_at)
    VALUES ('\x00', stood, 'owner', 'canary7q', 'canary7q', now());
    INSERT INTO drills (kind, scope, subject, place_path, reason, length_s, proposed_by, proposed_at)
    VALUES ('drill', 'lift', 'canary7q', stood, 'canary7q', 600, 'canary7q', now())
    RETURNING id INTO number;
    INSERT INTO drill_assets (drill_id, asset_id) VALUES (number, lift);
    INSERT INTO rescues (alarm_id, asset_id, place_path, stage, owner_id, opened_at)
    VALUES (trouble, lift, stood, 'dispatched', firm, now())
    RETURNING id INTO number;
    INSERT INTO rescue_facts (rescue_id, at, kind, actor, actor_role, words, digest)
    VALUES (number, now(), 'call', 'canary7q', 'operator', 'canary7q', '\x00');
    INSERT INTO holds (kind, place_path, condition, reason, begun_at, begun_by, due_at)
    VALUES ('shelved', stood, 'overspeed', 'canary7q', now(), 'canary7q', now())
    RETURNING id INTO number;
    INSERT INTO hold_assets (hold_id, asset_id) VALUES (number, lift);
    INSERT INTO proposals (kind, asset_id, place_path, reason, proposed_at, proposed_by, lapses_at)
    VALUES ('take_out', lift, stood, 'canary7q', now(), 'canary7q', now() + INTERVAL '1 hour');
    INSERT INTO post_checks (place_path, organisation_id, reason, asked_by, asked_at, answer_s, state, due_at)
    VALUES (stood, company, 'demand', 'canary7q', now(), 60, 'waiting', now() + INTERVAL '1 hour');
    INSERT INTO plans (kind, asset_id, every, starts_on) VALUES ('lift_maintenance', lift, 'half_month', current_date)
    RETURNING id INTO number;
    INSERT INTO plan_periods (plan_id, number, begins_on, due_at, evidence)
    VALUES (number, 1, current_date, now(), 'canary7q');
    INSERT INTO checkpoints (code, place_id, name_zh, name_en) VALUES ('canary-point', yard, 'canary7q', 'canary7q');
    INSERT INTO search_names (kind, id, path, source, words) VALUES ('asset', lift, stood, 'canary7q', 'canary7q');
    INSERT INTO warnings (asset_id, place_path, detector, metric, raised_at, refreshed_at, score, reason_zh,
        reason_en, evidence)
    VALUES (lift, stood, 'trend', 'speed', now(), now(), 0.5, 'canary7q', 'canary7q', '{}');
    INSERT INTO handovers (place_id, place_path, at, kind, reason, planned_at, planned_by, checklist_digest)
    VALUES (yard, stood, now(), 'company', 'canary7q', now(), 'canary7q', '\x00')
    RETURNING id INTO number;
    INSERT INTO handover_items (handover_id, position, asset, item, condition, note)
    VALUES (number, 1, 'canary7q', 'canary7q', 'good', 'canary7q');
    INSERT INTO handover_signatures (handover_id, side, signer, role, signed_at, digest)
    VALUES (number, 'from', 'canary7q', 'canary7q', now(), '\x00');
    INSERT INTO handover_moves (handover_id, what, subject_id, effective_at, moved_at, clocks)
    VALUES (number, 'alarm', trouble, now(), now(), 0);
    INSERT INTO live_events (id, at, kind, subject_id, place_path)
    VALUES (900001, now(), 'alarm', trouble, stood), (900002, now(), 'order', job, stood);
    UPDATE live_counters SET last_id = 900002;
    INSERT INTO acts (id, actor, actor_role, scope, kind, alarm_id, body, state)
    VALUES (gen_random_uuid(), 'canary7q', 'operator', ARRAY[stood], 'comment', trouble, '{"text": "canary7q"}',
        'refused');
END
$$;

-- name: supervision
-- How its company is supervised, what other platforms have to do with it, and which rules name it.
DO $$
DECLARE
    stood ltree := 'city.dist.canarystreet.canarycomm.canaryyard';
    company int := (SELECT id FROM organisations WHERE code = 'canary-property_company');
    number bigint;
BEGIN
    INSERT INTO measures (number, kind, company_id, place_path, subject, evidence, stage, opened_at)
    VALUES ('canary-measure', 'rectification', company, stood, 'canary7q', '{}', 'proposed', now())
    RETURNING id INTO number;
    INSERT INTO measure_steps (
        measure_id, at, step, from_stage, to_stage, version, actor, actor_role, reason, digest
    )
    VALUES (number, now(), 'propose', '', 'proposed', 1, 'canary7q', 'supervisor', 'canary7q', '\x00');
    INSERT INTO inspections (organisation_id, place_path, aspect, marks, note, actor, inspected_at)
    VALUES (company, stood, 'safety', 10, 'canary7q', 'canary7q', now());
    INSERT INTO owner_ratings (organisation_id, place_path, giver, stars, note, ballot, answered_at)
    VALUES (company, stood, 'owner', 1, 'canary7q', 'canary7q', now());
    INSERT INTO scores (period, place_path, company_id, rank, measured_by, equipment, answers, coverage, lines,
        digest, actor, published_at)
    VALUES ('2026-10', stood, company, 1, 'equipment', 1, 1, 1, '{}', '\x00', 'canary7q', now());
    INSERT INTO period_reviews (period, kind, place_path, reviewed_at, companies, proposals)
    VALUES ('2026-10', 'lists', stood, now(), 1, 1);
    INSERT INTO case_systems (code, name_zh, place_path, undertake_min, feedback_min)
    VALUES ('canary7q', 'canary7q', stood, 10, 10);
    INSERT INTO cases (system, number, revision, content, state, category, text, place_path, reported_at,
        received_at, has_own_order)
    VALUES ('canary7q', 'canary-case', 1, sha256('canary7q'), 'received', 'other', 'canary7q', stood, now(),
        now(), false)
    RETURNING id INTO number;
    INSERT INTO case_steps (case_id, version, at, step, to_state, actor, note, digest)
    VALUES (number, 1, now(), 'take', 'received', 'canary7q', 'canary7q', '\x00');
    INSERT INTO case_clocks (case_id, kind, started_at, due_at) VALUES (number, 'undertake', now(), now());
    INSERT INTO agreements (code, party, dataset, fields, purpose, legal_basis, place_path, begins_at, ends_at,
        added_by, added_at)
    VALUES ('canary-agreement', 'canary7q', 'orders', '{number}', 'canary7q', 'canary7q', stood, now(),
        now() + INTERVAL '1 day', 'canary7q', now());
    INSERT INTO agreement_exports (agreement, at, reader, format, fields, "rows", sha256)
    VALUES ('canary-agreement', now(), 'canary7q', 'csv', '{number}', 1, '\x00');
    INSERT INTO duty_versions (name, valid_from, checksum, source) VALUES ('canary', now(), '0', '')
    RETURNING id INTO number;
    INSERT INTO duty_zones (version_id, place_path, zone) VALUES (number, stood, 'Asia/Shanghai');
    INSERT INTO duties (version_id, line, key, event, asset_class, place_path, responsible, chain, acknowledge_s,
        opens_order, order_to, tells_bureau, note_zh, note_en, basis)
    VALUES (number, 1, 'canary7q', 'overspeed', 'lift', stood, 'company', '{company}', 60, false, 'maintainer',
        false, 'canary7q', 'canary7q', '');
    UPDATE duty_versions SET withdrawn_at = now(), withdrawn_by = '' WHERE id = number;
END
$$;

-- name: known
-- The numbers by which a stranger would ask for it.
SELECT jsonb_build_object(
    'place_id', (SELECT jsonb_agg(id) FROM places WHERE code LIKE 'canary%%'),
    'asset_id', (SELECT jsonb_agg(id ORDER BY class <> 'lift') FROM assets WHERE code LIKE 'canary%%'),
    'operator_id', (SELECT jsonb_agg(id) FROM organisations WHERE code = 'canary-telecom_operator'),
    'responsible_id', (SELECT jsonb_agg(id) FROM organisations WHERE code LIKE 'canary%%'),
    'alarm_id', (SELECT jsonb_agg(id) FROM alarms WHERE text = 'canary7q'),
    'order_id', (SELECT jsonb_agg(id) FROM work_orders WHERE number = 'canary7q'),
    'incident_id', (SELECT jsonb_agg(id) FROM incidents WHERE cause = 'canary7q'),
    'notice_id', (SELECT jsonb_agg(id) FROM notices WHERE receipt = 'canary7q'),
    'report_id', (SELECT jsonb_agg(id) FROM reports WHERE text = 'canary7q'),
    'drill_id', (SELECT jsonb_agg(id) FROM drills WHERE subject = 'canary7q'),
    'rescue_id', (SELECT jsonb_agg(rescue_id) FROM rescue_facts WHERE actor = 'canary7q'),
    'hold_id', (SELECT jsonb_agg(id) FROM holds WHERE reason = 'canary7q'),
    'proposal_id', (SELECT jsonb_agg(id) FROM proposals WHERE reason = 'canary7q'),
    'check_id', (SELECT jsonb_agg(id) FROM post_checks WHERE asked_by = 'canary7q'),
    'walk_id', (SELECT jsonb_agg(id) FROM walk_tests WHERE begun_by = 'canary7q'),
    'setting_id', (SELECT jsonb_agg(id) FROM limit_settings WHERE reason = 'canary7q'),
    'person_id', (SELECT jsonb_agg(id) FROM responsible_persons WHERE name = 'canary7q'),
    'plan_id', (SELECT jsonb_agg(plan_id) FROM plan_periods WHERE evidence = 'canary7q'),
    'warning_id', (SELECT jsonb_agg(id) FROM warnings WHERE reason_zh = 'canary7q'),
    'handover_id', (SELECT jsonb_agg(id) FROM handovers WHERE reason = 'canary7q'),
    'measure_id', (SELECT jsonb_agg(id) FROM measures WHERE number = 'canary-measure'),
    'case_id', (SELECT jsonb_agg(id) FROM cases WHERE number = 'canary-case')
)::text;

-- name: relations
-- What a role may read of the schema.
SELECT relname, relkind::text
FROM pg_class
WHERE relnamespace = 'public'::regnamespace
    AND relkind IN ('r', 'p', 'v', 'm')
    AND has_any_column_privilege(%(role)s, oid, 'SELECT')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
ORDER BY relname;
