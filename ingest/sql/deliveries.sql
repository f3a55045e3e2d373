-- name: open_origins
-- A row for each outbox that is heard for the first time. One that begins below what is known of
-- its gateway, or before any gateway of ours ran, has a clock that is behind: it counts as begun
-- now, and after all that is known. Who comes second waits here, and finds what was decided.
INSERT INTO ledger_origins (gateway, lane, origin, shift, first_at)
SELECT
    begun.gateway,
    begun.lane,
    begun.origin,
    CASE
        WHEN begun.origin > known.newest OR known.has_origin THEN 0
        ELSE least(greatest(known.newest + 1, %(present)s::bigint), %(last_age)s::bigint)
            - begun.origin
    END,
    %(now)s
FROM (
    SELECT DISTINCT opened.gateway, opened.lane, opened.origin
    FROM unnest(%(gateways)s::text[], %(lanes)s::text[], %(origins)s::bigint[])
        AS opened (gateway, lane, origin)
    WHERE opened.origin > 0
) AS begun
CROSS JOIN LATERAL (
    SELECT
        greatest(max(coalesce(ledgers.age, ledgers.stream)), %(earliest)s::bigint) AS newest,
        coalesce(bool_or(ledgers.stream = begun.origin), false) AS has_origin
    FROM ledgers
    WHERE ledgers.gateway = begun.gateway AND ledgers.lane = begun.lane
) AS known
ORDER BY begun.gateway, begun.lane, begun.origin
ON CONFLICT DO NOTHING;

-- name: open_ledgers
-- A row for each stream that is heard for the first time; in the order of locking.
INSERT INTO ledgers (gateway, lane, stream, age, first_at, last_at)
SELECT
    opened.gateway,
    opened.lane,
    opened.stream,
    opened.stream + coalesce(ledger_origins.shift, 0),
    %(now)s,
    %(now)s
FROM unnest(
    %(gateways)s::text[], %(lanes)s::text[], %(streams)s::bigint[], %(origins)s::bigint[]
) AS opened (gateway, lane, stream, origin)
LEFT JOIN ledger_origins USING (gateway, lane, origin)
ORDER BY opened.gateway, opened.lane, opened.stream
ON CONFLICT DO NOTHING;

-- name: lock_ledgers
-- The ledgers of a batch, locked in one order by every process, so that none waits in a circle.
SELECT
    ledgers.gateway,
    ledgers.lane,
    ledgers.stream,
    coalesce(ledgers.age, ledgers.stream),
    ledgers.received::text,
    ledgers.closed::text,
    ledgers.shed::text,
    ledgers.low,
    ledgers.next_seq,
    ledgers.stored,
    ledgers.quarantined,
    ledgers.duplicates,
    ledgers.missing,
    ledgers.shed_messages,
    ledgers.samples,
    ledgers.samples_refused
FROM ledgers
JOIN unnest(%(gateways)s::text[], %(lanes)s::text[], %(streams)s::bigint[])
    AS wanted (gateway, lane, stream) USING (gateway, lane, stream)
ORDER BY ledgers.gateway, ledgers.lane, ledgers.stream
FOR UPDATE OF ledgers;

-- name: update_ledgers
-- What the batch changed.
UPDATE ledgers
SET
    received = new.received::int8multirange,
    closed = new.closed::int8multirange,
    shed = new.shed::int8multirange,
    low = new.low,
    next_seq = new.next_seq,
    stored = new.stored,
    quarantined = new.quarantined,
    duplicates = new.duplicates,
    missing = new.missing,
    shed_messages = new.shed_messages,
    samples = new.samples,
    samples_refused = new.samples_refused,
    last_at = %(now)s
FROM unnest(
    %(gateways)s::text[], %(lanes)s::text[], %(streams)s::bigint[],
    %(received)s::text[], %(closed)s::text[], %(shed)s::text[],
    %(low)s::bigint[], %(next_seq)s::bigint[], %(stored)s::bigint[], %(quarantined)s::bigint[],
    %(duplicates)s::bigint[], %(missing)s::bigint[], %(shed_messages)s::bigint[],
    %(samples)s::bigint[], %(samples_refused)s::bigint[]
) AS new (
    gateway, lane, stream, received, closed, shed, low, next_seq, stored, quarantined,
    duplicates, missing, shed_messages, samples, samples_refused
)
WHERE ledgers.gateway = new.gateway
    AND ledgers.lane = new.lane
    AND ledgers.stream = new.stream;

-- name: add_hours
-- The same by the hour of receipt, per gateway and lane.
INSERT INTO ledger_hours AS hours (
    hour, gateway, lane, stored, quarantined, duplicates, shed, missing, samples, samples_refused
)
SELECT
    date_trunc('hour', %(now)s::timestamptz),
    added.gateway,
    added.lane,
    added.stored,
    added.quarantined,
    added.duplicates,
    added.shed,
    added.missing,
    added.samples,
    added.samples_refused
FROM unnest(
    %(gateways)s::text[], %(lanes)s::text[], %(stored)s::bigint[], %(quarantined)s::bigint[],
    %(duplicates)s::bigint[], %(shed)s::bigint[], %(missing)s::bigint[],
    %(samples)s::bigint[], %(samples_refused)s::bigint[]
) AS added (
    gateway, lane, stored, quarantined, duplicates, shed, missing, samples, samples_refused
)
ORDER BY added.gateway, added.lane
ON CONFLICT (hour, gateway, lane) DO UPDATE SET
    stored = hours.stored + excluded.stored,
    quarantined = hours.quarantined + excluded.quarantined,
    duplicates = hours.duplicates + excluded.duplicates,
    shed = hours.shed + excluded.shed,
    missing = hours.missing + excluded.missing,
    samples = hours.samples + excluded.samples,
    samples_refused = hours.samples_refused + excluded.samples_refused;

-- name: count_quarantine
-- Count bytes for quarantine against the day's cap; the answer includes what is being added.
INSERT INTO quarantine_days AS days (day, gateway, lane, bytes, messages)
SELECT
    (%(now)s::timestamptz AT TIME ZONE 'UTC')::date,
    added.gateway,
    added.lane,
    added.bytes,
    added.messages
FROM unnest(%(gateways)s::text[], %(lanes)s::text[], %(bytes)s::bigint[], %(messages)s::bigint[])
    AS added (gateway, lane, bytes, messages)
ORDER BY added.gateway, added.lane
ON CONFLICT (day, gateway, lane) DO UPDATE SET
    bytes = days.bytes + excluded.bytes,
    messages = days.messages + excluded.messages
RETURNING gateway, lane, bytes, messages;

-- name: insert_quarantine
-- Keep messages aside with their bytes and the reason.
INSERT INTO quarantine (
    received_at, gateway, lane, topic, stream, seq, reason, detail, refused, payload, is_cut
)
SELECT
    timestamptz 'epoch' + kept.received_ms * INTERVAL '1 millisecond',
    kept.gateway,
    kept.lane,
    kept.topic,
    kept.stream,
    kept.seq,
    kept.reason,
    kept.detail,
    kept.refused::jsonb,
    kept.payload,
    kept.is_cut
FROM unnest(
    %(received_ms)s::bigint[], %(gateways)s::text[], %(lanes)s::text[], %(topics)s::text[],
    %(streams)s::bigint[], %(seqs)s::bigint[], %(reasons)s::text[], %(details)s::text[],
    %(refused)s::text[], %(payloads)s::bytea[], %(is_cut)s::boolean[]
) AS kept (
    received_ms, gateway, lane, topic, stream, seq, reason, detail, refused, payload, is_cut
);
