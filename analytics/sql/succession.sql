-- name: claim_change
-- The oldest merger or split that nobody has followed up, with the places' paths as they are now; the
-- codes of places stay, and are the last labels of their paths. A second worker waits for the first.
WITH work AS (
    SELECT place_change_work.change_id
    FROM place_change_work
    ORDER BY place_change_work.change_id
    LIMIT 1
    FOR UPDATE
)
SELECT
    place_changes.id,
    place_changes.kind,
    place_changes.changed_at,
    ARRAY(
        SELECT places.path::text
        FROM unnest(place_changes.from_paths) WITH ORDINALITY AS origin (path, n)
        JOIN places ON places.code = ltree2text(subpath(origin.path, -1, 1))
        ORDER BY origin.n
    ),
    ARRAY(
        SELECT places.path::text
        FROM unnest(place_changes.to_paths) WITH ORDINALITY AS heir (path, n)
        JOIN places ON places.code = ltree2text(subpath(heir.path, -1, 1))
        WHERE NOT heir.path = ANY (place_changes.from_paths)
        ORDER BY heir.n
    )
FROM work
JOIN place_changes ON place_changes.id = work.change_id;

-- name: drop_change
-- It has been followed up.
DELETE FROM place_change_work WHERE change_id = %(change_id)s;

-- name: versions_to_come
-- The matrix in force, and those that will be.
SELECT duty_versions.id, duty_versions.name, duty_versions.valid_from, duty_versions.checksum
FROM duty_versions
WHERE duty_versions.withdrawn_at IS NULL
    AND duty_versions.valid_from >= coalesce(
        (
            SELECT max(former.valid_from)
            FROM duty_versions AS former
            WHERE former.withdrawn_at IS NULL AND former.valid_from <= %(at)s
        ),
        '-infinity'
    )
ORDER BY duty_versions.id
LIMIT 1000;

-- name: add_line
-- A line that an heir has from now on.
INSERT INTO duties (
    version_id, line, key, event, asset_class, place_path, calendar, responsible, order_to, joint,
    chain, acknowledge_s, confirm_s, accept_s, arrive_s, restore_s, close_s, opens_order,
    tells_bureau, note_zh, note_en, basis, change_id
)
VALUES (
    %(version_id)s, %(line)s, %(key)s, %(event)s, %(asset_class)s, %(place_path)s::ltree, %(calendar)s,
    %(responsible)s, %(order_to)s, %(joint)s, %(chain)s, %(acknowledge_s)s, %(confirm_s)s, %(accept_s)s,
    %(arrive_s)s, %(restore_s)s, %(close_s)s, %(opens_order)s, %(tells_bureau)s, %(note_zh)s, %(note_en)s,
    %(basis)s, %(change_id)s
)
RETURNING id;

-- name: replace_line
-- Another line stands in its place; alarms that were born under it keep it.
UPDATE duties SET replaced_by = %(by)s WHERE id = %(id)s;

-- name: add_zone
-- The clock on the wall of a place that was split off; one that is there stays.
INSERT INTO duty_zones (version_id, place_path, zone)
VALUES (%(version_id)s, %(place_path)s::ltree, %(zone)s)
ON CONFLICT DO NOTHING;

-- name: share_rosters
-- Whoever is at the desk of a place is at the desks of its heirs too.
INSERT INTO desk_shifts (place_id, person, weekday, starts_at, ends_at)
SELECT heir.id, desk_shifts.person, desk_shifts.weekday, desk_shifts.starts_at, desk_shifts.ends_at
FROM desk_shifts
JOIN places AS origin ON origin.id = desk_shifts.place_id AND origin.path = ANY (%(origins)s::ltree[])
JOIN places AS heir ON heir.path = ANY (%(heirs)s::ltree[])
ON CONFLICT DO NOTHING;

-- name: share_handovers
-- The registry passes parts on when it passes the whole on: so does what is open there.
INSERT INTO handovers (
    place_id, place_path, at, kind, from_id, to_id, reason, planned_at, planned_by, checklist_digest,
    unsigned_reason
)
SELECT
    heir.id, heir.path, handovers.at, handovers.kind, handovers.from_id, handovers.to_id, handovers.reason,
    handovers.planned_at, handovers.planned_by, handovers.checklist_digest,
    '拆分自 ' || origin.code || ',清单与签字见交接 #' || handovers.id
    || ' (split off: list and signatures are those of hand-over #' || handovers.id || ')'
FROM handovers
JOIN places AS origin ON origin.id = handovers.place_id AND origin.path = ANY (%(origins)s::ltree[])
JOIN places AS heir ON heir.path = ANY (%(heirs)s::ltree[])
WHERE handovers.state = 'planned'
ON CONFLICT (place_id, at) WHERE state <> 'cancelled' DO NOTHING;

-- name: add_handover
-- What is open at a merged place passes from whoever answered there to whoever answers for its successor.
INSERT INTO handovers (
    place_id, place_path, at, kind, from_id, to_id, reason, planned_at, planned_by, checklist_digest,
    unsigned_reason
)
SELECT
    heir.id, heir.path, %(at)s, coalesce(managements.kind, 'nobody'), %(from_id)s, %(to_id)s,
    %(origin)s || ' 并入 (merged)', %(at)s, 'platform', '', '合并,未办理交接手续 (merged: no hand-over was planned)'
FROM places AS heir
LEFT JOIN managements ON managements.place_id = heir.id AND managements.valid_during @> %(at)s::timestamptz
WHERE heir.path = %(heir)s::ltree
ON CONFLICT (place_id, at) WHERE state <> 'cancelled' DO NOTHING;

-- name: end_handovers
-- A place that is no more passes to nobody: its planned managements were called off with it.
UPDATE handovers
SET state = 'cancelled'
FROM places
WHERE places.id = handovers.place_id
    AND places.closed_at IS NOT NULL
    AND places.path = ANY (%(origins)s::ltree[])
    AND handovers.state = 'planned';
