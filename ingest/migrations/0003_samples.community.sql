-- Community edition: telemetry is compressed after a week and dropped after a year.

ALTER TABLE lift_samples SET (
    timescaledb.enable_columnstore = true,
    timescaledb.segmentby = 'asset_id',
    timescaledb.orderby = 'at DESC'
);
CALL add_columnstore_policy('lift_samples', after => INTERVAL '7 days');
SELECT add_retention_policy('lift_samples', drop_after => INTERVAL '400 days');

ALTER TABLE escalator_samples SET (
    timescaledb.enable_columnstore = true,
    timescaledb.segmentby = 'asset_id',
    timescaledb.orderby = 'at DESC'
);
CALL add_columnstore_policy('escalator_samples', after => INTERVAL '7 days');
SELECT add_retention_policy('escalator_samples', drop_after => INTERVAL '400 days');

ALTER TABLE detector_samples SET (
    timescaledb.enable_columnstore = true,
    timescaledb.segmentby = 'asset_id',
    timescaledb.orderby = 'at DESC'
);
CALL add_columnstore_policy('detector_samples', after => INTERVAL '7 days');
SELECT add_retention_policy('detector_samples', drop_after => INTERVAL '400 days');

ALTER TABLE gas_samples SET (
    timescaledb.enable_columnstore = true,
    timescaledb.segmentby = 'asset_id',
    timescaledb.orderby = 'at DESC'
);
CALL add_columnstore_policy('gas_samples', after => INTERVAL '7 days');
SELECT add_retention_policy('gas_samples', drop_after => INTERVAL '400 days');

ALTER TABLE water_samples SET (
    timescaledb.enable_columnstore = true,
    timescaledb.segmentby = 'asset_id',
    timescaledb.orderby = 'at DESC'
);
CALL add_columnstore_policy('water_samples', after => INTERVAL '7 days');
SELECT add_retention_policy('water_samples', drop_after => INTERVAL '400 days');

ALTER TABLE pump_samples SET (
    timescaledb.enable_columnstore = true,
    timescaledb.segmentby = 'asset_id',
    timescaledb.orderby = 'at DESC'
);
CALL add_columnstore_policy('pump_samples', after => INTERVAL '7 days');
SELECT add_retention_policy('pump_samples', drop_after => INTERVAL '400 days');

ALTER TABLE electrical_samples SET (
    timescaledb.enable_columnstore = true,
    timescaledb.segmentby = 'asset_id',
    timescaledb.orderby = 'at DESC'
);
CALL add_columnstore_policy('electrical_samples', after => INTERVAL '7 days');
SELECT add_retention_policy('electrical_samples', drop_after => INTERVAL '400 days');
