-- name: registry
-- Two compounds with one of each asset, and a reader of Grafana who may see the first one only.
WITH named (code, path, level) AS (
    VALUES
        ('city', 'city', 'city'),
        ('east', 'city.east', 'compound'),
        ('west', 'city.west', 'compound')
),
placed AS (
    INSERT INTO places (code, path, level, name_zh)
    SELECT code, path::ltree, level, code
    FROM named
    ORDER BY path
    RETURNING id, code
),
watched AS (
    INSERT INTO assets (code, class, place_id, name_zh)
    SELECT placed.code || '-' || class, class, placed.id, class
    FROM placed
    CROSS JOIN unnest(ARRAY['lift', 'water', 'electrical']) AS class
    WHERE placed.code <> 'city'
    ORDER BY 1
    RETURNING id
)
INSERT INTO reader_scopes (role_name, path)
SELECT 'tw_grafana', 'city.east'
FROM watched
LIMIT 1;

-- name: samples
-- Values of every metric of every class, each asset at every tenth minute of an hour or more.
-- A value is a multiple of an eighth, so that sums are exact in any order; one in eleven is absent.
DO $$
DECLARE
    class record;
BEGIN
    FOR class IN
        SELECT
            relname AS name,
            string_agg(format('%I', attname), ', ' ORDER BY attnum) AS metrics,
            string_agg(
                format('nullif((minute * %s + asset.id * 31) %% 11, 0) * 0.125', attnum),
                ', ' ORDER BY attnum
            ) AS made
        FROM timescaledb_information.hypertables
        JOIN pg_class ON pg_class.oid = format('%I.%I', hypertable_schema, hypertable_name)::regclass
        JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
        WHERE attname NOT IN ('at', 'asset_id') AND hypertable_schema = 'public'
        GROUP BY relname
    LOOP
        EXECUTE format(
            'INSERT INTO %I (at, asset_id, %s)
            SELECT at, asset.id, %s
            FROM generate_series(
                current_setting(''sample.begins'')::timestamptz,
                current_setting(''sample.ends'')::timestamptz,
                INTERVAL ''10 minutes''
            ) AS at
            CROSS JOIN LATERAL (SELECT extract(epoch FROM at)::bigint / 60 AS minute) AS clock
            CROSS JOIN assets AS asset',
            class.name, class.metrics, class.made
        );
    END LOOP;
END
$$;
