-- name: add_city
-- The one place above all compounds of a benchmark.
INSERT INTO places (code, path, level, name_zh) VALUES ('bench', 'bench', 'city', '基准城');

-- name: add_compounds
-- A compound for every gateway.
INSERT INTO places (code, path, level, name_zh)
SELECT 'c' || number, ('bench.c' || number)::ltree, 'compound', '小区' || number
FROM generate_series(0, %(gateways)s - 1) AS number;

-- name: add_gateways
-- The gateways, one in each compound.
INSERT INTO gateways (id, place_id)
SELECT 'bench-' || lpad(substr(places.code, 2), 4, '0'), places.id
FROM places
WHERE places.level = 'compound';

-- name: add_assets
-- The assets of every gateway; code and name tell gateway and number.
INSERT INTO assets (code, class, place_id, name_zh, commissioned_at)
SELECT gateways.id || '-' || kinds.code, kinds.class, gateways.place_id, gateways.id || '-' || kinds.code, now()
FROM gateways
CROSS JOIN unnest(%(codes)s::text[], %(classes)s::text[]) AS kinds (code, class)
ORDER BY gateways.id, kinds.code;

-- name: add_bindings
-- What the gateways call them.
INSERT INTO bindings (gateway_id, code, asset_id, valid_during)
SELECT
    left(assets.code, 10),
    substr(assets.code, 12),
    assets.id,
    tstzrange(now() - INTERVAL '1 day', NULL)
FROM assets
ORDER BY assets.id;

-- name: shards_held
-- How many shards each data worker reads.
SELECT count(*) FROM shard_leases GROUP BY worker ORDER BY worker;

-- name: commits
-- How far each data ledger is, and when that was committed [s since 1970].
SELECT
    ledgers.gateway,
    upper(ledgers.received) - 1 AS through,
    extract(epoch FROM pg_xact_commit_timestamp(ledgers.xmin))::float8 AS committed_at
FROM ledgers
WHERE ledgers.lane = 'data' AND ledgers.received <> '{}'
ORDER BY ledgers.gateway;

-- name: ledger_sums
-- Everything that the ledgers of a lane account for.
SELECT
    coalesce(sum(next_seq - 1), 0)::bigint AS sent,
    coalesce(sum(stored), 0)::bigint AS stored,
    coalesce(sum(quarantined), 0)::bigint AS quarantined,
    coalesce(sum(duplicates), 0)::bigint AS duplicates,
    coalesce(sum(missing), 0)::bigint AS missing,
    coalesce(sum(shed_messages), 0)::bigint AS shed,
    coalesce(sum(samples), 0)::bigint AS samples
FROM ledgers
WHERE lane = %(lane)s;

-- name: count_rows
-- Rows of one table.
SELECT count(*) FROM {table};

-- name: chunk_bytes
-- Table, index and toast of all chunks of a hypertable [B].
SELECT coalesce(sum(pg_total_relation_size(chunk)), 0)::bigint AS bytes
FROM show_chunks({table}) AS chunk;

-- name: count_alarms
-- Alarms that analytics has opened.
SELECT count(*) FROM alarms;

-- name: add_plain_table
-- What a user would write first: one row a value.
CREATE TABLE plain_samples (
    at timestamptz NOT NULL,
    gateway text NOT NULL,
    asset text NOT NULL,
    metric text NOT NULL,
    value double precision
);

-- name: add_bare_table
-- The same without anything: the kindest case for the user's script.
CREATE TABLE bare_samples (LIKE plain_samples);

-- name: make_plain_hypertable
-- As the database's own first lesson has it, with the index that comes by default.
SELECT create_hypertable('plain_samples', by_range('at'));

-- name: lend_plain_table
-- Anybody of the platform may write it.
GRANT SELECT, INSERT ON plain_samples, bare_samples TO tw_ingest;

-- name: gather_statistics
-- Of the registry, as autovacuum does within a minute of a city being registered.
ANALYZE places, gateways, assets, bindings;

-- name: empty_samples
-- Make room on the disk during a long run.
TRUNCATE lift_samples;

-- name: names_unknown
-- Places and assets that the console's search does not find yet.
SELECT (
    SELECT count(*) FROM places WHERE level <> 'floor'
) + (
    SELECT count(*) FROM assets JOIN places ON places.id = assets.place_id
) - (
    SELECT count(*) FROM search_names
);
