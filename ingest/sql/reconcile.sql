-- name: sample_tables
-- Tables of telemetry that have hours.
SELECT samples.relname, hours.relname
FROM pg_class AS samples
INNER JOIN pg_class AS hours ON hours.relname = replace(samples.relname, '_samples', '_hours')
WHERE samples.relnamespace = 'public'::regnamespace
    AND hours.relnamespace = 'public'::regnamespace
    AND samples.relkind = 'r'
    AND samples.relname LIKE '%\_samples'
ORDER BY samples.relname
LIMIT 100;

-- name: hour_columns
-- The aggregated columns of a table's hours.
SELECT attname
FROM pg_attribute
WHERE attrelid = to_regclass(%(hours)s)
    AND attnum > 0
    AND NOT attisdropped
    AND attname LIKE ANY (ARRAY['%%\_mean', '%%\_min', '%%\_max'])
ORDER BY attnum
LIMIT 1000;

-- name: differing_hours
-- Hours of assets whose aggregate is not what the raw rows give, and hours that only one side has.
-- Means are added up in another order by each side: they may differ by a millionth.
SELECT
    coalesce(raw.hour, hours.hour) AS hour,
    coalesce(raw.asset_id, hours.asset_id) AS asset_id,
    coalesce(raw.samples, 0) AS raw_samples,
    coalesce(hours.samples, 0) AS hour_samples
FROM (
    SELECT
        time_bucket(INTERVAL '1 hour', at) AS hour,
        asset_id,
        count(*) AS samples,
        {aggregates}
    FROM {samples}
    WHERE at >= %(since)s AND at < %(until)s
    GROUP BY 1, 2
) AS raw
FULL JOIN (
    SELECT hour, asset_id, samples, {columns}
    FROM {hours}
    WHERE hour >= %(since)s AND hour < %(until)s
) AS hours ON hours.hour = raw.hour AND hours.asset_id = raw.asset_id
WHERE raw.samples IS DISTINCT FROM hours.samples OR {differences}
ORDER BY 1, 2
LIMIT %(most)s;

-- name: compared_hours
-- How many hours of assets the raw rows give.
SELECT count(*)
FROM (
    SELECT DISTINCT time_bucket(INTERVAL '1 hour', at) AS hour, asset_id
    FROM {samples}
    WHERE at >= %(since)s AND at < %(until)s
) AS found;

-- name: ledger_sums
-- Streams whose hours of the ledger do not add up to the stream's own books, all gateways and lanes.
SELECT
    coalesce(books.gateway, hours.gateway) AS gateway,
    coalesce(books.lane, hours.lane) AS lane,
    coalesce(books.stored, 0)::bigint AS stored,
    coalesce(hours.stored, 0)::bigint AS stored_by_hour,
    coalesce(books.samples, 0)::bigint AS samples,
    coalesce(hours.samples, 0)::bigint AS samples_by_hour
FROM (
    SELECT gateway, lane, sum(stored) AS stored, sum(samples) AS samples
    FROM ledgers
    GROUP BY gateway, lane
) AS books
FULL JOIN (
    SELECT gateway, lane, sum(stored) AS stored, sum(samples) AS samples
    FROM ledger_hours
    GROUP BY gateway, lane
) AS hours ON hours.gateway = books.gateway AND hours.lane = books.lane
WHERE books.stored IS DISTINCT FROM hours.stored OR books.samples IS DISTINCT FROM hours.samples
ORDER BY 1, 2
LIMIT %(most)s;

-- name: ledger_values
-- Values that the ledger counts as stored, ever, and those that a replay brought in after all.
SELECT (
    (SELECT coalesce(sum(samples), 0) FROM ledgers)
    + (
        SELECT coalesce(sum(substring(replay_note FROM '^replayed: (\d+) values')::bigint), 0)
        FROM quarantine
        WHERE lane = 'data'
    )
)::bigint;

-- name: stored_values
-- Values of a table that are there.
SELECT coalesce(sum(num_nonnulls({columns})), 0)::bigint FROM {samples};

-- name: value_columns
-- The measured columns of a table of telemetry.
SELECT attname
FROM pg_attribute
WHERE attrelid = to_regclass(%(samples)s)
    AND attnum > 0
    AND NOT attisdropped
    AND attname NOT IN ('at', 'asset_id')
ORDER BY attnum
LIMIT 1000;

-- name: oldest_ledger
-- Since when the ledger counts; NULL before the first message.
SELECT min(first_at) FROM ledgers;

-- name: snapshot
-- Everything is compared as of one moment, and nothing is written.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
