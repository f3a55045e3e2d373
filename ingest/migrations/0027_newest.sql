-- The newest frame of each asset. A page or a panel that asks a view of samples for it joins and sorts every
-- frame of a day, asset by asset: seconds for a city. Here the newest row is found by the index first, and
-- who may see it is asked once for each asset.

CREATE VIEW visible_detector_newest WITH (security_barrier) AS
SELECT
    assets.id AS asset_id,
    newest.at,
    newest.smoke,
    newest.temperature,
    newest.contamination,
    newest.battery,
    newest.humidity,
    newest.signal
FROM assets
JOIN places ON places.id = assets.place_id
CROSS JOIN LATERAL (
    SELECT
        samples.at,
        samples.smoke,
        samples.temperature,
        samples.contamination,
        samples.battery,
        samples.humidity,
        samples.signal
    FROM detector_samples AS samples
    WHERE samples.asset_id = assets.id AND samples.at > now() - INTERVAL '3 days'
    ORDER BY samples.at DESC
    LIMIT 1
) AS newest
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]);
COMMENT ON VIEW visible_detector_newest IS 'Newest frame of each asset of the reader''s places within three days; ask for one asset at a time, in a LATERAL subquery with LIMIT 1';
GRANT SELECT ON visible_detector_newest TO tw_console, tw_grafana;

CREATE VIEW visible_water_newest WITH (security_barrier) AS
SELECT
    assets.id AS asset_id,
    newest.at,
    newest.pressure,
    newest.level,
    newest.flow,
    newest.temperature,
    newest.battery,
    newest.signal
FROM assets
JOIN places ON places.id = assets.place_id
CROSS JOIN LATERAL (
    SELECT
        samples.at,
        samples.pressure,
        samples.level,
        samples.flow,
        samples.temperature,
        samples.battery,
        samples.signal
    FROM water_samples AS samples
    WHERE samples.asset_id = assets.id AND samples.at > now() - INTERVAL '3 days'
    ORDER BY samples.at DESC
    LIMIT 1
) AS newest
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]);
COMMENT ON VIEW visible_water_newest IS 'Newest frame of each asset of the reader''s places within three days; ask for one asset at a time, in a LATERAL subquery with LIMIT 1';
GRANT SELECT ON visible_water_newest TO tw_console, tw_grafana;

CREATE VIEW visible_pump_newest WITH (security_barrier) AS
SELECT
    assets.id AS asset_id,
    newest.at,
    newest.running,
    newest.automatic,
    newest.current,
    newest.voltage,
    newest.pressure,
    newest.flow,
    newest.motor_temp,
    newest.fluid_temp,
    newest.vibration_drive,
    newest.vibration_free,
    newest.starts
FROM assets
JOIN places ON places.id = assets.place_id
CROSS JOIN LATERAL (
    SELECT
        samples.at,
        samples.running,
        samples.automatic,
        samples.current,
        samples.voltage,
        samples.pressure,
        samples.flow,
        samples.motor_temp,
        samples.fluid_temp,
        samples.vibration_drive,
        samples.vibration_free,
        samples.starts
    FROM pump_samples AS samples
    WHERE samples.asset_id = assets.id AND samples.at > now() - INTERVAL '3 days'
    ORDER BY samples.at DESC
    LIMIT 1
) AS newest
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]);
COMMENT ON VIEW visible_pump_newest IS 'Newest frame of each asset of the reader''s places within three days; ask for one asset at a time, in a LATERAL subquery with LIMIT 1';
GRANT SELECT ON visible_pump_newest TO tw_console, tw_grafana;

CREATE VIEW visible_electrical_newest WITH (security_barrier) AS
SELECT
    assets.id AS asset_id,
    newest.at,
    newest.residual_current,
    newest.temp_1,
    newest.temp_2,
    newest.temp_3,
    newest.temp_4,
    newest.current_1,
    newest.current_2,
    newest.current_3,
    newest.voltage_1,
    newest.voltage_2,
    newest.voltage_3
FROM assets
JOIN places ON places.id = assets.place_id
CROSS JOIN LATERAL (
    SELECT
        samples.at,
        samples.residual_current,
        samples.temp_1,
        samples.temp_2,
        samples.temp_3,
        samples.temp_4,
        samples.current_1,
        samples.current_2,
        samples.current_3,
        samples.voltage_1,
        samples.voltage_2,
        samples.voltage_3
    FROM electrical_samples AS samples
    WHERE samples.asset_id = assets.id AND samples.at > now() - INTERVAL '3 days'
    ORDER BY samples.at DESC
    LIMIT 1
) AS newest
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]);
COMMENT ON VIEW visible_electrical_newest IS 'Newest frame of each asset of the reader''s places within three days; ask for one asset at a time, in a LATERAL subquery with LIMIT 1';
GRANT SELECT ON visible_electrical_newest TO tw_console, tw_grafana;
