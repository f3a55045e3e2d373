-- Community edition: the hourly views become continuous aggregates. Buckets are in UTC.
-- The window of a refresh reaches back almost as far as samples are kept (400 days): hours below the
-- newest refreshed one that no refresh covered are not shown at all. It must stay below that age,
-- since a refresh over dropped samples deletes their hours.

DROP VIEW visible_lift_hours;
DROP VIEW lift_hours;
CREATE MATERIALIZED VIEW lift_hours WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    time_bucket(INTERVAL '1 hour', at) AS hour,
    asset_id,
    count(*) AS samples,
    avg(speed) AS speed_mean,
    min(speed) AS speed_min,
    max(speed) AS speed_max,
    avg(door_closed) AS door_closed_mean,
    min(door_closed) AS door_closed_min,
    max(door_closed) AS door_closed_max,
    avg(door_zone) AS door_zone_mean,
    min(door_zone) AS door_zone_min,
    max(door_zone) AS door_zone_max,
    avg(person) AS person_mean,
    min(person) AS person_min,
    max(person) AS person_max,
    avg(load) AS load_mean,
    min(load) AS load_min,
    max(load) AS load_max,
    avg(motor_current) AS motor_current_mean,
    min(motor_current) AS motor_current_min,
    max(motor_current) AS motor_current_max,
    avg(motor_temp) AS motor_temp_mean,
    min(motor_temp) AS motor_temp_min,
    max(motor_temp) AS motor_temp_max,
    avg(door_current) AS door_current_mean,
    min(door_current) AS door_current_min,
    max(door_current) AS door_current_max,
    avg(vibration) AS vibration_mean,
    min(vibration) AS vibration_min,
    max(vibration) AS vibration_max,
    avg(vibration_horizontal) AS vibration_horizontal_mean,
    min(vibration_horizontal) AS vibration_horizontal_min,
    max(vibration_horizontal) AS vibration_horizontal_max,
    avg(levelling_error) AS levelling_error_mean,
    min(levelling_error) AS levelling_error_min,
    max(levelling_error) AS levelling_error_max,
    avg(machine_room_temp) AS machine_room_temp_mean,
    min(machine_room_temp) AS machine_room_temp_min,
    max(machine_room_temp) AS machine_room_temp_max,
    avg(run_hours) AS run_hours_mean,
    min(run_hours) AS run_hours_min,
    max(run_hours) AS run_hours_max
FROM lift_samples
GROUP BY 1, 2
WITH NO DATA;
GRANT SELECT ON lift_hours TO tw_analytics;
SELECT add_continuous_aggregate_policy(
    'lift_hours',
    start_offset => INTERVAL '399 days',
    end_offset => INTERVAL '2 hours',
    schedule_interval => INTERVAL '30 minutes'
);
CREATE VIEW visible_lift_hours WITH (security_barrier) AS
SELECT
    hours.hour,
    hours.asset_id,
    hours.samples,
    hours.speed_mean,
    hours.speed_min,
    hours.speed_max,
    hours.door_closed_mean,
    hours.door_closed_min,
    hours.door_closed_max,
    hours.door_zone_mean,
    hours.door_zone_min,
    hours.door_zone_max,
    hours.person_mean,
    hours.person_min,
    hours.person_max,
    hours.load_mean,
    hours.load_min,
    hours.load_max,
    hours.motor_current_mean,
    hours.motor_current_min,
    hours.motor_current_max,
    hours.motor_temp_mean,
    hours.motor_temp_min,
    hours.motor_temp_max,
    hours.door_current_mean,
    hours.door_current_min,
    hours.door_current_max,
    hours.vibration_mean,
    hours.vibration_min,
    hours.vibration_max,
    hours.vibration_horizontal_mean,
    hours.vibration_horizontal_min,
    hours.vibration_horizontal_max,
    hours.levelling_error_mean,
    hours.levelling_error_min,
    hours.levelling_error_max,
    hours.machine_room_temp_mean,
    hours.machine_room_temp_min,
    hours.machine_room_temp_max,
    hours.run_hours_mean,
    hours.run_hours_min,
    hours.run_hours_max
FROM lift_hours AS hours
JOIN assets ON assets.id = hours.asset_id
JOIN places ON places.id = assets.place_id
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]);
GRANT SELECT ON visible_lift_hours TO tw_console, tw_grafana;

DROP VIEW visible_escalator_hours;
DROP VIEW escalator_hours;
CREATE MATERIALIZED VIEW escalator_hours WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    time_bucket(INTERVAL '1 hour', at) AS hour,
    asset_id,
    count(*) AS samples,
    avg(speed) AS speed_mean,
    min(speed) AS speed_min,
    max(speed) AS speed_max,
    avg(handrail_speed) AS handrail_speed_mean,
    min(handrail_speed) AS handrail_speed_min,
    max(handrail_speed) AS handrail_speed_max,
    avg(motor_current) AS motor_current_mean,
    min(motor_current) AS motor_current_min,
    max(motor_current) AS motor_current_max,
    avg(motor_temp) AS motor_temp_mean,
    min(motor_temp) AS motor_temp_min,
    max(motor_temp) AS motor_temp_max,
    avg(vibration) AS vibration_mean,
    min(vibration) AS vibration_min,
    max(vibration) AS vibration_max
FROM escalator_samples
GROUP BY 1, 2
WITH NO DATA;
GRANT SELECT ON escalator_hours TO tw_analytics;
SELECT add_continuous_aggregate_policy(
    'escalator_hours',
    start_offset => INTERVAL '399 days',
    end_offset => INTERVAL '2 hours',
    schedule_interval => INTERVAL '30 minutes'
);
CREATE VIEW visible_escalator_hours WITH (security_barrier) AS
SELECT
    hours.hour,
    hours.asset_id,
    hours.samples,
    hours.speed_mean,
    hours.speed_min,
    hours.speed_max,
    hours.handrail_speed_mean,
    hours.handrail_speed_min,
    hours.handrail_speed_max,
    hours.motor_current_mean,
    hours.motor_current_min,
    hours.motor_current_max,
    hours.motor_temp_mean,
    hours.motor_temp_min,
    hours.motor_temp_max,
    hours.vibration_mean,
    hours.vibration_min,
    hours.vibration_max
FROM escalator_hours AS hours
JOIN assets ON assets.id = hours.asset_id
JOIN places ON places.id = assets.place_id
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]);
GRANT SELECT ON visible_escalator_hours TO tw_console, tw_grafana;

DROP VIEW visible_detector_hours;
DROP VIEW detector_hours;
CREATE MATERIALIZED VIEW detector_hours WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    time_bucket(INTERVAL '1 hour', at) AS hour,
    asset_id,
    count(*) AS samples,
    avg(smoke) AS smoke_mean,
    min(smoke) AS smoke_min,
    max(smoke) AS smoke_max,
    avg(temperature) AS temperature_mean,
    min(temperature) AS temperature_min,
    max(temperature) AS temperature_max,
    avg(contamination) AS contamination_mean,
    min(contamination) AS contamination_min,
    max(contamination) AS contamination_max,
    avg(battery) AS battery_mean,
    min(battery) AS battery_min,
    max(battery) AS battery_max,
    avg(humidity) AS humidity_mean,
    min(humidity) AS humidity_min,
    max(humidity) AS humidity_max,
    avg(signal) AS signal_mean,
    min(signal) AS signal_min,
    max(signal) AS signal_max
FROM detector_samples
GROUP BY 1, 2
WITH NO DATA;
GRANT SELECT ON detector_hours TO tw_analytics;
SELECT add_continuous_aggregate_policy(
    'detector_hours',
    start_offset => INTERVAL '399 days',
    end_offset => INTERVAL '2 hours',
    schedule_interval => INTERVAL '30 minutes'
);
CREATE VIEW visible_detector_hours WITH (security_barrier) AS
SELECT
    hours.hour,
    hours.asset_id,
    hours.samples,
    hours.smoke_mean,
    hours.smoke_min,
    hours.smoke_max,
    hours.temperature_mean,
    hours.temperature_min,
    hours.temperature_max,
    hours.contamination_mean,
    hours.contamination_min,
    hours.contamination_max,
    hours.battery_mean,
    hours.battery_min,
    hours.battery_max,
    hours.humidity_mean,
    hours.humidity_min,
    hours.humidity_max,
    hours.signal_mean,
    hours.signal_min,
    hours.signal_max
FROM detector_hours AS hours
JOIN assets ON assets.id = hours.asset_id
JOIN places ON places.id = assets.place_id
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]);
GRANT SELECT ON visible_detector_hours TO tw_console, tw_grafana;

DROP VIEW visible_gas_hours;
DROP VIEW gas_hours;
CREATE MATERIALIZED VIEW gas_hours WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    time_bucket(INTERVAL '1 hour', at) AS hour,
    asset_id,
    count(*) AS samples,
    avg(gas) AS gas_mean,
    min(gas) AS gas_min,
    max(gas) AS gas_max,
    avg(temperature) AS temperature_mean,
    min(temperature) AS temperature_min,
    max(temperature) AS temperature_max
FROM gas_samples
GROUP BY 1, 2
WITH NO DATA;
GRANT SELECT ON gas_hours TO tw_analytics;
SELECT add_continuous_aggregate_policy(
    'gas_hours',
    start_offset => INTERVAL '399 days',
    end_offset => INTERVAL '2 hours',
    schedule_interval => INTERVAL '30 minutes'
);
CREATE VIEW visible_gas_hours WITH (security_barrier) AS
SELECT
    hours.hour,
    hours.asset_id,
    hours.samples,
    hours.gas_mean,
    hours.gas_min,
    hours.gas_max,
    hours.temperature_mean,
    hours.temperature_min,
    hours.temperature_max
FROM gas_hours AS hours
JOIN assets ON assets.id = hours.asset_id
JOIN places ON places.id = assets.place_id
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]);
GRANT SELECT ON visible_gas_hours TO tw_console, tw_grafana;

DROP VIEW visible_water_hours;
DROP VIEW water_hours;
CREATE MATERIALIZED VIEW water_hours WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    time_bucket(INTERVAL '1 hour', at) AS hour,
    asset_id,
    count(*) AS samples,
    avg(pressure) AS pressure_mean,
    min(pressure) AS pressure_min,
    max(pressure) AS pressure_max,
    avg(level) AS level_mean,
    min(level) AS level_min,
    max(level) AS level_max,
    avg(flow) AS flow_mean,
    min(flow) AS flow_min,
    max(flow) AS flow_max,
    avg(temperature) AS temperature_mean,
    min(temperature) AS temperature_min,
    max(temperature) AS temperature_max,
    avg(battery) AS battery_mean,
    min(battery) AS battery_min,
    max(battery) AS battery_max,
    avg(signal) AS signal_mean,
    min(signal) AS signal_min,
    max(signal) AS signal_max
FROM water_samples
GROUP BY 1, 2
WITH NO DATA;
GRANT SELECT ON water_hours TO tw_analytics;
SELECT add_continuous_aggregate_policy(
    'water_hours',
    start_offset => INTERVAL '399 days',
    end_offset => INTERVAL '2 hours',
    schedule_interval => INTERVAL '30 minutes'
);
CREATE VIEW visible_water_hours WITH (security_barrier) AS
SELECT
    hours.hour,
    hours.asset_id,
    hours.samples,
    hours.pressure_mean,
    hours.pressure_min,
    hours.pressure_max,
    hours.level_mean,
    hours.level_min,
    hours.level_max,
    hours.flow_mean,
    hours.flow_min,
    hours.flow_max,
    hours.temperature_mean,
    hours.temperature_min,
    hours.temperature_max,
    hours.battery_mean,
    hours.battery_min,
    hours.battery_max,
    hours.signal_mean,
    hours.signal_min,
    hours.signal_max
FROM water_hours AS hours
JOIN assets ON assets.id = hours.asset_id
JOIN places ON places.id = assets.place_id
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]);
GRANT SELECT ON visible_water_hours TO tw_console, tw_grafana;

DROP VIEW visible_pump_hours;
DROP VIEW pump_hours;
CREATE MATERIALIZED VIEW pump_hours WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    time_bucket(INTERVAL '1 hour', at) AS hour,
    asset_id,
    count(*) AS samples,
    avg(running) AS running_mean,
    min(running) AS running_min,
    max(running) AS running_max,
    avg(automatic) AS automatic_mean,
    min(automatic) AS automatic_min,
    max(automatic) AS automatic_max,
    avg(current) AS current_mean,
    min(current) AS current_min,
    max(current) AS current_max,
    avg(voltage) AS voltage_mean,
    min(voltage) AS voltage_min,
    max(voltage) AS voltage_max,
    avg(pressure) AS pressure_mean,
    min(pressure) AS pressure_min,
    max(pressure) AS pressure_max,
    avg(flow) AS flow_mean,
    min(flow) AS flow_min,
    max(flow) AS flow_max,
    avg(motor_temp) AS motor_temp_mean,
    min(motor_temp) AS motor_temp_min,
    max(motor_temp) AS motor_temp_max,
    avg(fluid_temp) AS fluid_temp_mean,
    min(fluid_temp) AS fluid_temp_min,
    max(fluid_temp) AS fluid_temp_max,
    avg(vibration_drive) AS vibration_drive_mean,
    min(vibration_drive) AS vibration_drive_min,
    max(vibration_drive) AS vibration_drive_max,
    avg(vibration_free) AS vibration_free_mean,
    min(vibration_free) AS vibration_free_min,
    max(vibration_free) AS vibration_free_max
FROM pump_samples
GROUP BY 1, 2
WITH NO DATA;
GRANT SELECT ON pump_hours TO tw_analytics;
SELECT add_continuous_aggregate_policy(
    'pump_hours',
    start_offset => INTERVAL '399 days',
    end_offset => INTERVAL '2 hours',
    schedule_interval => INTERVAL '30 minutes'
);
CREATE VIEW visible_pump_hours WITH (security_barrier) AS
SELECT
    hours.hour,
    hours.asset_id,
    hours.samples,
    hours.running_mean,
    hours.running_min,
    hours.running_max,
    hours.automatic_mean,
    hours.automatic_min,
    hours.automatic_max,
    hours.current_mean,
    hours.current_min,
    hours.current_max,
    hours.voltage_mean,
    hours.voltage_min,
    hours.voltage_max,
    hours.pressure_mean,
    hours.pressure_min,
    hours.pressure_max,
    hours.flow_mean,
    hours.flow_min,
    hours.flow_max,
    hours.motor_temp_mean,
    hours.motor_temp_min,
    hours.motor_temp_max,
    hours.fluid_temp_mean,
    hours.fluid_temp_min,
    hours.fluid_temp_max,
    hours.vibration_drive_mean,
    hours.vibration_drive_min,
    hours.vibration_drive_max,
    hours.vibration_free_mean,
    hours.vibration_free_min,
    hours.vibration_free_max
FROM pump_hours AS hours
JOIN assets ON assets.id = hours.asset_id
JOIN places ON places.id = assets.place_id
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]);
GRANT SELECT ON visible_pump_hours TO tw_console, tw_grafana;

DROP VIEW visible_electrical_hours;
DROP VIEW electrical_hours;
CREATE MATERIALIZED VIEW electrical_hours WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    time_bucket(INTERVAL '1 hour', at) AS hour,
    asset_id,
    count(*) AS samples,
    avg(residual_current) AS residual_current_mean,
    min(residual_current) AS residual_current_min,
    max(residual_current) AS residual_current_max,
    avg(temp_1) AS temp_1_mean,
    min(temp_1) AS temp_1_min,
    max(temp_1) AS temp_1_max,
    avg(temp_2) AS temp_2_mean,
    min(temp_2) AS temp_2_min,
    max(temp_2) AS temp_2_max,
    avg(temp_3) AS temp_3_mean,
    min(temp_3) AS temp_3_min,
    max(temp_3) AS temp_3_max,
    avg(temp_4) AS temp_4_mean,
    min(temp_4) AS temp_4_min,
    max(temp_4) AS temp_4_max,
    avg(current_1) AS current_1_mean,
    min(current_1) AS current_1_min,
    max(current_1) AS current_1_max,
    avg(current_2) AS current_2_mean,
    min(current_2) AS current_2_min,
    max(current_2) AS current_2_max,
    avg(current_3) AS current_3_mean,
    min(current_3) AS current_3_min,
    max(current_3) AS current_3_max,
    avg(voltage_1) AS voltage_1_mean,
    min(voltage_1) AS voltage_1_min,
    max(voltage_1) AS voltage_1_max,
    avg(voltage_2) AS voltage_2_mean,
    min(voltage_2) AS voltage_2_min,
    max(voltage_2) AS voltage_2_max,
    avg(voltage_3) AS voltage_3_mean,
    min(voltage_3) AS voltage_3_min,
    max(voltage_3) AS voltage_3_max
FROM electrical_samples
GROUP BY 1, 2
WITH NO DATA;
GRANT SELECT ON electrical_hours TO tw_analytics;
SELECT add_continuous_aggregate_policy(
    'electrical_hours',
    start_offset => INTERVAL '399 days',
    end_offset => INTERVAL '2 hours',
    schedule_interval => INTERVAL '30 minutes'
);
CREATE VIEW visible_electrical_hours WITH (security_barrier) AS
SELECT
    hours.hour,
    hours.asset_id,
    hours.samples,
    hours.residual_current_mean,
    hours.residual_current_min,
    hours.residual_current_max,
    hours.temp_1_mean,
    hours.temp_1_min,
    hours.temp_1_max,
    hours.temp_2_mean,
    hours.temp_2_min,
    hours.temp_2_max,
    hours.temp_3_mean,
    hours.temp_3_min,
    hours.temp_3_max,
    hours.temp_4_mean,
    hours.temp_4_min,
    hours.temp_4_max,
    hours.current_1_mean,
    hours.current_1_min,
    hours.current_1_max,
    hours.current_2_mean,
    hours.current_2_min,
    hours.current_2_max,
    hours.current_3_mean,
    hours.current_3_min,
    hours.current_3_max,
    hours.voltage_1_mean,
    hours.voltage_1_min,
    hours.voltage_1_max,
    hours.voltage_2_mean,
    hours.voltage_2_min,
    hours.voltage_2_max,
    hours.voltage_3_mean,
    hours.voltage_3_min,
    hours.voltage_3_max
FROM electrical_hours AS hours
JOIN assets ON assets.id = hours.asset_id
JOIN places ON places.id = assets.place_id
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]);
GRANT SELECT ON visible_electrical_hours TO tw_console, tw_grafana;
