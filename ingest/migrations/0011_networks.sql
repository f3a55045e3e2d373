-- By whose network a gateway reports, and the community's own service stations.

ALTER TABLE gateways ADD COLUMN operator_id int REFERENCES organisations;
COMMENT ON COLUMN gateways.operator_id IS 'Telecom operator whose network the gateway reports by; NULL: unknown';
CREATE INDEX gateways_operator ON gateways (operator_id) WHERE operator_id IS NOT NULL;

ALTER TABLE organisations
    DROP CONSTRAINT organisations_kind_is_known,
    ADD CONSTRAINT organisations_kind_is_known CHECK (
        kind IN (
            'property_company', 'maintenance_firm', 'fire_maintenance_firm', 'bureau',
            'community', 'community_station', 'street', 'owners_committee', 'water_company',
            'power_company', 'telecom_operator', 'fire_service', 'housing_bureau', 'work_unit',
            'rescue_station'
        )
    );
-- Each alarm asks who serves the places above it.
CREATE INDEX organisations_place ON organisations (place_id) WHERE place_id IS NOT NULL;

CREATE TABLE network_conditions (
    operator_id int NOT NULL REFERENCES organisations,
    area_id int NOT NULL REFERENCES places,
    raised_at timestamptz NOT NULL,
    PRIMARY KEY (operator_id, area_id)
);
COMMENT ON TABLE network_conditions IS 'Networks whose gateways are silent in an area; written with the event, so that one is open at most';
GRANT SELECT, INSERT, DELETE ON network_conditions TO tw_ingest;
GRANT SELECT ON network_conditions TO tw_analytics, tw_console;
