-- Gateways, the things that can break, and which code on which gateway means which thing.

CREATE TABLE gateways (
    id text PRIMARY KEY CONSTRAINT gateways_id_is_a_word CHECK (id ~ '^[a-z0-9-]{3,40}$'),
    place_id int NOT NULL REFERENCES places,
    note text NOT NULL DEFAULT '',
    registered_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);

CREATE TABLE assets (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL CONSTRAINT assets_code_key UNIQUE,
    class text NOT NULL,
    place_id int NOT NULL REFERENCES places,
    name_zh text NOT NULL CONSTRAINT assets_name_is_not_empty CHECK (name_zh <> ''),
    name_en text NOT NULL DEFAULT '',
    zone text NOT NULL DEFAULT '',
    maintainer_id int REFERENCES organisations,
    contract_until date,
    attributes jsonb NOT NULL DEFAULT '{}',
    is_placeholder boolean NOT NULL DEFAULT false,
    registered_at timestamptz NOT NULL DEFAULT now(),
    commissioned_at timestamptz,
    retired_at timestamptz
);
COMMENT ON COLUMN assets.class IS 'Asset class of the catalogue; unknown for placeholders';
COMMENT ON COLUMN assets.zone IS 'Fire zone or loop, for rules on neighbours';
COMMENT ON COLUMN assets.is_placeholder IS 'Made by ingest for an alarm of something that nobody registered';
COMMENT ON COLUMN assets.commissioned_at IS 'Walk test passed; before it the asset does not count as monitored';
CREATE INDEX assets_place ON assets (place_id);
CREATE INDEX assets_class ON assets (class, id);

CREATE TABLE bindings (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    gateway_id text NOT NULL REFERENCES gateways,
    code text NOT NULL,
    asset_id int NOT NULL REFERENCES assets,
    valid_during tstzrange NOT NULL,
    CONSTRAINT bindings_do_not_overlap EXCLUDE USING gist (
        gateway_id WITH =, code WITH =, valid_during WITH &&
    )
);
COMMENT ON TABLE bindings IS 'Which asset a code of a gateway means, and from when until when';
CREATE INDEX bindings_asset ON bindings (asset_id);

GRANT SELECT ON gateways, assets, bindings TO tw_ingest, tw_analytics, tw_console, tw_grafana;
GRANT INSERT, UPDATE ON gateways, assets, bindings TO tw_ingest;

ALTER TABLE assets ENABLE ROW LEVEL SECURITY;
CREATE POLICY assets_of_the_platform ON assets TO tw_ingest, tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY assets_in_scope ON assets FOR SELECT TO tw_console, tw_grafana USING (
    EXISTS (
        SELECT FROM places
        WHERE places.id = assets.place_id AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
    )
);

-- Ingest keeps bindings in memory and forgets them when it hears of a change.
CREATE FUNCTION announce_registry() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('tw_registry', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER bindings_announce AFTER INSERT OR UPDATE OR DELETE ON bindings
FOR EACH STATEMENT EXECUTE FUNCTION announce_registry();
CREATE TRIGGER assets_announce AFTER UPDATE ON assets
FOR EACH STATEMENT EXECUTE FUNCTION announce_registry();
