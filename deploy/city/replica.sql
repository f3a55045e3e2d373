-- Run once on the city's server in the database that follows one district, as its administrator,
-- after the schema was installed there (`towerwatch deploy schema`) and
--   CREATE ROLE tw_city_reader LOGIN PASSWORD '...';
-- and before
--   CREATE SUBSCRIPTION tw_city CONNECTION 'host=.. dbname=towerwatch user=tw_city password=..'
--       PUBLICATION tw_city WITH (slot_name = 'tw_city');
-- No process of Towerwatch runs on this database: it is only read.

-- Rows come from the district, those that a migration makes included.
TRUNCATE places, organisations, managements, assets, asset_contacts, gateways, bindings, gateway_states,
    platform_conditions, incidents, alarms, clocks, work_orders, rescues CASCADE;

-- Whoever reads over postgres_fdw has no search path.
ALTER FUNCTION visible_scope() SET search_path = public;

DO $$
BEGIN
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO tw_city_reader', current_database());
END
$$;
GRANT tw_grafana TO tw_city_reader WITH INHERIT TRUE, SET FALSE;
SELECT set_reader_scope('tw_city_reader', ARRAY['*'], ARRAY[]::text[]);
