-- Every table that a page or a panel reads shows the reader's own places, by the database itself.

-- A reader of Grafana may be given an organisation instead of places: then it sees the compounds that
-- the organisation manages today.
CREATE TABLE reader_organisations (
    role_name name NOT NULL,
    organisation_id int NOT NULL REFERENCES organisations,
    PRIMARY KEY (role_name, organisation_id)
);
COMMENT ON TABLE reader_organisations IS 'Organisations whose compounds a database role other than the console may see';
REVOKE SELECT ON reader_scopes FROM tw_console, tw_grafana;

-- The scope of a reader is looked up with the owner's rights, since its tables are guarded by it; a role
-- is told its own scope and that of a role which it may become.
CREATE FUNCTION scope_of_reader(asked name) RETURNS ltree[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public AS $$
    SELECT coalesce(array_agg(path), '{}')
    FROM (
        SELECT path FROM reader_scopes WHERE role_name = asked
        UNION
        SELECT places.path
        FROM reader_organisations
        JOIN managements ON managements.organisation_id = reader_organisations.organisation_id
            AND managements.valid_during @> now()
        JOIN places ON places.id = managements.place_id
        WHERE reader_organisations.role_name = asked
    ) AS given
    WHERE asked = session_user OR pg_has_role(session_user, asked, 'SET')
$$;
COMMENT ON FUNCTION scope_of_reader(name) IS 'Paths that a role of Grafana may see';
REVOKE ALL ON FUNCTION scope_of_reader(name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION scope_of_reader(name) TO tw_ingest, tw_analytics, tw_console, tw_grafana;

CREATE OR REPLACE FUNCTION visible_scope() RETURNS ltree[]
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN current_user = 'tw_console' THEN
            coalesce(string_to_array(nullif(current_setting('towerwatch.scope', true), ''), ','), '{}')::ltree[]
        ELSE scope_of_reader(current_user)
    END
$$;

-- People of a maintenance firm see their own firm's work; only the console's setting is believed.
CREATE FUNCTION bound_organisation() RETURNS int
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN current_user = 'tw_console' THEN nullif(current_setting('towerwatch.organisation', true), '')::int
    END
$$;
COMMENT ON FUNCTION bound_organisation() IS 'The organisation outside which the reader sees no work; NULL: the places alone bind it';

-- A reader of Grafana: a role that may log in, is a member of tw_grafana and cannot become it
-- (GRANT tw_grafana TO role WITH INHERIT TRUE, SET FALSE), is given its places here.
CREATE FUNCTION set_reader_scope(reader name, place_codes text[], organisation_codes text[]) RETURNS int
LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
    unknown text;
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_roles
        WHERE rolname = reader AND NOT rolsuper AND NOT rolbypassrls AND NOT rolcreaterole
    ) THEN
        RAISE EXCEPTION 'role % does not exist, or it is above row-level security', reader;
    END IF;
    IF reader <> 'tw_grafana' AND NOT pg_has_role(reader, 'tw_grafana', 'USAGE') THEN
        RAISE EXCEPTION 'role % is no member of tw_grafana', reader;
    END IF;
    IF reader <> 'tw_grafana' AND pg_has_role(reader, 'tw_grafana', 'SET') THEN
        RAISE EXCEPTION 'role % could become tw_grafana: grant it WITH INHERIT TRUE, SET FALSE', reader;
    END IF;
    SELECT given.code INTO unknown
    FROM unnest(place_codes) AS given (code)
    WHERE given.code <> '*' AND NOT EXISTS (SELECT FROM places WHERE places.code = given.code)
    LIMIT 1;
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION 'no such place: %', unknown;
    END IF;
    SELECT given.code INTO unknown
    FROM unnest(organisation_codes) AS given (code)
    WHERE NOT EXISTS (SELECT FROM organisations WHERE organisations.code = given.code)
    LIMIT 1;
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION 'no such organisation: %', unknown;
    END IF;
    DELETE FROM reader_scopes WHERE role_name = reader;
    DELETE FROM reader_organisations WHERE role_name = reader;
    INSERT INTO reader_scopes (role_name, path)
    SELECT reader, ''::ltree WHERE '*' = ANY (place_codes)
    UNION
    SELECT reader, path FROM places WHERE code = ANY (place_codes);
    INSERT INTO reader_organisations (role_name, organisation_id)
    SELECT reader, id FROM organisations WHERE code = ANY (organisation_codes);
    RETURN (SELECT count(*) FROM reader_scopes WHERE role_name = reader)
        + (SELECT count(*) FROM reader_organisations WHERE role_name = reader);
END
$$;
COMMENT ON FUNCTION set_reader_scope(name, text[], text[]) IS
    'Give a role of Grafana its places (* is everywhere) and organisations by their codes; what it had before is taken away';
REVOKE ALL ON FUNCTION set_reader_scope(name, text[], text[]) FROM PUBLIC;

-- Places: those of the scope, and the line above them, since an address begins with the street.
ALTER TABLE places ENABLE ROW LEVEL SECURITY;
CREATE POLICY places_of_the_platform ON places TO tw_ingest, tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY places_in_scope ON places FOR SELECT TO tw_console, tw_grafana USING (
    path <@ ANY ((SELECT visible_scope())::ltree[]) OR path @> ANY ((SELECT visible_scope())::ltree[])
);

-- Organisations without a place serve everywhere: companies, and authorities of the whole platform.
ALTER TABLE organisations ENABLE ROW LEVEL SECURITY;
CREATE POLICY organisations_of_the_platform ON organisations TO tw_ingest, tw_analytics
    USING (true) WITH CHECK (true);
CREATE POLICY organisations_in_scope ON organisations FOR SELECT TO tw_console, tw_grafana
    USING (place_id IS NULL OR EXISTS (SELECT FROM places WHERE places.id = organisations.place_id));

ALTER TABLE managements ENABLE ROW LEVEL SECURITY;
CREATE POLICY managements_of_the_platform ON managements TO tw_ingest, tw_analytics
    USING (true) WITH CHECK (true);
CREATE POLICY managements_in_scope ON managements FOR SELECT TO tw_console, tw_grafana
    USING (EXISTS (SELECT FROM places WHERE places.id = managements.place_id));

ALTER TABLE responsible_persons ENABLE ROW LEVEL SECURITY;
CREATE POLICY persons_of_the_platform ON responsible_persons TO tw_ingest, tw_analytics
    USING (true) WITH CHECK (true);
CREATE POLICY persons_in_scope ON responsible_persons FOR SELECT TO tw_console USING (
    EXISTS (
        SELECT FROM places
        WHERE places.id = responsible_persons.place_id
            AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
    )
);

ALTER TABLE place_changes ENABLE ROW LEVEL SECURITY;
CREATE POLICY changes_of_the_platform ON place_changes TO tw_ingest, tw_analytics
    USING (true) WITH CHECK (true);
CREATE POLICY changes_in_scope ON place_changes FOR SELECT TO tw_console, tw_grafana USING (
    EXISTS (
        SELECT FROM unnest(from_paths || to_paths) AS changed
        WHERE changed <@ ANY ((SELECT visible_scope())::ltree[])
    )
);

ALTER TABLE network_conditions ENABLE ROW LEVEL SECURITY;
CREATE POLICY networks_of_the_platform ON network_conditions TO tw_ingest, tw_analytics
    USING (true) WITH CHECK (true);
CREATE POLICY networks_in_scope ON network_conditions FOR SELECT TO tw_console
    USING (EXISTS (SELECT FROM places WHERE places.id = network_conditions.area_id));

ALTER TABLE gateways ENABLE ROW LEVEL SECURITY;
CREATE POLICY gateways_of_the_platform ON gateways TO tw_ingest, tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY gateways_in_scope ON gateways FOR SELECT TO tw_console, tw_grafana USING (
    EXISTS (
        SELECT FROM places
        WHERE places.id = gateways.place_id AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
    )
);

ALTER TABLE bindings ENABLE ROW LEVEL SECURITY;
CREATE POLICY bindings_of_the_platform ON bindings TO tw_ingest, tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY bindings_in_scope ON bindings FOR SELECT TO tw_console, tw_grafana
    USING (EXISTS (SELECT FROM assets WHERE assets.id = bindings.asset_id));

-- What a gateway did: its own name is text, since messages come from gateways that nobody registered;
-- those are for a reader of the whole tree.
DO $$
DECLARE
    guarded name;
BEGIN
    FOREACH guarded IN ARRAY ARRAY[
        'alarm_messages', 'arrivals', 'commands', 'gateway_states', 'ledger_hours', 'ledger_origins',
        'ledgers', 'platform_conditions', 'quarantine', 'quarantine_days'
    ]::name[]
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
        EXECUTE format(
            'CREATE POLICY %I ON %I TO tw_ingest, tw_analytics USING (true) WITH CHECK (true)',
            guarded || '_of_the_platform', guarded
        );
        EXECUTE format(
            'CREATE POLICY %I ON %I FOR SELECT TO tw_console, tw_grafana USING (
                EXISTS (SELECT FROM gateways WHERE gateways.id = %I.gateway)
                OR ''''::ltree = ANY ((SELECT visible_scope())::ltree[])
            )',
            guarded || '_in_scope', guarded, guarded
        );
    END LOOP;
END
$$;
