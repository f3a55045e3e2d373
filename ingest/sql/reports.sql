-- name: ledger_totals
-- Each gateway and lane since its first stream: what was sent and what became of it.
SELECT
    ledgers.gateway,
    ledgers.lane,
    sum(ledgers.next_seq - 1)::bigint AS sent,
    sum(ledgers.stored)::bigint AS stored,
    sum(ledgers.quarantined)::bigint AS quarantined,
    sum(ledgers.shed_messages)::bigint AS shed,
    sum(ledgers.missing)::bigint AS missing,
    sum(ledgers.next_seq - 1 - coalesce(settled.numbers, 0))::bigint AS in_flight,
    sum(ledgers.duplicates)::bigint AS duplicates,
    sum(ledgers.samples)::bigint AS samples,
    sum(ledgers.samples_refused)::bigint AS samples_refused,
    max(ledgers.last_at) AS last_at
FROM ledgers
LEFT JOIN LATERAL (
    SELECT sum(upper(part.numbers) - lower(part.numbers)) AS numbers
    FROM unnest(ledgers.received) AS part (numbers)
) AS settled ON true
WHERE %(gateway)s::text IS NULL OR ledgers.gateway = %(gateway)s
GROUP BY ledgers.gateway, ledgers.lane
ORDER BY ledgers.gateway, ledgers.lane
LIMIT %(most)s;

-- name: ledger_hours
-- The same by the hour of receipt, newest first.
SELECT
    hour,
    gateway,
    lane,
    stored,
    quarantined,
    shed,
    missing,
    duplicates,
    samples,
    samples_refused
FROM ledger_hours
WHERE hour >= %(since)s AND (%(gateway)s::text IS NULL OR gateway = %(gateway)s)
ORDER BY hour DESC, gateway, lane
LIMIT %(most)s;

-- name: quarantine_list
-- Messages kept aside, newest first; `before` turns the page.
SELECT
    id,
    received_at,
    gateway,
    lane,
    topic,
    stream,
    seq,
    reason,
    detail,
    octet_length(payload) AS bytes,
    refused IS NOT NULL AS is_partly_stored,
    is_cut,
    replayed_at,
    coalesce(replay_note, '') AS note
FROM quarantine
WHERE (%(gateway)s::text IS NULL OR gateway = %(gateway)s)
    AND (%(reason)s::text IS NULL OR reason = %(reason)s)
    AND (%(before)s::bigint IS NULL OR id < %(before)s)
ORDER BY id DESC
LIMIT %(most)s;

-- name: quarantine_message
-- One message with its bytes, locked against a second replay.
SELECT
    id,
    received_at,
    gateway,
    lane,
    topic,
    stream,
    seq,
    reason,
    detail,
    coalesce(refused::text, '') AS refused,
    payload,
    is_cut,
    replayed_at,
    coalesce(replay_note, '') AS note
FROM quarantine
WHERE id = %(id)s
FOR UPDATE;

-- name: settle_quarantine
-- A person has dealt with a message: it was replayed or put aside for good.
UPDATE quarantine
SET replayed_at = %(now)s, replay_note = %(note)s
WHERE id = %(id)s;

-- name: stored_values
-- What is stored already of some assets in a stretch of time.
SELECT
    asset_id,
    (extract(epoch FROM at) * 1000)::bigint AS at_ms,
    {columns}
FROM {table}
WHERE asset_id = ANY (%(assets)s)
    AND at BETWEEN %(first)s AND %(last)s
ORDER BY asset_id, at;
