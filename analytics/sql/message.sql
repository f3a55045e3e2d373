-- name: claim_notices
-- Notices that nobody has spread yet, life safety first.
SELECT
    notices.id::text,
    notices.alarm_id,
    notices.place_path::text,
    notices.organisation_id,
    notices.target,
    notices.kind,
    notices.body::text,
    notices.is_life_safety,
    notices.order_id IS NOT NULL,
    notices.created_at
FROM notice_work
JOIN notices ON notices.id = notice_work.notice_id
WHERE NOT notice_work.notice_id = ANY (%(set_aside)s::uuid[])
ORDER BY notices.is_life_safety DESC, notices.created_at, notices.id
LIMIT %(limit)s
FOR UPDATE OF notice_work SKIP LOCKED;

-- name: drop_notice_work
-- These notices are spread.
DELETE FROM notice_work WHERE notice_id = ANY (%(notices)s::uuid[]);

-- name: give_up_call
-- A notice to a telephone that nobody has.
UPDATE notices
SET state = 'given_up', last_error = %(error)s
WHERE id = %(id)s::uuid AND target = 'call' AND state = 'waiting';

-- name: settle_call
-- A notice to a telephone is delivered when somebody took the call up.
UPDATE notices
SET state = 'delivered', delivered_at = %(now)s, receipt = told.receipt
FROM notice_messages AS told
WHERE told.id = %(id)s::uuid
    AND notices.id = told.notice_id
    AND notices.target = 'call'
    AND notices.state = 'waiting'
    AND told.read_at IS NOT NULL;

-- name: contacts_of
-- How organisations are told.
SELECT
    notice_contacts.id,
    notice_contacts.organisation_id,
    organisations.code,
    notice_contacts.role,
    notice_contacts.channel,
    notice_contacts.address_key,
    notice_contacts.hears,
    notice_contacts.language,
    notice_contacts.after_s,
    notice_contacts.rounds,
    notice_contacts.every_s,
    notice_contacts.quiet_from,
    notice_contacts.quiet_until,
    coalesce(notice_contacts.person, '')
FROM notice_contacts
JOIN organisations ON organisations.id = notice_contacts.organisation_id
WHERE notice_contacts.removed_at IS NULL
    AND (%(organisations)s::int[] IS NULL OR notice_contacts.organisation_id = ANY (%(organisations)s::int[]))
ORDER BY notice_contacts.organisation_id, notice_contacts.after_s, notice_contacts.id
LIMIT 100000;

-- name: shifts_of
-- The rosters of some persons: at desks, with the place, and of technicians, with the firm.
SELECT desk_shifts.person, desk_shifts.weekday, desk_shifts.starts_at, desk_shifts.ends_at, places.path::text,
    NULL::int AS organisation_id
FROM desk_shifts
JOIN places ON places.id = desk_shifts.place_id
WHERE desk_shifts.person = ANY (%(persons)s::text[])
UNION ALL
SELECT technician_shifts.technician, technician_shifts.weekday, technician_shifts.starts_at,
    technician_shifts.ends_at, NULL, technicians.organisation_id
FROM technician_shifts
JOIN technicians ON technicians.name = technician_shifts.technician
WHERE technician_shifts.technician = ANY (%(persons)s::text[]) AND technicians.left_at IS NULL
ORDER BY 1, 2, 3
LIMIT 100000;

-- name: full_targets
-- Targets whose queue is full.
SELECT asked.address_key
FROM unnest(%(targets)s::text[]) AS asked (address_key)
WHERE (
    SELECT count(*)
    FROM (
        SELECT FROM notice_messages
        WHERE notice_messages.address_key = asked.address_key AND notice_messages.state = 'waiting'
        LIMIT %(most)s
    ) AS waiting
) >= %(most)s;

-- name: add_messages
-- One row for each contact and round of a notice, once.
INSERT INTO notice_messages (
    notice_id, contact_id, round, organisation_id, role, channel, address_key, alarm_id, place_path,
    is_life_safety, created_at, next_at, state, token, duty, is_first
)
SELECT
    new.notice_id, new.contact_id, new.round, new.organisation_id, new.role, new.channel,
    new.address_key, new.alarm_id, new.place_path::ltree, new.is_life_safety, new.created_at,
    new.next_at, new.state, new.token, new.duty, new.is_first
FROM jsonb_to_recordset(%(rows)s::jsonb) AS new (
    notice_id uuid, contact_id int, round int, organisation_id int, role text, channel text,
    address_key text, alarm_id bigint, place_path text, is_life_safety boolean,
    created_at timestamptz, next_at timestamptz, state text, token text, duty text, is_first boolean
)
ON CONFLICT DO NOTHING;

-- name: due_message
-- The next message that is due at a target that is free, with how it stands. A moment further off
-- than any pause was written by a clock that has been set back since: it does not count. That the desk
-- has seen an alarm, or that its button was let go, settles nothing for whoever was sent to the rescue
-- or given the order and has not accepted it. What was never tried goes before what an outage has left:
-- a fresh fire waits for no backlog.
SELECT
    told.id::text,
    told.notice_id::text,
    told.organisation_id,
    told.alarm_id,
    told.place_path::text,
    told.channel,
    told.address_key,
    told.is_life_safety,
    told.created_at,
    told.attempts,
    told.token,
    notices.body::text,
    notice_contacts.language,
    notice_contacts.quiet_from,
    notice_contacts.quiet_until,
    coalesce(told.is_first, told.round = 0 AND notice_contacts.after_s = 0) AS is_first,
    EXISTS (
        SELECT FROM notice_messages AS other
        WHERE other.notice_id = told.notice_id
            AND other.organisation_id = told.organisation_id
            AND other.taken_at IS NOT NULL
    ) AS is_taken,
    CASE
        WHEN notices.kind IN ('rescue.dispatched', 'rescue.taken_over', 'rescue.overdue') AND EXISTS (
            SELECT FROM rescues
            WHERE rescues.alarm_id = told.alarm_id
                AND rescues.owner_id = told.organisation_id
                AND rescues.accepted_at IS NULL
                AND rescues.arrived_at IS NULL
                AND rescues.stage <> 'released'
                AND rescues.closed_at IS NULL
        ) THEN false
        WHEN notices.kind = 'order.dispatched' AND EXISTS (
            SELECT FROM work_orders
            WHERE work_orders.id = notices.order_id
                AND work_orders.owner_id = told.organisation_id
                AND work_orders.state = 'dispatched'
        ) THEN false
        ELSE coalesce(alarms.closed_at IS NOT NULL OR alarms.acknowledged_at >= told.created_at, false)
    END AS is_seen
FROM notice_messages AS told
JOIN notices ON notices.id = told.notice_id
JOIN notice_contacts ON notice_contacts.id = told.contact_id
LEFT JOIN alarms ON alarms.id = told.alarm_id
WHERE told.state = 'waiting'
    AND (told.next_at <= %(now)s OR told.created_at > %(now)s + interval '1 minute')
    AND NOT told.address_key = ANY (%(busy)s::text[])
    AND (told.is_life_safety OR NOT %(only_life_safety)s)
ORDER BY told.is_life_safety DESC, told.attempts > 0, told.next_at, told.id
LIMIT 1
FOR UPDATE OF told SKIP LOCKED;

-- name: begin_attempt
-- The message is on its way; after a crash it is tried again when the lease is over.
UPDATE notice_messages
SET attempts = attempts + 1, next_at = %(lease_until)s
WHERE id = %(id)s::uuid;

-- name: renew_leases
-- These messages are on their way still.
UPDATE notice_messages
SET next_at = %(lease_until)s
WHERE id = ANY (%(messages)s::uuid[]) AND state = 'waiting';

-- name: give_back
-- The process ends before their answers have come: the next one tries them at once, with their ids.
UPDATE notice_messages
SET next_at = %(now)s, attempts = greatest(attempts - 1, 0)
WHERE id = ANY (%(messages)s::uuid[]) AND state = 'waiting';

-- name: put_off
-- The message waits for the end of quiet hours.
UPDATE notice_messages SET next_at = %(next_at)s WHERE id = %(id)s::uuid;

-- name: mark_unneeded
-- Somebody took the notice before this message was due.
UPDATE notice_messages SET state = 'unneeded' WHERE id = %(id)s::uuid AND state = 'waiting';

-- name: mark_sent
-- The other side has the message; what became of a call is kept too.
UPDATE notice_messages
SET state = CASE WHEN %(result)s = 'not_answered' THEN 'not_answered' ELSE 'delivered' END,
    delivered_at = %(now)s,
    receipt = %(receipt)s,
    last_error = NULL,
    read_at = CASE WHEN %(result)s IN ('answered', 'taken') THEN %(now)s ELSE read_at END,
    taken_at = CASE WHEN %(result)s = 'taken' THEN %(now)s ELSE taken_at END
WHERE id = %(id)s::uuid;

-- name: mark_unsent
-- The other side does not have the message; it is tried again, or given up.
UPDATE notice_messages
SET state = CASE WHEN %(next_at)s::timestamptz IS NULL THEN 'given_up' ELSE 'waiting' END,
    next_at = coalesce(%(next_at)s, next_at),
    last_error = left(%(error)s, 500)
WHERE id = %(id)s::uuid AND state = 'waiting';

-- name: hasten_next
-- What comes next for this notice in this organisation is due now.
UPDATE notice_messages
SET next_at = %(now)s
WHERE notice_id = %(notice_id)s::uuid
    AND organisation_id = %(organisation_id)s
    AND state = 'waiting'
    AND attempts = 0
    AND next_at > %(now)s
    AND next_at = (
        SELECT min(later.next_at)
        FROM notice_messages AS later
        WHERE later.notice_id = %(notice_id)s::uuid
            AND later.organisation_id = %(organisation_id)s
            AND later.state = 'waiting'
            AND later.attempts = 0
    );

-- name: hasten_clock
-- Nobody of the organisation that was told last can be reached: the alarm's chain goes on now.
UPDATE clocks
SET due_at = %(now)s
WHERE clocks.alarm_id = %(alarm_id)s
    AND clocks.kind = 'acknowledge'
    AND clocks.state = 'running'
    AND clocks.due_at > %(now)s
    AND NOT EXISTS (
        SELECT FROM notice_messages AS open
        WHERE open.notice_id = %(notice_id)s::uuid
            AND open.organisation_id = %(organisation_id)s
            AND (
                open.taken_at IS NOT NULL
                OR (open.state = 'waiting' AND (open.last_error IS NULL OR open.attempts < %(failed_after)s))
            )
    )
    AND NOT EXISTS (
        SELECT FROM notices AS own
        JOIN notices AS later ON later.alarm_id = own.alarm_id AND later.created_at > own.created_at
        WHERE own.id = %(notice_id)s::uuid
            AND later.target = 'desk'
            AND later.organisation_id IS DISTINCT FROM %(organisation_id)s
    );

-- name: claim_receipts
-- What came back and nobody has looked at.
SELECT
    notice_receipts.id,
    notice_receipts.kind,
    notice_receipts.at,
    told.id::text,
    told.notice_id::text,
    told.organisation_id,
    told.alarm_id,
    told.place_path::text,
    told.is_life_safety
FROM notice_receipts
JOIN notice_messages AS told ON told.id = notice_receipts.message_id
WHERE notice_receipts.handled_at IS NULL
ORDER BY notice_receipts.id
LIMIT %(limit)s
FOR UPDATE OF notice_receipts SKIP LOCKED;

-- name: settle_receipt
-- A receipt was looked at.
UPDATE notice_receipts SET handled_at = %(now)s WHERE id = %(id)s;

-- name: note_read
-- Somebody looked at the message or took the call; both hold from the first time.
UPDATE notice_messages
SET read_at = coalesce(read_at, %(at)s),
    taken_at = CASE WHEN %(is_taken)s THEN coalesce(taken_at, %(at)s) ELSE taken_at END,
    state = CASE WHEN state = 'not_answered' THEN 'delivered' ELSE state END
WHERE id = %(id)s::uuid;

-- name: note_not_answered
-- Nobody took up a call.
UPDATE notice_messages
SET state = 'not_answered'
WHERE id = %(id)s::uuid AND state = 'delivered' AND channel = 'call' AND read_at IS NULL;

-- name: ring_out
-- Calls of which nothing was heard since: they count as not answered.
UPDATE notice_messages
SET state = 'not_answered'
WHERE id = ANY (ARRAY(
    SELECT rung.id FROM notice_messages AS rung
    WHERE rung.state = 'delivered' AND rung.channel = 'call' AND rung.read_at IS NULL
        AND rung.delivered_at < %(before)s
    ORDER BY rung.delivered_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
))
RETURNING id::text, notice_id::text, organisation_id, alarm_id, place_path::text, is_life_safety;

-- name: count_messages
-- How many messages and notices wait, counted up to 100,000 each, and since when the oldest is due.
SELECT
    (SELECT count(*) FROM (SELECT FROM notice_messages WHERE state = 'waiting' LIMIT 100000) AS waiting),
    (SELECT count(*) FROM (SELECT FROM notice_work LIMIT 100000) AS unspread),
    (
        SELECT min(next_at) FROM notice_messages
        WHERE state = 'waiting' AND is_life_safety
    );

-- name: organisation_ids
-- Organisations by their codes.
SELECT code, id FROM organisations WHERE code = ANY (%(codes)s::text[]) ORDER BY code LIMIT 100000;

-- name: remove_contacts
-- Contacts are replaced as a whole; their messages keep them.
UPDATE notice_contacts SET removed_at = %(now)s WHERE removed_at IS NULL;

-- name: add_contact
-- One contact.
INSERT INTO notice_contacts (
    organisation_id, role, channel, address_key, language, hears, after_s, rounds, every_s,
    quiet_from, quiet_until, person
) VALUES (
    %(organisation_id)s, %(role)s, %(channel)s, %(address_key)s, %(language)s, %(hears)s, %(after_s)s,
    %(rounds)s, %(every_s)s, %(quiet_from)s, %(quiet_until)s, %(person)s
);
