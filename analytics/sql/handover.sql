-- name: compound
-- A compound that is open.
SELECT id, path::text, name_zh
FROM places
WHERE code = %(code)s AND level = 'compound' AND closed_at IS NULL;

-- name: equipment
-- Assets in service below a compound, with how many alarms of each are open.
SELECT assets.code, assets.name_zh, assets.class, count(alarms.id)::int
FROM assets
JOIN places ON places.id = assets.place_id
LEFT JOIN alarms ON alarms.asset_id = assets.id AND alarms.closed_at IS NULL
WHERE places.path <@ %(path)s::ltree
    AND assets.retired_at IS NULL
    AND NOT assets.is_placeholder
    AND NOT starts_with(assets.code, '@')
GROUP BY assets.id
ORDER BY assets.class, assets.code
LIMIT 10000;

-- name: add_handover
-- A hand-over that is planned; one of the same compound and time is there already.
INSERT INTO handovers (
    place_id, place_path, at, kind, from_id, to_id, reason, planned_at, planned_by, checklist_digest,
    unsigned_reason
)
VALUES (
    %(place_id)s, %(place_path)s::ltree, %(at)s, %(kind)s, %(from_id)s, %(to_id)s, %(reason)s,
    %(planned_at)s, %(planned_by)s, %(checklist_digest)s, %(unsigned_reason)s
)
ON CONFLICT (place_id, at) WHERE state <> 'cancelled' DO NOTHING
RETURNING id;

-- name: add_unplanned
-- Hand-overs for changes of the management that nobody planned as one: a manager begins, or one ends and
-- nobody follows. A place that was opened with its manager, as a part that was split off, changes no hands.
INSERT INTO handovers (
    place_id, place_path, at, kind, to_id, reason, planned_at, planned_by, checklist_digest, unsigned_reason
)
SELECT
    places.id, places.path, turns.at, coalesce(running.kind, 'nobody'), running.organisation_id,
    '登记册变更 (changed in the registry)', %(now)s, 'platform', '',
    '未办理交接手续 (no hand-over was planned)'
FROM (
    SELECT managements.place_id, lower(managements.valid_during) AS at FROM managements
    UNION
    SELECT managements.place_id, upper(managements.valid_during) FROM managements
) AS turns
JOIN places ON places.id = turns.place_id AND places.closed_at IS NULL AND places.opened_at < turns.at
LEFT JOIN managements AS running ON running.place_id = turns.place_id
    AND running.valid_during @> turns.at
WHERE turns.at > %(since)s
    AND turns.at <= %(now)s
    AND NOT EXISTS (
        SELECT
        FROM handovers
        WHERE handovers.place_id = turns.place_id
            AND handovers.at = turns.at
            AND handovers.state <> 'cancelled'
    )
ON CONFLICT (place_id, at) WHERE state <> 'cancelled' DO NOTHING;

-- name: add_item
-- One line of the check list.
INSERT INTO handover_items (handover_id, position, asset, item, condition, note)
VALUES (%(handover_id)s, %(position)s, %(asset)s, %(item)s, %(condition)s, %(note)s);

-- name: add_signature
-- A side signs, once.
INSERT INTO handover_signatures (handover_id, side, signer, role, signed_at, digest)
VALUES (%(handover_id)s, %(side)s, %(signer)s, %(role)s, %(signed_at)s, %(digest)s)
ON CONFLICT DO NOTHING
RETURNING side;

-- name: handovers
-- Hand-overs, or one of them, the newest first.
SELECT
    handovers.id,
    handovers.place_id,
    handovers.place_path::text,
    places.code,
    places.name_zh,
    handovers.at,
    handovers.kind,
    handovers.from_id,
    handovers.to_id,
    handovers.reason,
    handovers.planned_at,
    handovers.planned_by,
    handovers.state,
    handovers.done_at,
    handovers.checklist_digest,
    handovers.unsigned_reason
FROM handovers
JOIN places ON places.id = handovers.place_id
WHERE %(id)s::int IS NULL OR handovers.id = %(id)s
ORDER BY handovers.at DESC, handovers.id DESC
LIMIT 500;

-- name: items
-- The check list of a hand-over.
SELECT asset, item, condition, note
FROM handover_items
WHERE handover_id = %(id)s
ORDER BY position;

-- name: signatures
-- Who signed a hand-over.
SELECT side, signer, role, signed_at, digest
FROM handover_signatures
WHERE handover_id = %(id)s
ORDER BY signed_at, side;

-- name: moves
-- What passed to the new organisation.
SELECT what, subject_id, from_id, to_id, effective_at, moved_at, clocks
FROM handover_moves
WHERE handover_id = %(id)s
ORDER BY what, subject_id;

-- name: claim_due
-- A hand-over whose time has come, or that was carried out just now: what opened meanwhile by a
-- clock that was behind is moved too.
SELECT id
FROM handovers
WHERE (
        (state = 'planned' AND at <= %(now)s)
        OR (state = 'done' AND done_at > %(swept_since)s)
    )
    AND NOT id = ANY (%(set_aside)s::int[])
ORDER BY (state = 'planned') DESC, at
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: open_alarms
-- Alarms below a compound that opened before it changed hands, or before that was known, and are open,
-- locked, by where they were born or where their asset stands now; each passes once.
SELECT
    alarms.id, alarms.asset_id, alarms.place_path::text, alarms.duty_id, alarms.responsible_id,
    alarms.state, alarms.version
FROM alarms
JOIN assets ON assets.id = alarms.asset_id
JOIN places ON places.id = assets.place_id
WHERE alarms.closed_at IS NULL
    AND alarms.opened_at < %(until)s
    AND (alarms.place_path <@ %(path)s::ltree OR places.path <@ %(path)s::ltree)
    AND NOT EXISTS (
        SELECT
        FROM handover_moves AS moves
        WHERE moves.handover_id = %(handover_id)s
            AND moves.what = 'alarm'
            AND moves.subject_id = alarms.id
    )
ORDER BY alarms.id
FOR UPDATE OF alarms;

-- name: open_orders
-- The same for orders; one about a place has no asset.
SELECT
    work_orders.id, work_orders.asset_id, work_orders.place_path::text, work_orders.duty_id,
    work_orders.owner_id
FROM work_orders
LEFT JOIN assets ON assets.id = work_orders.asset_id
LEFT JOIN places ON places.id = assets.place_id
WHERE work_orders.closed_at IS NULL
    AND work_orders.opened_at < %(until)s
    AND (work_orders.place_path <@ %(path)s::ltree OR places.path <@ %(path)s::ltree)
    AND NOT EXISTS (
        SELECT
        FROM handover_moves AS moves
        WHERE moves.handover_id = %(handover_id)s
            AND moves.what = 'order'
            AND moves.subject_id = work_orders.id
    )
ORDER BY work_orders.id;

-- name: running_clocks
-- How many clocks run on alarms and orders.
SELECT alarm_id, order_id, count(*)::int
FROM clocks
WHERE state = 'running'
    AND (alarm_id = ANY (%(alarms)s::bigint[]) OR order_id = ANY (%(orders)s::bigint[]))
GROUP BY alarm_id, order_id
ORDER BY alarm_id, order_id;

-- name: pass_alarm
-- An open alarm passes to another organisation.
UPDATE alarms SET responsible_id = %(to_id)s, version = %(version)s WHERE id = %(id)s;

-- name: pass_rescues
-- Rescues that the former has not accepted pass with their alarms; who is on the way goes on.
UPDATE rescues
SET owner_id = passing.to_id, version = rescues.version + 1
FROM unnest(%(alarms)s::bigint[], %(from_ids)s::int[], %(to_ids)s::int[]) AS passing (alarm_id, from_id, to_id)
WHERE rescues.alarm_id = passing.alarm_id
    AND rescues.owner_id = passing.from_id
    AND rescues.closed_at IS NULL
    AND rescues.stage IN ('suspected', 'dispatched')
RETURNING rescues.id, rescues.alarm_id, rescues.owner_id, rescues.stage;

-- name: add_move
-- What passed, once.
INSERT INTO handover_moves (
    handover_id, what, subject_id, from_id, to_id, effective_at, moved_at, clocks
)
VALUES (
    %(handover_id)s, %(what)s, %(subject_id)s, %(from_id)s, %(to_id)s, %(effective_at)s, %(moved_at)s,
    %(clocks)s
)
ON CONFLICT DO NOTHING;

-- name: finish
-- A hand-over is carried out.
UPDATE handovers
SET state = 'done', done_at = %(now)s, from_id = %(from_id)s, to_id = %(to_id)s
WHERE id = %(id)s AND state = 'planned';

-- name: cancel
-- A hand-over that has not come never will.
UPDATE handovers SET state = 'cancelled' WHERE id = %(id)s AND state = 'planned' AND at > %(now)s
RETURNING id;
