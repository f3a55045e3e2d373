-- Telemetry: one wide hypertable per asset class. No foreign keys, no triggers, no unique index;
-- the ledger recognises duplicates. A test holds the columns to the catalogue.

CREATE EXTENSION IF NOT EXISTS timescaledb;

CREATE TABLE lift_samples (
    at timestamptz NOT NULL,
    asset_id int NOT NULL,
    floor real,
    speed real,
    direction real,
    mode real,
    door_closed real,
    door_zone real,
    person real,
    load real,
    motor_current real,
    motor_temp real,
    door_current real,
    vibration real,
    vibration_horizontal real,
    levelling_error real,
    machine_room_temp real,
    run_count real,
    run_hours real,
    CONSTRAINT lift_samples_are_numbers CHECK (
        floor <> 'NaN'
        AND speed <> 'NaN'
        AND direction <> 'NaN'
        AND mode <> 'NaN'
        AND door_closed <> 'NaN'
        AND door_zone <> 'NaN'
        AND person <> 'NaN'
        AND load <> 'NaN'
        AND motor_current <> 'NaN'
        AND motor_temp <> 'NaN'
        AND door_current <> 'NaN'
        AND vibration <> 'NaN'
        AND vibration_horizontal <> 'NaN'
        AND levelling_error <> 'NaN'
        AND machine_room_temp <> 'NaN'
        AND run_count <> 'NaN'
        AND run_hours <> 'NaN'
    )
);
COMMENT ON COLUMN lift_samples.floor IS 'count or code';
COMMENT ON COLUMN lift_samples.speed IS 'm/s';
COMMENT ON COLUMN lift_samples.direction IS 'count or code';
COMMENT ON COLUMN lift_samples.mode IS 'count or code';
COMMENT ON COLUMN lift_samples.door_closed IS 'count or code';
COMMENT ON COLUMN lift_samples.door_zone IS 'count or code';
COMMENT ON COLUMN lift_samples.person IS 'count or code';
COMMENT ON COLUMN lift_samples.load IS 'kg';
COMMENT ON COLUMN lift_samples.motor_current IS 'A';
COMMENT ON COLUMN lift_samples.motor_temp IS 'degC';
COMMENT ON COLUMN lift_samples.door_current IS 'A';
COMMENT ON COLUMN lift_samples.vibration IS 'm/s2';
COMMENT ON COLUMN lift_samples.vibration_horizontal IS 'm/s2';
COMMENT ON COLUMN lift_samples.levelling_error IS 'mm';
COMMENT ON COLUMN lift_samples.machine_room_temp IS 'degC';
COMMENT ON COLUMN lift_samples.run_count IS 'count or code';
COMMENT ON COLUMN lift_samples.run_hours IS 'h';
SELECT create_hypertable('lift_samples', by_range('at', INTERVAL '1 day'), create_default_indexes => false);
CREATE INDEX lift_samples_asset_at ON lift_samples (asset_id, at DESC);
GRANT INSERT, SELECT ON lift_samples TO tw_ingest;
GRANT SELECT ON lift_samples TO tw_analytics;
CREATE VIEW visible_lift_samples WITH (security_barrier) AS
SELECT
    samples.at,
    samples.asset_id,
    samples.floor,
    samples.speed,
    samples.direction,
    samples.mode,
    samples.door_closed,
    samples.door_zone,
    samples.person,
    samples.load,
    samples.motor_current,
    samples.motor_temp,
    samples.door_current,
    samples.vibration,
    samples.vibration_horizontal,
    samples.levelling_error,
    samples.machine_room_temp,
    samples.run_count,
    samples.run_hours
FROM lift_samples AS samples
JOIN assets ON assets.id = samples.asset_id
JOIN places ON places.id = assets.place_id
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]);
GRANT SELECT ON visible_lift_samples TO tw_console, tw_grafana;

CREATE TABLE escalator_samples (
    at timestamptz NOT NULL,
    asset_id int NOT NULL,
    speed real,
    direction real,
    mode real,
    handrail_speed real,
    motor_current real,
    motor_temp real,
    vibration real,
    CONSTRAINT escalator_samples_are_numbers CHECK (
        speed <> 'NaN'
        AND direction <> 'NaN'
        AND mode <> 'NaN'
        AND handrail_speed <> 'NaN'
        AND motor_current <> 'NaN'
        AND motor_temp <> 'NaN'
        AND vibration <> 'NaN'
    )
);
COMMENT ON COLUMN escalator_samples.speed IS 'm/s';
COMMENT ON COLUMN escalator_samples.direction IS 'count or code';
COMMENT ON COLUMN escalator_samples.mode IS 'count or code';
COMMENT ON COLUMN escalator_samples.handrail_speed IS 'm/s';
COMMENT ON COLUMN escalator_samples.motor_current IS 'A';
COMMENT ON COLUMN escalator_samples.motor_temp IS 'degC';
COMMENT ON COLUMN escalator_samples.vibration IS 'm/s2';
SELECT create_hypertable('escalator_samples', by_range('at', INTERVAL '1 day'), create_default_indexes => false);
CREATE INDEX escalator_samples_asset_at ON escalator_samples (asset_id, at DESC);
GRANT INSERT, SELECT ON escalator_samples TO tw_ingest;
GRANT SELECT ON escalator_samples TO tw_analytics;
CREATE VIEW visible_escalator_samples WITH (security_barrier) AS
SELECT
    samples.at,
    samples.asset_id,
    samples.speed,
    samples.direction,
    samples.mode,
    samples.handrail_speed,
    samples.motor_current,
    samples.motor_temp,
    samples.vibration
FROM escalator_samples AS samples
JOIN assets ON assets.id = samples.asset_id
JOIN places ON places.id = assets.place_id
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]);
GRANT SELECT ON visible_escalator_samples TO tw_console, tw_grafana;

CREATE TABLE detector_samples (
    at timestamptz NOT NULL,
    asset_id int NOT NULL,
    smoke real,
    temperature real,
    contamination real,
    battery real,
    humidity real,
    signal real,
    CONSTRAINT detector_samples_are_numbers CHECK (
        smoke <> 'NaN'
        AND temperature <> 'NaN'
        AND contamination <> 'NaN'
        AND battery <> 'NaN'
        AND humidity <> 'NaN'
        AND signal <> 'NaN'
    )
);
COMMENT ON COLUMN detector_samples.smoke IS '%/m';
COMMENT ON COLUMN detector_samples.temperature IS 'degC';
COMMENT ON COLUMN detector_samples.contamination IS '%';
COMMENT ON COLUMN detector_samples.battery IS '%';
COMMENT ON COLUMN detector_samples.humidity IS '%';
COMMENT ON COLUMN detector_samples.signal IS 'dBm';
SELECT create_hypertable('detector_samples', by_range('at', INTERVAL '1 day'), create_default_indexes => false);
CREATE INDEX detector_samples_asset_at ON detector_samples (asset_id, at DESC);
GRANT INSERT, SELECT ON detector_samples TO tw_ingest;
GRANT SELECT ON detector_samples TO tw_analytics;
CREATE VIEW visible_detector_samples WITH (security_barrier) AS
SELECT
    samples.at,
    samples.asset_id,
    samples.smoke,
    samples.temperature,
    samples.contamination,
    samples.battery,
    samples.humidity,
    samples.signal
FROM detector_samples AS samples
JOIN assets ON assets.id = samples.asset_id
JOIN places ON places.id = assets.place_id
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]);
GRANT SELECT ON visible_detector_samples TO tw_console, tw_grafana;

CREATE TABLE gas_samples (
    at timestamptz NOT NULL,
    asset_id int NOT NULL,
    gas real,
    temperature real,
    CONSTRAINT gas_samples_are_numbers CHECK (
        gas <> 'NaN'
        AND temperature <> 'NaN'
    )
);
COMMENT ON COLUMN gas_samples.gas IS '%LEL';
COMMENT ON COLUMN gas_samples.temperature IS 'degC';
SELECT create_hypertable('gas_samples', by_range('at', INTERVAL '1 day'), create_default_indexes => false);
CREATE INDEX gas_samples_asset_at ON gas_samples (asset_id, at DESC);
GRANT INSERT, SELECT ON gas_samples TO tw_ingest;
GRANT SELECT ON gas_samples TO tw_analytics;
CREATE VIEW visible_gas_samples WITH (security_barrier) AS
SELECT
    samples.at,
    samples.asset_id,
    samples.gas,
    samples.temperature
FROM gas_samples AS samples
JOIN assets ON assets.id = samples.asset_id
JOIN places ON places.id = assets.place_id
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]);
GRANT SELECT ON visible_gas_samples TO tw_console, tw_grafana;

CREATE TABLE water_samples (
    at timestamptz NOT NULL,
    asset_id int NOT NULL,
    pressure real,
    level real,
    flow real,
    temperature real,
    battery real,
    signal real,
    CONSTRAINT water_samples_are_numbers CHECK (
        pressure <> 'NaN'
        AND level <> 'NaN'
        AND flow <> 'NaN'
        AND temperature <> 'NaN'
        AND battery <> 'NaN'
        AND signal <> 'NaN'
    )
);
COMMENT ON COLUMN water_samples.pressure IS 'kPa';
COMMENT ON COLUMN water_samples.level IS 'm';
COMMENT ON COLUMN water_samples.flow IS 'L/s';
COMMENT ON COLUMN water_samples.temperature IS 'degC';
COMMENT ON COLUMN water_samples.battery IS '%';
COMMENT ON COLUMN water_samples.signal IS 'dBm';
SELECT create_hypertable('water_samples', by_range('at', INTERVAL '1 day'), create_default_indexes => false);
CREATE INDEX water_samples_asset_at ON water_samples (asset_id, at DESC);
GRANT INSERT, SELECT ON water_samples TO tw_ingest;
GRANT SELECT ON water_samples TO tw_analytics;
CREATE VIEW visible_water_samples WITH (security_barrier) AS
SELECT
    samples.at,
    samples.asset_id,
    samples.pressure,
    samples.level,
    samples.flow,
    samples.temperature,
    samples.battery,
    samples.signal
FROM water_samples AS samples
JOIN assets ON assets.id = samples.asset_id
JOIN places ON places.id = assets.place_id
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]);
GRANT SELECT ON visible_water_samples TO tw_console, tw_grafana;

CREATE TABLE pump_samples (
    at timestamptz NOT NULL,
    asset_id int NOT NULL,
    running real,
    automatic real,
    current real,
    voltage real,
    pressure real,
    flow real,
    motor_temp real,
    fluid_temp real,
    vibration_drive real,
    vibration_free real,
    starts real,
    CONSTRAINT pump_samples_are_numbers CHECK (
        running <> 'NaN'
        AND automatic <> 'NaN'
        AND current <> 'NaN'
        AND voltage <> 'NaN'
        AND pressure <> 'NaN'
        AND flow <> 'NaN'
        AND motor_temp <> 'NaN'
        AND fluid_temp <> 'NaN'
        AND vibration_drive <> 'NaN'
        AND vibration_free <> 'NaN'
        AND starts <> 'NaN'
    )
);
COMMENT ON COLUMN pump_samples.running IS 'count or code';
COMMENT ON COLUMN pump_samples.automatic IS 'count or code';
COMMENT ON COLUMN pump_samples.current IS 'A';
COMMENT ON COLUMN pump_samples.voltage IS 'V';
COMMENT ON COLUMN pump_samples.pressure IS 'bar';
COMMENT ON COLUMN pump_samples.flow IS 'L/min';
COMMENT ON COLUMN pump_samples.motor_temp IS 'degC';
COMMENT ON COLUMN pump_samples.fluid_temp IS 'degC';
COMMENT ON COLUMN pump_samples.vibration_drive IS 'g';
COMMENT ON COLUMN pump_samples.vibration_free IS 'g';
COMMENT ON COLUMN pump_samples.starts IS 'count or code';
SELECT create_hypertable('pump_samples', by_range('at', INTERVAL '1 day'), create_default_indexes => false);
CREATE INDEX pump_samples_asset_at ON pump_samples (asset_id, at DESC);
GRANT INSERT, SELECT ON pump_samples TO tw_ingest;
GRANT SELECT ON pump_samples TO tw_analytics;
CREATE VIEW visible_pump_samples WITH (security_barrier) AS
SELECT
    samples.at,
    samples.asset_id,
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
JOIN assets ON assets.id = samples.asset_id
JOIN places ON places.id = assets.place_id
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]);
GRANT SELECT ON visible_pump_samples TO tw_console, tw_grafana;

CREATE TABLE electrical_samples (
    at timestamptz NOT NULL,
    asset_id int NOT NULL,
    residual_current real,
    temp_1 real,
    temp_2 real,
    temp_3 real,
    temp_4 real,
    current_1 real,
    current_2 real,
    current_3 real,
    voltage_1 real,
    voltage_2 real,
    voltage_3 real,
    CONSTRAINT electrical_samples_are_numbers CHECK (
        residual_current <> 'NaN'
        AND temp_1 <> 'NaN'
        AND temp_2 <> 'NaN'
        AND temp_3 <> 'NaN'
        AND temp_4 <> 'NaN'
        AND current_1 <> 'NaN'
        AND current_2 <> 'NaN'
        AND current_3 <> 'NaN'
        AND voltage_1 <> 'NaN'
        AND voltage_2 <> 'NaN'
        AND voltage_3 <> 'NaN'
    )
);
COMMENT ON COLUMN electrical_samples.residual_current IS 'mA';
COMMENT ON COLUMN electrical_samples.temp_1 IS 'degC';
COMMENT ON COLUMN electrical_samples.temp_2 IS 'degC';
COMMENT ON COLUMN electrical_samples.temp_3 IS 'degC';
COMMENT ON COLUMN electrical_samples.temp_4 IS 'degC';
COMMENT ON COLUMN electrical_samples.current_1 IS 'A';
COMMENT ON COLUMN electrical_samples.current_2 IS 'A';
COMMENT ON COLUMN electrical_samples.current_3 IS 'A';
COMMENT ON COLUMN electrical_samples.voltage_1 IS 'V';
COMMENT ON COLUMN electrical_samples.voltage_2 IS 'V';
COMMENT ON COLUMN electrical_samples.voltage_3 IS 'V';
SELECT create_hypertable('electrical_samples', by_range('at', INTERVAL '1 day'), create_default_indexes => false);
CREATE INDEX electrical_samples_asset_at ON electrical_samples (asset_id, at DESC);
GRANT INSERT, SELECT ON electrical_samples TO tw_ingest;
GRANT SELECT ON electrical_samples TO tw_analytics;
CREATE VIEW visible_electrical_samples WITH (security_barrier) AS
SELECT
    samples.at,
    samples.asset_id,
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
JOIN assets ON assets.id = samples.asset_id
JOIN places ON places.id = assets.place_id
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]);
GRANT SELECT ON visible_electrical_samples TO tw_console, tw_grafana;
