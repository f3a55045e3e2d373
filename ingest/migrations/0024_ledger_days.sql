-- The ledger by the day (UTC), summed up once a day is over. A year of 200 gateways is 3.5 million hours:
-- a panel over a year waited seconds for them, and looks at days anyway.
CREATE TABLE ledger_days (
    day timestamptz NOT NULL CONSTRAINT ledger_days_begin_at_midnight CHECK (day = date_trunc('day', day, 'UTC')),
    gateway text NOT NULL,
    lane text NOT NULL,
    stored bigint NOT NULL,
    quarantined bigint NOT NULL,
    duplicates bigint NOT NULL,
    shed bigint NOT NULL,
    missing bigint NOT NULL,
    samples bigint NOT NULL,
    samples_refused bigint NOT NULL,
    PRIMARY KEY (day, gateway, lane)
);
COMMENT ON TABLE ledger_days IS 'ledger_hours summed up by day, UTC, for days that are over';
GRANT SELECT, INSERT, UPDATE ON ledger_days TO tw_ingest;
GRANT SELECT ON ledger_days TO tw_analytics;

-- A clock that once said 2099 summed up days that are not over: those do not count.
CREATE FUNCTION ledger_days_until() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(max(day) + INTERVAL '1 day', '-infinity') FROM ledger_days WHERE day <= now() - INTERVAL '1 day'
$$;
COMMENT ON FUNCTION ledger_days_until IS 'The midnight (UTC) up to which ledger_days is complete';
REVOKE ALL ON FUNCTION ledger_days_until FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_days_until TO tw_ingest, tw_analytics, tw_console, tw_grafana;

-- What no day holds yet is read by the hour, so that the view is whole at any moment.
CREATE VIEW visible_ledger_days WITH (security_barrier) AS
SELECT
    book.begins_at,
    book.span_s,
    book.gateway,
    book.lane,
    places.path,
    book.stored,
    book.quarantined,
    book.duplicates,
    book.shed,
    book.missing,
    book.samples,
    book.samples_refused
FROM (
    SELECT
        day AS begins_at, 86400 AS span_s, gateway, lane, stored, quarantined, duplicates, shed, missing, samples,
        samples_refused
    FROM ledger_days
    WHERE day < (SELECT ledger_days_until())
    UNION ALL
    SELECT hour, 3600, gateway, lane, stored, quarantined, duplicates, shed, missing, samples, samples_refused
    FROM ledger_hours
    WHERE hour >= (SELECT ledger_days_until())
) AS book
JOIN gateways ON gateways.id = book.gateway
JOIN places ON places.id = gateways.place_id
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]);
COMMENT ON VIEW visible_ledger_days IS 'The ledger of the registered gateways of the reader''s places by the day (UTC), and by the hour where no day is summed up yet';
COMMENT ON COLUMN visible_ledger_days.span_s IS 'Length of what the row sums up: a day or an hour [s]';
GRANT SELECT ON visible_ledger_days TO tw_console, tw_grafana;
