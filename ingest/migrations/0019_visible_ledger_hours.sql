-- The ledger by the hour for panels. Through the policies of ledger_hours, gateways and places the planner
-- believed in one gateway and walked all hours once for each: 30 days of 200 gateways took 2.4 s of the
-- processor. Here the reader's gateways are found once and hashed, and the hours are read once.
CREATE VIEW visible_ledger_hours WITH (security_barrier) AS
SELECT
    hours.hour,
    hours.gateway,
    hours.lane,
    places.path,
    hours.stored,
    hours.quarantined,
    hours.duplicates,
    hours.shed,
    hours.missing,
    hours.samples,
    hours.samples_refused
FROM ledger_hours AS hours
JOIN gateways ON gateways.id = hours.gateway
JOIN places ON places.id = gateways.place_id
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]);
COMMENT ON VIEW visible_ledger_hours IS 'The ledger by the hour (UTC) of the registered gateways of the reader''s places';
GRANT SELECT ON visible_ledger_hours TO tw_console, tw_grafana;
