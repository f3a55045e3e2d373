-- name: copy_samples
-- Bulk write of one class's rows; table and columns come from the catalogue.
COPY {table} ({columns}) FROM STDIN (FORMAT BINARY);

-- name: insert_arrivals
-- What times the batch brought, so that analytics sees late telemetry.
INSERT INTO arrivals (class, gateway, min_at, max_at, received_at)
SELECT
    came.class,
    came.gateway,
    timestamptz 'epoch' + came.min_ms * INTERVAL '1 millisecond',
    timestamptz 'epoch' + came.max_ms * INTERVAL '1 millisecond',
    %(now)s
FROM unnest(%(classes)s::text[], %(gateways)s::text[], %(min_ms)s::bigint[], %(max_ms)s::bigint[])
    AS came (class, gateway, min_ms, max_ms);

-- name: alarms_wait
-- Whether an event that came a moment ago waits for its decision; what waits for long for reasons
-- of its own holds up no telemetry.
SELECT coalesce((
    SELECT events.received_at > %(since)s
    FROM event_work
    JOIN events ON events.id = event_work.event_id
    ORDER BY event_work.event_id DESC
    LIMIT 1
), false);

-- name: bindings
-- What the codes of some gateways mean, with the class of each asset.
SELECT
    bindings.gateway_id AS gateway,
    bindings.code,
    bindings.asset_id,
    assets.class,
    (extract(epoch FROM lower(bindings.valid_during)) * 1000)::bigint AS from_ms,
    (extract(epoch FROM upper(bindings.valid_during)) * 1000)::bigint AS until_ms
FROM bindings
JOIN assets ON assets.id = bindings.asset_id
WHERE bindings.gateway_id = ANY (%(gateways)s)
ORDER BY bindings.gateway_id, bindings.code, lower(bindings.valid_during);

-- name: foreign_codes
-- Which of some codes mean an asset at any gateway, or are an asset's own code.
SELECT wanted.code
FROM unnest(%(codes)s::text[]) AS wanted (code)
WHERE EXISTS (SELECT FROM bindings WHERE bindings.code = wanted.code)
    OR EXISTS (SELECT FROM assets WHERE assets.code = wanted.code)
ORDER BY wanted.code;

-- name: drop_old_samples
-- Drop whole chunks older than a time; the number of chunks.
SELECT coalesce((
    SELECT drop_old_samples(
        %(table)s,
        least(%(now)s::timestamptz, max(range_end)) - %(keep_ms)s::bigint * INTERVAL '1 millisecond'
    )
    FROM timescaledb_information.chunks
    WHERE hypertable_name = %(table)s
    HAVING max(range_end) IS NOT NULL
), 0);

-- name: prune_arrivals
-- Forget arrivals that every reader has seen.
DELETE FROM arrivals
WHERE received_at < %(older_than)s;

-- name: sum_up_days
-- Sum up the ledger of days that are over, a month at a time, and the newest of them again: a
-- transaction may have been under way at midnight.
WITH reached AS (
    SELECT
        coalesce(max(day), '-infinity') AS newest,
        date_trunc('day', %(now)s::timestamptz - INTERVAL '1 hour', 'UTC') AS today
    FROM ledger_days
    WHERE day < date_trunc('day', %(now)s::timestamptz - INTERVAL '1 hour', 'UTC')
),
due AS (
    SELECT
        reached.newest,
        least(
            reached.today,
            date_trunc(
                'day',
                (SELECT min(hour) FROM ledger_hours WHERE hour >= reached.newest + INTERVAL '1 day')
                    + INTERVAL '31 days',
                'UTC'
            )
        ) AS until
    FROM reached
)
INSERT INTO ledger_days AS days (
    day, gateway, lane, stored, quarantined, duplicates, shed, missing, samples, samples_refused
)
SELECT
    date_trunc('day', hours.hour, 'UTC'), hours.gateway, hours.lane, sum(hours.stored), sum(hours.quarantined),
    sum(hours.duplicates), sum(hours.shed), sum(hours.missing), sum(hours.samples), sum(hours.samples_refused)
FROM ledger_hours AS hours
WHERE hours.hour >= (SELECT due.newest FROM due) AND hours.hour < (SELECT due.until FROM due)
GROUP BY 1, 2, 3
ON CONFLICT (day, gateway, lane) DO UPDATE SET
    stored = excluded.stored,
    quarantined = excluded.quarantined,
    duplicates = excluded.duplicates,
    shed = excluded.shed,
    missing = excluded.missing,
    samples = excluded.samples,
    samples_refused = excluded.samples_refused;

-- name: listen
-- Hear of changes of the registry on this connection.
LISTEN tw_registry;
