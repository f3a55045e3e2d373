-- The rule of panels about the ledger, once: more than two months are read by the day, and drawn by no
-- less. Three panels repeated it. Both functions are plain statements of the reader's own rights, which
-- the planner takes apart: of the two halves it asks one.
CREATE FUNCTION ledger_step(begins timestamptz, ends timestamptz, step interval) RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN ends - begins > INTERVAL '62 days' THEN greatest(step, INTERVAL '1 day') ELSE step END
$$;
COMMENT ON FUNCTION ledger_step IS 'Length of a bucket over a stretch of time, where a step is asked for';

CREATE FUNCTION visible_ledger(begins timestamptz, ends timestamptz)
RETURNS TABLE (
    at timestamptz, span_s integer, path ltree, quarantined bigint, shed bigint, missing bigint, samples bigint,
    samples_refused bigint
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT hour, 3600, path, quarantined, shed, missing, samples, samples_refused
    FROM visible_ledger_hours
    WHERE hour BETWEEN begins AND ends AND ends - begins <= INTERVAL '62 days'
    UNION ALL
    SELECT begins_at, span_s, path, quarantined, shed, missing, samples, samples_refused
    FROM visible_ledger_days
    WHERE begins_at BETWEEN begins AND ends AND ends - begins > INTERVAL '62 days'
$$;
COMMENT ON FUNCTION visible_ledger IS 'The ledger of the reader''s places over a stretch of time: up to two months by the hour, more by the day';
