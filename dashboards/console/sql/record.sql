-- name: incidents
-- Incidents of the scope, newest first; open or closed ones, or all (NULL); a page begins before an id.
SELECT incidents.id, incidents.rule, incidents.cause AS cause_zh, incidents.cause_en,
    incidents.place_path::text AS place_path, incidents.opened_at, incidents.closed_at, incidents.head_id,
    (SELECT count(*) FROM alarms WHERE alarms.incident_id = incidents.id) AS alarms
FROM incidents
WHERE (%(is_open)s::boolean IS NULL OR (incidents.closed_at IS NULL) = %(is_open)s)
    AND (%(after)s::bigint IS NULL OR incidents.id < %(after)s)
    AND (%(id)s::bigint IS NULL OR incidents.id = %(id)s)
ORDER BY incidents.id DESC
LIMIT %(limit)s;

-- name: incident_alarms
-- The alarms of an incident, oldest first; a page begins after an id.
SELECT alarms.id
FROM alarms
WHERE alarms.incident_id = %(id)s AND alarms.id > %(after)s
ORDER BY alarms.id
LIMIT %(limit)s;

-- name: clocks
-- Clocks of the scope that run, newest first; a page begins before an id.
SELECT clocks.id, clocks.kind, clocks.alarm_id, clocks.order_id, clocks.step, clocks.started_at, clocks.due_at
FROM clocks
WHERE clocks.state = 'running'
    AND (%(order_id)s::bigint IS NULL OR clocks.order_id = %(order_id)s)
    AND (%(alarm_id)s::bigint IS NULL OR clocks.alarm_id = %(alarm_id)s)
    AND (%(after)s::bigint IS NULL OR clocks.id < %(after)s)
ORDER BY clocks.id DESC
LIMIT %(limit)s;

-- name: rescues
-- Rescues of the scope, newest first; open ones, closed ones or all (NULL); a page begins before an id.
SELECT rescues.id, rescues.alarm_id, rescues.stage, rescues.tier,
    coalesce(organisations.name_zh, '') AS owner_zh, rescues.due_at, rescues.began_at,
    rescues.legal_due_at, rescues.accepted_at, rescues.arrived_at, rescues.released_at, rescues.people,
    rescues.injured, rescues.checked_by, rescues.closed_at
FROM rescues
LEFT JOIN organisations ON organisations.id = rescues.owner_id
WHERE (%(is_open)s::boolean IS NULL OR (rescues.closed_at IS NULL) = %(is_open)s)
    AND (%(after)s::bigint IS NULL OR rescues.id < %(after)s)
    AND (%(id)s::bigint IS NULL OR rescues.id = %(id)s)
ORDER BY rescues.id DESC
LIMIT %(limit)s;

-- name: drills
-- Drills and tests of the scope, newest first; a page begins before an id.
SELECT drills.id, drills.kind, drills.scope, drills.subject, drills.reason, drills.proposed_by,
    drills.approved_by, drills.starts_at, drills.ends_at, drills.ended_at, drills.ended_by,
    (SELECT count(*) FROM drill_assets WHERE drill_assets.drill_id = drills.id) AS assets
FROM drills
WHERE (%(after)s::bigint IS NULL OR drills.id < %(after)s)
ORDER BY drills.id DESC
LIMIT %(limit)s;

-- name: post_checks
-- Duty checks of the scope, newest first; those alone that wait, or all; a page begins before an id.
SELECT post_checks.id, coalesce(places.code, '') AS place, post_checks.reason, post_checks.asked_by,
    post_checks.asked_at, post_checks.state, post_checks.due_at, post_checks.answered_at,
    post_checks.answered_by
FROM post_checks
LEFT JOIN places ON places.path = post_checks.place_path
WHERE (NOT %(waiting)s::boolean OR post_checks.state = 'waiting')
    AND (%(after)s::bigint IS NULL OR post_checks.id < %(after)s)
ORDER BY post_checks.id DESC
LIMIT %(limit)s;

-- name: holds
-- What keeps alarms of the scope from the desk now, newest first; a page begins before an id.
SELECT holds.id, holds.kind, holds.condition, holds.reason, holds.begun_at, holds.begun_by,
    holds.approved_by, holds.due_at,
    coalesce((
        SELECT min(assets.code)
        FROM hold_assets JOIN assets ON assets.id = hold_assets.asset_id
        WHERE hold_assets.hold_id = holds.id
    ), '') AS asset_code,
    (SELECT count(*) FROM hold_assets WHERE hold_assets.hold_id = holds.id) AS assets,
    (
        SELECT count(*)
        FROM alarms
        WHERE alarms.hold_id = holds.id AND alarms.closed_at IS NULL
            AND alarms.state IN ('shelved', 'suppressed', 'out_of_service')
    ) AS alarms
FROM holds
WHERE holds.ended_at IS NULL AND (%(after)s::bigint IS NULL OR holds.id < %(after)s)
ORDER BY holds.id DESC
LIMIT %(limit)s;

-- name: proposals
-- What waits for a second person, newest first; a page begins before an id.
SELECT proposals.id, proposals.kind, proposals.alarm_id, assets.id AS asset_id, assets.code AS asset_code,
    proposals.minutes, proposals.reason, proposals.proposed_at, proposals.proposed_by, proposals.lapses_at
FROM proposals
JOIN assets ON assets.id = proposals.asset_id
WHERE proposals.state = 'open' AND proposals.lapses_at > %(now)s
    AND (%(after)s::bigint IS NULL OR proposals.id < %(after)s)
ORDER BY proposals.id DESC
LIMIT %(limit)s;

-- name: load
-- Alarms of desks by 10 minutes since a time, newest first; a page begins after a desk's ten minutes.
SELECT alarm_load.bucket, coalesce(organisations.name_zh, '') AS desk, alarm_load.raised,
    alarm_load.shown, alarm_load.life_safety
FROM alarm_load
LEFT JOIN organisations ON organisations.id = alarm_load.responsible_id
WHERE alarm_load.bucket >= %(since)s
    AND (
        %(after_at)s::timestamptz IS NULL
        OR alarm_load.bucket < %(after_at)s
        OR (alarm_load.bucket = %(after_at)s AND coalesce(organisations.name_zh, '') > %(after_name)s)
    )
ORDER BY alarm_load.bucket DESC, desk
LIMIT %(limit)s;

-- name: duty_lines
-- Lines of the responsibility matrix in force, in their order; a page begins after a line.
SELECT duties.id, duties.line, duties.key, duties.event, duties.asset_class,
    duties.place_path::text AS place_path, duties.calendar, duties.responsible, duties.joint, duties.chain,
    duties.opens_order, duties.order_to, duties.tells_bureau, duties.acknowledge_s, duties.confirm_s,
    duties.accept_s, duties.arrive_s, duties.restore_s, duties.close_s, duties.note_zh, duties.note_en,
    duties.basis
FROM duties
WHERE duties.version_id = (
        SELECT duty_versions.id
        FROM duty_versions
        WHERE duty_versions.valid_from <= %(now)s AND duty_versions.withdrawn_at IS NULL
        ORDER BY duty_versions.valid_from DESC, duty_versions.id DESC
        LIMIT 1
    )
    AND duties.replaced_by IS NULL
    AND duties.id > %(after)s
ORDER BY duties.id
LIMIT %(limit)s;

-- name: place_path
-- The path of a place of the scope.
SELECT path::text
FROM places
WHERE code = %(code)s AND path <@ ANY ((SELECT visible_scope())::ltree[]);

-- name: organisations_by_id
-- Organisations by their ids.
SELECT id, code, kind, name_zh, name_en FROM organisations WHERE id = ANY (%(ids)s::int[]) ORDER BY id LIMIT 100;

-- name: notices
-- What was sent to whom within the scope, newest first; a page begins after a notice.
SELECT notices.id::text AS id, notices.alarm_id, notices.order_id, coalesce(organisations.code, '') AS organisation,
    notices.target, notices.kind, notices.is_life_safety, notices.created_at, notices.state,
    notices.attempts, notices.delivered_at, notices.receipt
FROM notices
LEFT JOIN organisations ON organisations.id = notices.organisation_id
WHERE (%(alarm_id)s::bigint IS NULL OR notices.alarm_id = %(alarm_id)s)
    AND (%(order_id)s::bigint IS NULL OR notices.order_id = %(order_id)s)
    AND (%(state)s::text IS NULL OR notices.state = %(state)s)
    AND (
        %(after_at)s::timestamptz IS NULL
        OR (notices.created_at, notices.id) < (%(after_at)s, %(after_id)s::uuid)
    )
ORDER BY notices.created_at DESC, notices.id DESC
LIMIT %(limit)s;

-- name: messages
-- What each contact got of a notice, and what came back.
SELECT notice_messages.id::text AS id, coalesce(organisations.code, '') AS organisation, notice_messages.role,
    notice_messages.channel, notice_messages.round, notice_messages.state, notice_messages.attempts,
    notice_messages.delivered_at, notice_messages.read_at, notice_messages.taken_at
FROM notice_messages
LEFT JOIN organisations ON organisations.id = notice_messages.organisation_id
WHERE notice_messages.notice_id = %(notice_id)s::uuid
    AND (%(after)s::uuid IS NULL OR notice_messages.id > %(after)s::uuid)
ORDER BY notice_messages.id
LIMIT %(limit)s;

-- name: plans
-- Duties by the calendar on assets and places of the scope, newest first; a page begins before an id.
SELECT plans.id, plans.kind, coalesce(assets.code, '') AS asset, coalesce(places.code, '') AS place,
    plans.every, plans.starts_on, plans.ended_at
FROM plans
LEFT JOIN assets ON assets.id = plans.asset_id
LEFT JOIN places ON places.id = plans.place_id AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
WHERE (assets.id IS NOT NULL OR places.id IS NOT NULL)
    AND (%(after)s::int IS NULL OR plans.id < %(after)s)
    AND (%(id)s::int IS NULL OR plans.id = %(id)s)
ORDER BY plans.id DESC
LIMIT %(limit)s;

-- name: plan_periods
-- Turns of a plan, newest first; a page begins before a number.
SELECT plan_periods.number, plan_periods.class AS depth, plan_periods.begins_on, plan_periods.due_at,
    plan_periods.order_id, plan_periods.evidence, plan_periods.done_at
FROM plan_periods
WHERE plan_periods.plan_id = %(id)s AND (%(after)s::int IS NULL OR plan_periods.number < %(after)s)
ORDER BY plan_periods.number DESC
LIMIT %(limit)s;

-- name: checkpoints
-- Points of rounds of the scope, by code; a page begins after a code.
SELECT checkpoints.code, checkpoints.name_zh, checkpoints.name_en, places.code AS place,
    coalesce(assets.code, '') AS asset,
    (
        SELECT max(reports.reported_at) FROM reports WHERE reports.checkpoint = checkpoints.code
    ) AS passed_at
FROM checkpoints
JOIN places ON places.id = checkpoints.place_id AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
LEFT JOIN assets ON assets.id = checkpoints.asset_id
WHERE checkpoints.removed_at IS NULL AND (%(after)s::text IS NULL OR checkpoints.code > %(after)s)
ORDER BY checkpoints.code
LIMIT %(limit)s;

-- name: reports
-- What people reported within the scope, newest first; of a source, or all; a page begins before an id.
SELECT reports.id, reports.source, reports.case_number, reports.category,
    reports.place_path::text AS place_path, coalesce(assets.code, '') AS asset, reports.checkpoint,
    reports.text, reports.reported_at, reports.alarm_id, reports.order_id
FROM reports
LEFT JOIN assets ON assets.id = reports.asset_id
WHERE (%(source)s::text IS NULL OR reports.source = %(source)s)
    AND (%(after)s::bigint IS NULL OR reports.id < %(after)s)
ORDER BY reports.id DESC
LIMIT %(limit)s;

-- name: warnings
-- Early warnings of the scope, newest first; those that stand, settled ones or all; before an id.
SELECT warnings.id, assets.code AS asset, warnings.place_path::text AS place_path, warnings.detector,
    warnings.metric, warnings.score, warnings.raised_at, warnings.refreshed_at, warnings.expected_from,
    warnings.expected_until, warnings.reason_zh, warnings.reason_en, warnings.settled_at,
    warnings.settlement
FROM warnings
JOIN assets ON assets.id = warnings.asset_id
WHERE (%(is_open)s::boolean IS NULL OR (warnings.settled_at IS NULL) = %(is_open)s)
    AND (%(after)s::bigint IS NULL OR warnings.id < %(after)s)
ORDER BY warnings.id DESC
LIMIT %(limit)s;

-- name: handovers
-- Hand-overs of compounds of the scope, newest first; a page begins before an id.
SELECT handovers.id, handovers.place_path::text AS place_path, handovers.at, handovers.kind,
    coalesce(former.code, '') AS from_organisation, coalesce(next.code, '') AS to_organisation,
    handovers.state, handovers.reason, handovers.planned_at, handovers.done_at,
    (
        SELECT count(*) FROM handover_moves WHERE handover_moves.handover_id = handovers.id
    ) AS moved
FROM handovers
LEFT JOIN organisations AS former ON former.id = handovers.from_id
LEFT JOIN organisations AS next ON next.id = handovers.to_id
WHERE %(after)s::int IS NULL OR handovers.id < %(after)s
ORDER BY handovers.id DESC
LIMIT %(limit)s;

-- name: scores
-- Scores of companies as they were published within the scope, newest first; before an id.
SELECT scores.id, scores.period, scores.place_path::text AS place_path, organisations.code AS company,
    organisations.name_zh AS company_zh, scores.rank, scores.measured_by, scores.equipment, scores.total,
    scores.answers, scores.coverage, encode(scores.digest, 'hex') AS digest, scores.published_at
FROM scores
JOIN organisations ON organisations.id = scores.company_id
WHERE (%(period)s::text IS NULL OR scores.period = %(period)s)
    AND (%(company)s::text IS NULL OR organisations.code = %(company)s)
    AND (%(after)s::bigint IS NULL OR scores.id < %(after)s)
ORDER BY scores.id DESC
LIMIT %(limit)s;

-- name: measures
-- Measures of supervision of the scope, newest first; open, closed or all; before an id.
SELECT measures.id, measures.number, measures.kind, organisations.code AS company,
    organisations.name_zh AS company_zh, measures.place_path::text AS place_path, measures.period,
    measures.subject, measures.stage, measures.due, measures.appeal_until, measures.version,
    measures.opened_at, measures.closed_at
FROM measures
JOIN organisations ON organisations.id = measures.company_id
WHERE (%(is_open)s::boolean IS NULL OR (measures.closed_at IS NULL) = %(is_open)s)
    AND (%(number)s::text IS NULL OR measures.number = %(number)s)
    AND (%(after)s::bigint IS NULL OR measures.id < %(after)s)
ORDER BY measures.id DESC
LIMIT %(limit)s;

-- name: measure_steps
-- The history of a measure, oldest first.
SELECT measure_steps.at, measure_steps.step, measure_steps.to_stage, measure_steps.actor,
    measure_steps.actor_role, measure_steps.reason, measure_steps.due, measure_steps.appeal_until
FROM measure_steps
WHERE measure_steps.measure_id = %(id)s
ORDER BY measure_steps.version
LIMIT 500;

-- name: inspections
-- Marks of inspectors within the scope, newest first; before an id.
SELECT inspections.id, organisations.code AS company, inspections.place_path::text AS place_path,
    inspections.aspect, inspections.marks, inspections.note, inspections.actor, inspections.inspected_at
FROM inspections
JOIN organisations ON organisations.id = inspections.organisation_id
WHERE %(after)s::bigint IS NULL OR inspections.id < %(after)s
ORDER BY inspections.id DESC
LIMIT %(limit)s;

-- name: cases
-- Cases of other platforms within the scope, newest first; open, over or all; before an id.
SELECT cases.id, cases.system, cases.number, cases.revision, cases.version, cases.state, cases.category,
    cases.text, cases.place_path::text AS place_path, coalesce(assets.code, '') AS asset,
    cases.reported_at, cases.received_at, cases.closed_at, cases.alarm_id, cases.order_id,
    coalesce(work_orders.number, '') AS order_number, cases.has_own_order,
    (
        SELECT min(case_clocks.due_at)
        FROM case_clocks
        WHERE case_clocks.case_id = cases.id AND case_clocks.kind = 'undertake' AND case_clocks.state = 'running'
    ) AS undertake_due_at,
    (
        SELECT min(case_clocks.due_at)
        FROM case_clocks
        WHERE case_clocks.case_id = cases.id AND case_clocks.kind = 'feedback' AND case_clocks.state = 'running'
    ) AS feedback_due_at
FROM cases
LEFT JOIN assets ON assets.id = cases.asset_id
LEFT JOIN work_orders ON work_orders.id = cases.order_id
WHERE (%(is_open)s::boolean IS NULL OR (cases.closed_at IS NULL) = %(is_open)s)
    AND (%(system)s::text IS NULL OR cases.system = %(system)s)
    AND (%(number)s::text IS NULL OR cases.number = %(number)s)
    AND (%(id)s::bigint IS NULL OR cases.id = %(id)s)
    AND (%(after)s::bigint IS NULL OR cases.id < %(after)s)
ORDER BY cases.id DESC
LIMIT %(limit)s;

-- name: case_steps
-- The history of a case, oldest first.
SELECT case_steps.version, case_steps.at, case_steps.step, case_steps.to_state, case_steps.note
FROM case_steps
WHERE case_steps.case_id = %(id)s
ORDER BY case_steps.version
LIMIT 500;

-- name: case_systems
-- Platforms that send cases of the scope, by code; after a code.
SELECT case_systems.code, case_systems.name_zh, case_systems.name_en,
    case_systems.place_path::text AS place_path, case_systems.undertake_min, case_systems.feedback_min,
    case_systems.callback_url <> '' AS is_told
FROM case_systems
WHERE case_systems.removed_at IS NULL AND (%(after)s::text IS NULL OR case_systems.code > %(after)s)
ORDER BY case_systems.code
LIMIT %(limit)s;

-- name: system_scope
-- The place of a platform; asked with the whole tree in scope, by whoever holds its key.
SELECT place_path::text FROM case_systems WHERE code = %(code)s AND removed_at IS NULL;

-- name: assets
-- Assets of the scope, by id; of a class, or all; after an id.
SELECT assets.id, assets.code, assets.class AS asset_class, assets.name_zh, assets.name_en, assets.zone,
    places.path::text AS place_path, coalesce(organisations.code, '') AS maintainer,
    assets.commissioned_at, assets.retired_at
FROM assets
JOIN places ON places.id = assets.place_id
LEFT JOIN organisations ON organisations.id = assets.maintainer_id
WHERE (%(asset_class)s::text IS NULL OR assets.class = %(asset_class)s)
    AND (%(id)s::int IS NULL OR assets.id = %(id)s)
    AND assets.id > %(after)s
ORDER BY assets.id
LIMIT %(limit)s;
