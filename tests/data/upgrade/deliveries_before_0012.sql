-- Statements of the former release, as they were before ingest's migration 0012: never changed again.

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

-- name: copy_samples
-- Frames of lifts, as many columns as they had.
COPY lift_samples (at, asset_id, speed) FROM STDIN;
