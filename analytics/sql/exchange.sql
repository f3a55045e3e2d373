-- name: system
-- A platform that sends cases.
SELECT code, name_zh, name_en, place_path::text, callback_url, undertake_min, feedback_min
FROM case_systems
WHERE code = %(code)s AND removed_at IS NULL;

-- name: systems
-- Platforms that send cases, by code.
SELECT code, name_zh, name_en, place_path::text, callback_url, undertake_min, feedback_min
FROM case_systems
WHERE removed_at IS NULL
ORDER BY code
LIMIT 1000;

-- name: put_system
-- A platform that sends cases, below the place of that code.
INSERT INTO case_systems (
    code, name_zh, name_en, place_path, callback_url, undertake_min, feedback_min
)
SELECT %(code)s, %(name_zh)s, %(name_en)s, places.path, %(callback_url)s, %(undertake_min)s,
    %(feedback_min)s
FROM places
WHERE places.code = %(place)s AND places.closed_at IS NULL
ON CONFLICT (code) DO UPDATE
SET name_zh = excluded.name_zh, name_en = excluded.name_en, place_path = excluded.place_path,
    callback_url = excluded.callback_url, undertake_min = excluded.undertake_min,
    feedback_min = excluded.feedback_min, removed_at = NULL
RETURNING code;

-- name: lock_case
-- One case, locked.
SELECT id, system, number, revision, content, version, state, category, text, place_path::text,
    asset_id, alarm_id, order_id, order_version, has_own_order
FROM cases
WHERE system = %(system)s AND number = %(number)s
FOR UPDATE;

-- name: known_case
-- What is known of a number.
SELECT revision, content, state FROM cases WHERE system = %(system)s AND number = %(number)s;

-- name: lock_number
-- Two messages about one number wait for each other until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('case:' || %(system)s || '/' || %(number)s, 0));

-- name: add_case
-- A case that was just taken in.
INSERT INTO cases (
    system, number, revision, content, state, category, text, contact, place_path, asset_id,
    reported_at, received_at, alarm_id, order_id, order_version, has_own_order
)
VALUES (
    %(system)s, %(number)s, %(revision)s, %(content)s, %(state)s, %(category)s, %(text)s,
    %(contact)s, %(place_path)s::ltree, %(asset_id)s, %(reported_at)s, %(now)s, %(alarm_id)s,
    %(order_id)s, %(order_version)s, %(has_own_order)s
)
RETURNING id;

-- name: correct_case
-- A later revision of a case.
UPDATE cases
SET revision = %(revision)s, content = %(content)s, category = %(category)s, text = %(text)s,
    contact = %(contact)s, place_path = %(place_path)s::ltree, asset_id = %(asset_id)s,
    reported_at = %(reported_at)s, alarm_id = %(alarm_id)s, order_id = %(order_id)s,
    order_version = %(order_version)s, has_own_order = %(has_own_order)s
WHERE id = %(id)s;

-- name: move_case
-- A case has gone a step further.
UPDATE cases
SET state = %(state)s, version = %(version)s, order_id = %(order_id)s,
    order_version = %(order_version)s, has_own_order = %(has_own_order)s,
    closed_at = CASE WHEN %(state)s IN ('closed', 'withdrawn') THEN %(now)s::timestamptz END
WHERE id = %(id)s;

-- name: note_order
-- How far a case's order has been looked at, where the sender sees nothing of it.
UPDATE cases SET order_id = %(order_id)s, order_version = %(order_version)s WHERE id = %(id)s;

-- name: add_step
-- A line of a case's history.
INSERT INTO case_steps (case_id, version, at, step, to_state, actor, note, digest)
VALUES (
    %(case_id)s, %(version)s, %(at)s, %(step)s, %(to_state)s, %(actor)s, %(note)s, %(digest)s
);

-- name: start_clock
-- A deadline of the sender begins.
INSERT INTO case_clocks (case_id, kind, started_at, due_at)
VALUES (%(case_id)s, %(kind)s, %(now)s, %(due_at)s)
ON CONFLICT DO NOTHING;

-- name: stop_clocks
-- Running deadlines of a case end.
UPDATE case_clocks
SET state = %(state)s, ended_at = %(now)s
WHERE case_id = %(case_id)s AND kind = ANY (%(kinds)s::text[]) AND state = 'running';

-- name: claim_due_case
-- A deadline that is over and that nobody else holds, with its case, the longest overdue first.
SELECT case_clocks.id, case_clocks.case_id, case_clocks.kind
FROM case_clocks
WHERE case_clocks.state = 'running' AND case_clocks.due_at <= %(now)s
ORDER BY case_clocks.due_at, case_clocks.id
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: miss_clock
-- A deadline was not kept.
UPDATE case_clocks
SET state = 'missed', ended_at = %(now)s
WHERE id = %(id)s;

-- name: lock_case_by_id
-- One case, locked.
SELECT id, system, number, revision, content, version, state, category, text, place_path::text,
    asset_id, alarm_id, order_id, order_version, has_own_order
FROM cases
WHERE id = %(id)s
FOR UPDATE;

-- name: under_way
-- An order under way that does the work of a new report already: of the same asset and cause, or of the
-- asset's own alarm; where no asset is named, of the same place and cause.
SELECT work_orders.id
FROM work_orders
LEFT JOIN alarms ON alarms.id = work_orders.alarm_id
WHERE work_orders.closed_at IS NULL
    AND work_orders.state IN ('proposed', 'dispatched', 'declined', 'accepted', 'on_site')
    AND work_orders.source NOT IN ('plan', 'joint_call', 'supervision')
    AND NOT coalesce(alarms.is_drill, false)
    AND (
        (
            %(asset_id)s::int IS NOT NULL AND work_orders.asset_id = %(asset_id)s
            AND (work_orders.cause = %(cause)s OR work_orders.alarm_id IS NOT NULL)
        )
        OR (
            %(asset_id)s::int IS NULL AND work_orders.asset_id IS NULL
            AND work_orders.place_path = %(place_path)s::ltree AND work_orders.cause = %(cause)s
        )
    )
ORDER BY work_orders.id
LIMIT 1;

-- name: made_of
-- What was made of a report.
SELECT alarm_id, order_id, place_path::text, asset_id FROM reports WHERE act_id = %(act_id)s;

-- name: order_word
-- What the sender is told of an order.
SELECT work_orders.number, work_orders.state, work_orders.version, coalesce(organisations.name_zh, '')
FROM work_orders
LEFT JOIN organisations ON organisations.id = work_orders.owner_id
WHERE work_orders.id = %(order_id)s;

-- name: cases_behind
-- A case whose order has gone on since the sender was told; one that was closed over a month ago cannot
-- be reopened.
SELECT cases.id
FROM cases
JOIN work_orders ON work_orders.id = cases.order_id
WHERE (cases.closed_at IS NULL OR cases.closed_at > %(since)s)
    AND cases.state <> 'withdrawn'
    AND work_orders.version > cases.order_version
ORDER BY cases.id
LIMIT 1
FOR UPDATE OF cases SKIP LOCKED;

-- name: case_without_order
-- A case of an alarm that has got its order since, or that ended without one.
SELECT cases.id, newest.id, alarms.closed_at IS NOT NULL
FROM cases
JOIN alarms ON alarms.id = cases.alarm_id
LEFT JOIN LATERAL (
    SELECT max(work_orders.id) AS id FROM work_orders WHERE work_orders.alarm_id = cases.alarm_id
) AS newest ON true
WHERE cases.closed_at IS NULL AND cases.order_id IS NULL
    AND (newest.id IS NOT NULL OR alarms.closed_at IS NOT NULL)
ORDER BY cases.id
LIMIT 1
FOR UPDATE OF cases SKIP LOCKED;

-- name: order_moves
-- What an order went through after a version, in its order; its versions have no gap, since whoever
-- moves it holds its row.
SELECT work_order_transitions.version, work_order_transitions.trigger,
    work_order_transitions.to_state, work_order_transitions.note
FROM work_order_transitions
WHERE work_order_transitions.order_id = %(order_id)s AND work_order_transitions.version > %(version)s
ORDER BY work_order_transitions.version, work_order_transitions.id
LIMIT 500;

-- name: survivor
-- The order that does the work of a merged one.
SELECT merged_into FROM work_orders WHERE id = %(order_id)s;

-- name: has_other_case
-- Whether an order is another case's too.
SELECT EXISTS (
    SELECT FROM cases
    WHERE cases.order_id = %(order_id)s AND cases.id <> %(id)s AND cases.state <> 'withdrawn'
);

-- name: add_notice
-- What the sender is told, in the outbox; nobody else is.
WITH added AS (
    INSERT INTO notices (
        alarm_id, order_id, place_path, target, kind, body, is_life_safety, created_at, next_at
    )
    VALUES (
        %(alarm_id)s, %(order_id)s, %(place_path)s::ltree, 'case', %(kind)s, %(body)s::jsonb,
        %(is_life_safety)s, %(now)s, %(now)s
    )
    RETURNING id
)
INSERT INTO case_notices (notice_id, case_id, version, system)
SELECT added.id, %(case_id)s, %(version)s, %(system)s FROM added;

-- name: take_case_notice
-- The next notice for a platform, leased, so that a crash only delays it: of each case the oldest that
-- waits. A moment further off than any pause was written by a clock that has been set back since.
UPDATE notices
SET attempts = attempts + 1, next_at = %(lease_until)s
WHERE id = (
    SELECT notices.id
    FROM case_notices
    JOIN notices ON notices.id = case_notices.notice_id
    WHERE case_notices.system = %(system)s AND notices.state = 'waiting'
        AND (notices.next_at <= %(now)s OR notices.next_at > %(far)s)
        AND NOT EXISTS (
            SELECT FROM case_notices AS earlier
            JOIN notices AS waiting ON waiting.id = earlier.notice_id
            WHERE earlier.case_id = case_notices.case_id AND earlier.version < case_notices.version
                AND waiting.state = 'waiting'
        )
    ORDER BY notices.is_life_safety DESC, notices.next_at, notices.id
    LIMIT 1
    FOR UPDATE OF notices SKIP LOCKED
)
RETURNING id::text, alarm_id, place_path::text, kind, body::text, is_life_safety, created_at, attempts;

-- name: callback
-- Where a platform takes notices now.
SELECT callback_url FROM case_systems WHERE code = %(code)s AND removed_at IS NULL;

-- name: add_key
-- A key of another platform; the key itself is nowhere.
INSERT INTO exchange_keys (key_hash, hint, case_system, agreement, created_at, created_by)
VALUES (%(key_hash)s, %(hint)s, %(case_system)s, %(agreement)s, %(now)s, %(by)s);

-- name: revoke_keys
-- The former keys of a platform or an agreement open nothing any more.
UPDATE exchange_keys
SET revoked_at = %(now)s
WHERE revoked_at IS NULL
    AND (case_system = %(case_system)s OR agreement = %(agreement)s);

-- name: party
-- Whose key it is.
SELECT case_system, agreement FROM exchange_party(%(key_hash)s);

-- name: add_agreement
-- What another platform may read, below the place of that code.
INSERT INTO agreements (
    code, party, dataset, fields, unmasked, purpose, legal_basis, place_path, begins_at, ends_at,
    added_by, added_at
)
SELECT %(code)s, %(party)s, %(dataset)s, %(fields)s, %(unmasked)s, %(purpose)s, %(legal_basis)s,
    places.path, %(begins_at)s, %(ends_at)s, %(by)s, %(now)s
FROM places
WHERE places.code = %(place)s AND places.closed_at IS NULL
ON CONFLICT (code) DO NOTHING
RETURNING code;

-- name: agreements
-- Agreements, the newest first; those of a code, when one is named.
SELECT agreements.code, agreements.party, agreements.dataset, agreements.fields, agreements.unmasked,
    agreements.purpose, agreements.legal_basis, agreements.place_path::text, agreements.begins_at,
    agreements.ends_at, agreements.added_by, agreements.added_at, agreements.ended_at, agreements.ended_by,
    agreements.end_reason
FROM agreements
WHERE (%(code)s::text IS NULL OR agreements.code = %(code)s)
    AND (
        %(after_at)s::timestamptz IS NULL
        OR (agreements.added_at, agreements.code) < (%(after_at)s, %(after_code)s)
    )
ORDER BY agreements.added_at DESC, agreements.code DESC
LIMIT %(limit)s;

-- name: end_agreement
-- An agreement is withdrawn; it gives nothing from now on.
UPDATE agreements
SET ended_at = %(now)s, ended_by = %(by)s, end_reason = %(reason)s
WHERE code = %(code)s AND ended_at IS NULL
RETURNING code;

-- name: agreement_of_key
-- What the agreement of a key gives.
SELECT code, dataset, fields, unmasked, place_path::text, begins_at, ends_at, ended_at, hint
FROM agreement_of_key(%(key_hash)s);

-- name: log_export
-- A page that is about to be given is written down, if its agreement is in force at this moment.
INSERT INTO agreement_exports (agreement, at, reader, format, fields, "rows", sha256)
SELECT agreements.code, %(now)s, %(reader)s, %(format)s, %(fields)s, %(count)s, %(sha256)s
FROM agreements
WHERE agreements.code = %(code)s AND agreements.begins_at <= %(now)s AND agreements.ends_at > %(now)s
    AND agreements.ended_at IS NULL AND %(fields)s::text[] <@ agreements.fields
RETURNING id;

-- name: exports
-- What was given under an agreement, the newest first.
SELECT id, agreement, at, reader, format, fields, "rows", encode(sha256, 'hex')
FROM agreement_exports
WHERE agreement = %(code)s AND (%(after)s::bigint IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: dataset_orders
-- Work orders of a place, by id.
SELECT work_orders.id, work_orders.number, work_orders.state, work_orders.title, work_orders.detail,
    work_orders.source, work_orders.cause, work_orders.place_path::text AS place_path,
    coalesce(assets.code, '') AS asset, coalesce(organisations.name_zh, '') AS owner,
    work_orders.assignee, work_orders.opened_at, work_orders.accepted_at, work_orders.arrived_at,
    work_orders.restored_at, work_orders.verified_at, work_orders.closed_at, work_orders.result
FROM work_orders
LEFT JOIN assets ON assets.id = work_orders.asset_id
LEFT JOIN organisations ON organisations.id = work_orders.owner_id
WHERE work_orders.place_path <@ %(place_path)s::ltree AND work_orders.id > %(after)s
ORDER BY work_orders.id
LIMIT %(limit)s;

-- name: dataset_alarms
-- Alarms of a place, by id.
SELECT alarms.id, alarms.event, alarms.state, alarms.severity, alarms.is_life_safety, alarms.is_drill,
    alarms.confirmation, alarms.text, alarms.place_path::text AS place_path,
    assets.code AS asset, coalesce(organisations.name_zh, '') AS responsible, alarms.raised_at,
    alarms.acknowledged_at, alarms.acknowledged_by, alarms.closed_at
FROM alarms
JOIN assets ON assets.id = alarms.asset_id
LEFT JOIN organisations ON organisations.id = alarms.responsible_id
WHERE alarms.place_path <@ %(place_path)s::ltree AND alarms.id > %(after)s
ORDER BY alarms.id
LIMIT %(limit)s;

-- name: dataset_cases
-- Cases of a place, by id.
SELECT cases.id, cases.system, cases.number, cases.state, cases.category, cases.text, cases.contact,
    cases.place_path::text AS place_path, coalesce(assets.code, '') AS asset,
    coalesce(work_orders.number, '') AS "order", cases.reported_at, cases.received_at, cases.closed_at
FROM cases
LEFT JOIN assets ON assets.id = cases.asset_id
LEFT JOIN work_orders ON work_orders.id = cases.order_id
WHERE cases.place_path <@ %(place_path)s::ltree AND cases.id > %(after)s
ORDER BY cases.id
LIMIT %(limit)s;

-- name: dataset_assets
-- Assets of a place, by id.
SELECT assets.id, assets.code, assets.class, assets.name_zh AS name, places.path::text AS place_path,
    coalesce(organisations.name_zh, '') AS maintainer, assets.registered_at, assets.commissioned_at,
    assets.retired_at
FROM assets
JOIN places ON places.id = assets.place_id
LEFT JOIN organisations ON organisations.id = assets.maintainer_id
WHERE places.path <@ %(place_path)s::ltree AND assets.id > %(after)s
ORDER BY assets.id
LIMIT %(limit)s;

-- name: dataset_measures
-- Measures of supervision of a place, by id.
SELECT measures.id, measures.number, measures.kind, measures.stage, measures.subject, measures.period,
    measures.place_path::text AS place_path, organisations.name_zh AS company, measures.due,
    measures.opened_at, measures.closed_at
FROM measures
JOIN organisations ON organisations.id = measures.company_id
WHERE measures.place_path <@ %(place_path)s::ltree AND measures.id > %(after)s
ORDER BY measures.id
LIMIT %(limit)s;

-- name: where
-- The path of a place or of an asset's place, within the sender's area; the asset says more.
SELECT places.path::text, assets.id
FROM places
LEFT JOIN assets ON assets.place_id = places.id AND assets.code = %(asset)s AND assets.retired_at IS NULL
WHERE places.closed_at IS NULL AND places.path <@ %(path)s::ltree
    AND CASE WHEN %(asset)s = '' THEN places.code = %(place)s ELSE assets.id IS NOT NULL END
LIMIT 1;
