-- Run once in a district's database, as its administrator, after
--   CREATE ROLE tw_city LOGIN REPLICATION BYPASSRLS PASSWORD '...';
-- The role may read what is published and nothing else. Telemetry, acts, people's accounts, the audit
-- chain and everything that decides stay in the district; the city only looks.

DO $$
BEGIN
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO tw_city', current_database());
END
$$;
GRANT USAGE ON SCHEMA public TO tw_city;
GRANT SELECT ON
    places, organisations, managements, assets, asset_contacts, gateways, bindings, gateway_states,
    platform_conditions, incidents, alarms, clocks, work_orders, rescues
    TO tw_city;
CREATE PUBLICATION tw_city FOR TABLE
    places, organisations, managements, assets, asset_contacts, gateways, bindings, gateway_states,
    platform_conditions, incidents, alarms, clocks, work_orders, rescues;
