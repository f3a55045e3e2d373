-- When each asset was last heard, and which have fallen silent.

CREATE TABLE asset_contacts (
    asset_id int PRIMARY KEY REFERENCES assets,
    heard_at timestamptz NOT NULL,
    silent_since timestamptz
) WITH (fillfactor = 70);
COMMENT ON TABLE asset_contacts IS 'Last sign of life of each asset; one that never reported has no row, and is not monitored';
COMMENT ON COLUMN asset_contacts.heard_at IS 'A value or an event of it was committed then; up to half of its class''s silence behind while it speaks';
COMMENT ON COLUMN asset_contacts.silent_since IS 'Set while asset_silent is raised: the last sign of life before it';

GRANT SELECT, INSERT, UPDATE ON asset_contacts TO tw_ingest;
GRANT SELECT ON asset_contacts TO tw_analytics, tw_console, tw_grafana;

ALTER TABLE asset_contacts ENABLE ROW LEVEL SECURITY;
CREATE POLICY contacts_of_the_platform ON asset_contacts TO tw_ingest, tw_analytics
    USING (true) WITH CHECK (true);
CREATE POLICY contacts_in_scope ON asset_contacts FOR SELECT TO tw_console, tw_grafana
    USING (EXISTS (SELECT FROM assets WHERE assets.id = asset_contacts.asset_id));
