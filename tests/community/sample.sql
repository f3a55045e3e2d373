-- name: registry
-- Two compounds with an asset each, which has rows in the tables of all classes, and a reader of Grafana
-- who may see the first one only.
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
    SELECT placed.code || '-lift', 'lift', placed.id, 'lift'
    FROM placed
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

-- name: rides
-- An hour of ten lifts at one row a second with twelve metrics, rounded as sensors round: a ride of
-- 20 s in every minute, noise in the last digit.
WITH seeded AS (
    SELECT setseed(0.5)
),
moments AS (
    SELECT
        at,
        lift,
        (extract(epoch FROM at)::bigint + lift * 13) % 60 < 20 AS is_moving,
        (extract(epoch FROM at)::bigint + lift * 13) / 60 AS ride
    FROM seeded
    CROSS JOIN generate_series(
        current_setting('sample.begins')::timestamptz,
        current_setting('sample.begins')::timestamptz + INTERVAL '1 hour' - INTERVAL '1 second',
        INTERVAL '1 second'
    ) AS at
    CROSS JOIN generate_series(1001, 1010) AS lift
)
INSERT INTO lift_samples (
    at, asset_id, floor, speed, direction, mode, door_closed, door_zone,
    load, motor_current, motor_temp, door_current, vibration, run_count
)
SELECT
    at,
    lift,
    ride % 18,
    CASE WHEN is_moving THEN round((1.75 + random() * 0.02)::numeric, 2) ELSE 0 END,
    CASE WHEN is_moving THEN 1 ELSE 0 END,
    0,
    CASE WHEN is_moving THEN 1 ELSE 0 END,
    CASE WHEN is_moving THEN 0 ELSE 1 END,
    CASE WHEN is_moving THEN ride % 8 * 75 ELSE 0 END,
    CASE WHEN is_moving THEN round((12 + random() * 0.4)::numeric, 1) ELSE 0.3 END,
    round((41 + 3 * sin(extract(epoch FROM at) / 3600) + random() * 0.1)::numeric, 1),
    CASE WHEN is_moving THEN 0 ELSE round((random() * 0.6)::numeric, 1) END,
    round((random() * 0.05)::numeric, 3),
    ride
FROM moments;
