-- name: first_lift
-- The lift that a dashboard of one lift opens with.
SELECT id
FROM assets
WHERE class = 'lift' AND commissioned_at IS NOT NULL
ORDER BY code
LIMIT 1;

-- name: alone
-- All of the work is done by the process that answers.
SET max_parallel_workers_per_gather = 0;

-- name: together
-- As always.
RESET max_parallel_workers_per_gather;

-- name: prepare
-- What makes the year: tables of hours as the Community edition's continuous aggregates hold them, and
-- what fills them. Detectors behind a panel tell events alone; two of fourteen measure.
CREATE FUNCTION measuring(of_class text) RETURNS TABLE (id int, base int)
LANGUAGE sql STABLE AS $$
    SELECT id, id % 90
    FROM assets
    WHERE class = of_class
        AND commissioned_at IS NOT NULL
        AND (class <> 'detector' OR split_part(code, '-', 3) IN ('1', '2'))
$$;

-- The view as it was, but for what is older than the watermark: that comes from the table.
CREATE FUNCTION keep_hours(hours name, until timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    samples name := replace(hours, '_hours', '_samples');
    live text := rtrim(pg_get_viewdef(hours::regclass), ';');
BEGIN
    EXECUTE format('CREATE TABLE %I AS TABLE %I WITH NO DATA', 'kept_' || hours, hours);
    PERFORM create_hypertable(
        ('kept_' || hours)::regclass, by_range('hour', INTERVAL '10 days'), create_default_indexes => false
    );
    EXECUTE format(
        'CREATE OR REPLACE VIEW %I AS SELECT * FROM %I WHERE hour < %L UNION ALL %s',
        hours,
        'kept_' || hours,
        until,
        replace(live, format('FROM %I', samples), format('FROM %I WHERE %I.at >= %L', samples, samples, until))
    );
END
$$;

CREATE FUNCTION fill_hours(hours name, of_class text, metrics text[], begins timestamptz, ends timestamptz)
RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    written bigint;
BEGIN
    EXECUTE (
        SELECT format(
            'INSERT INTO %I (hour, asset_id, samples, %s)
            SELECT clock.hour, asset.id, 60, %s
            FROM (
                SELECT hour, sin(extract(epoch FROM hour) / 13751.0)::real AS wave
                FROM generate_series($1, $2 - INTERVAL ''1 hour'', INTERVAL ''1 hour'') AS hour
                OFFSET 0
            ) AS clock
            CROSS JOIN (SELECT id, base::real FROM measuring($3) OFFSET 0) AS asset',
            'kept_' || hours,
            string_agg(format('%I, %I, %I', metric || '_mean', metric || '_min', metric || '_max'), ', ' ORDER BY place),
            string_agg('asset.base + clock.wave, asset.base - 1, asset.base + 1', ', ' ORDER BY place)
        )
        FROM unnest(metrics) WITH ORDINALITY AS named (metric, place)
    ) USING begins, ends, of_class;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;

CREATE FUNCTION fill_samples(
    samples name, of_class text, metrics text[], begins timestamptz, ends timestamptz, step interval, only_asset int
) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    written bigint;
BEGIN
    EXECUTE (
        SELECT format(
            'INSERT INTO %I (at, asset_id, %s)
            SELECT clock.at, asset.id, %s
            FROM (
                SELECT at, sin(extract(epoch FROM at) / 13751.0)::real AS wave
                FROM generate_series($1, $2 - INTERVAL ''1 microsecond'', $3) AS at
                OFFSET 0
            ) AS clock
            CROSS JOIN (
                SELECT id, base::real FROM measuring($4) WHERE $5 IS NULL OR id = $5 OFFSET 0
            ) AS asset',
            samples,
            string_agg(format('%I', metric), ', ' ORDER BY place),
            string_agg('asset.base + clock.wave', ', ' ORDER BY place)
        )
        FROM unnest(metrics) WITH ORDINALITY AS named (metric, place)
    ) USING begins, ends, step, of_class, only_asset;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;

CREATE FUNCTION index_hours(hours name) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL maintenance_work_mem = '512MB';
    SET LOCAL default_statistics_target = 20;
    EXECUTE format('CREATE INDEX ON %I (asset_id, hour DESC)', 'kept_' || hours);
    EXECUTE format('ANALYZE %I', 'kept_' || hours);
END
$$;

-- name: fill_samples
-- Frames of a class at its own interval.
SELECT fill_samples(
    %(samples)s, %(asset_class)s, %(metrics)s, %(begins)s, %(ends)s, %(step)s, %(only)s
);

-- name: keep_hours
-- From here on the hours of a class come from what is kept, up to a time.
SELECT keep_hours(%(hours)s, %(until)s);

-- name: fill_hours
-- Hours of every asset of a class in a stretch of time.
SELECT fill_hours(%(hours)s, %(asset_class)s, %(metrics)s, %(begins)s, %(ends)s);

-- name: index_hours
-- The index that a continuous aggregate has.
SELECT index_hours(%(hours)s);

-- name: size
-- Bytes of a hypertable, indexes included.
SELECT hypertable_size(%(table)s::regclass);

-- name: all_bytes
-- Bytes of the whole database.
SELECT pg_database_size(current_database());

-- name: analyse
-- Figures for the planner, as autovacuum would have gathered them.
ANALYZE;
