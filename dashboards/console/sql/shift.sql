-- name: summary
-- What stands at the desk now, within the scope: counts that a handover fixes.
SELECT
    count(*) FILTER (WHERE alarms.is_life_safety) AS life_safety,
    count(*) FILTER (WHERE NOT alarms.is_life_safety) AS other,
    count(*) FILTER (WHERE alarms.state IN (
        'unacknowledged', 'returned_unacknowledged', 'latched_unacknowledged'
    )) AS unacknowledged,
    count(*) FILTER (WHERE alarms.state IN ('shelved', 'suppressed', 'out_of_service')) AS held,
    (SELECT count(*) FROM work_orders WHERE work_orders.closed_at IS NULL) AS orders,
    (SELECT count(*) FROM asset_contacts WHERE asset_contacts.silent_since IS NOT NULL) AS silent,
    coalesce(
        array_agg(alarms.id ORDER BY alarms.is_life_safety DESC, alarms.severity, alarms.id)
            FILTER (WHERE alarms.is_life_safety OR alarms.severity IN ('critical', 'major')),
        '{}'
    ) AS urgent
FROM alarms
WHERE alarms.closed_at IS NULL;

-- name: offer
-- Somebody hands over: what stands is fixed, for the other to sign.
INSERT INTO shift_handovers (
    desk, place_paths, begun_at, offered_at, given_by, notes, summary, digest
)
VALUES (
    %(desk)s, %(paths)s::ltree[],
    (
        SELECT max(former.taken_at)
        FROM shift_handovers AS former
        WHERE former.desk = %(desk)s AND former.taken_by = %(by)s
    ),
    %(now)s, %(by)s, %(notes)s, %(summary)s::jsonb, %(digest)s
)
RETURNING id;

-- name: take
-- The other signs; once, and never the one who gave it.
UPDATE shift_handovers
SET taken_by = %(by)s, taken_at = %(now)s, reply = %(reply)s
WHERE id = %(id)s AND taken_by IS NULL AND given_by <> %(by)s
RETURNING id;

-- name: handovers
-- Handovers of the scope, the newest first.
SELECT
    shift_handovers.id,
    shift_handovers.desk,
    shift_handovers.begun_at,
    shift_handovers.offered_at,
    shift_handovers.given_by,
    giver.display_name AS giver,
    shift_handovers.taken_by,
    taker.display_name AS taker,
    shift_handovers.taken_at,
    shift_handovers.notes,
    shift_handovers.reply,
    shift_handovers.summary,
    encode(shift_handovers.digest, 'hex') AS digest
FROM shift_handovers
JOIN users AS giver ON giver.name = shift_handovers.given_by
LEFT JOIN users AS taker ON taker.name = shift_handovers.taken_by
ORDER BY shift_handovers.id DESC
LIMIT %(limit)s;
