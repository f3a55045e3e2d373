-- Run once in the city's own database, as its administrator. It holds no rows: its relations have the
-- names that the dashboards read, and are the sum of all districts. Then, for each district:
--   SELECT city.add_district('shushan', '127.0.0.1', 5432, 'district_shushan', 'password of tw_city_reader');

CREATE EXTENSION IF NOT EXISTS ltree;
CREATE EXTENSION IF NOT EXISTS postgres_fdw;
CREATE SCHEMA city;

CREATE TABLE city.districts (
    number int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL CONSTRAINT districts_code_key UNIQUE
        CONSTRAINT districts_code_is_a_label CHECK (code ~ '^[a-z][a-z0-9_]{0,30}$'),
    added_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE city.districts IS 'Districts whose replicas the city reads; numbers keep their ids apart';

CREATE TABLE city.relations (
    name text PRIMARY KEY
);
COMMENT ON TABLE city.relations IS 'What is summed up, under the name that it has in a district';
INSERT INTO city.relations (name) VALUES
    ('places'), ('organisations'), ('visible_assets'), ('alarms'), ('visible_clocks'), ('work_orders'), ('rescues');

CREATE TABLE reader_scopes (
    role_name name NOT NULL,
    path ltree NOT NULL,
    PRIMARY KEY (role_name, path)
);
COMMENT ON TABLE reader_scopes IS 'Places that a reader of the city''s dashboards may see; an empty path is everywhere';

CREATE FUNCTION visible_scope() RETURNS ltree[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(path), '{}') FROM reader_scopes WHERE role_name = session_user
$$;
COMMENT ON FUNCTION visible_scope() IS 'Paths that the reader may see';

-- The columns of a relation as the city shows them: numbers of a district become numbers of the city.
CREATE FUNCTION city.columns_of(district city.districts, relation text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT string_agg(
        CASE
            WHEN attribute.attname = 'id' OR attribute.attname LIKE '%\_id' THEN
                CASE
                    WHEN attribute.atttypid IN ('int4'::regtype, 'int8'::regtype) THEN
                        format('%I::bigint + %s::bigint * 1000000000000 AS %I', attribute.attname, district.number, attribute.attname)
                    ELSE format('%I', attribute.attname)
                END
            ELSE format('%I', attribute.attname)
        END,
        ', ' ORDER BY attribute.attnum
    )
    FROM pg_attribute AS attribute
    WHERE attribute.attrelid = format('%I.%I', 'district_' || district.code, relation)::regclass
        AND attribute.attnum > 0
        AND NOT attribute.attisdropped
$$;

-- Make the views anew over the districts that there are; run again after an upgrade of the districts.
CREATE FUNCTION city.make_views() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    relation text;
    parts text;
    guard text;
BEGIN
    FOR relation IN SELECT name FROM city.relations ORDER BY name LOOP
        SELECT string_agg(
            format('SELECT %s FROM %I.%I', city.columns_of(one, relation), 'district_' || one.code, relation),
            ' UNION ALL ' ORDER BY one.number
        ) INTO parts
        FROM city.districts AS one;
        guard := CASE
            WHEN relation = 'organisations' THEN 'true'
            WHEN relation = 'places' THEN
                '(path <@ ANY ((SELECT visible_scope())::ltree[]) OR path @> ANY ((SELECT visible_scope())::ltree[]))'
            WHEN relation = 'visible_assets' THEN 'path <@ ANY ((SELECT visible_scope())::ltree[])'
            ELSE 'place_path <@ ANY ((SELECT visible_scope())::ltree[])'
        END;
        EXECUTE format('DROP VIEW IF EXISTS public.%I', relation);
        -- The places above the districts stand in each of them, and once here.
        EXECUTE format(
            'CREATE VIEW public.%I WITH (security_barrier) AS SELECT %s * FROM (%s) AS summed WHERE %s %s',
            relation,
            CASE WHEN relation = 'places' THEN 'DISTINCT ON (path)' ELSE '' END,
            parts,
            guard,
            CASE WHEN relation = 'places' THEN 'ORDER BY path, id' ELSE '' END
        );
        EXECUTE format('GRANT SELECT ON public.%I TO tw_grafana', relation);
    END LOOP;
END
$$;

CREATE FUNCTION city.add_district(code text, host text, port int, dbname text, password text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    district text := 'district_' || code;
    named text;
BEGIN
    INSERT INTO city.districts (code) VALUES (add_district.code);
    EXECUTE format(
        'CREATE SERVER %I FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L,'
        ' extensions ''ltree'', fetch_size ''5000'', keep_connections ''on'', application_name ''towerwatch city'')',
        district, host, port::text, dbname
    );
    EXECUTE format(
        'CREATE USER MAPPING FOR PUBLIC SERVER %I OPTIONS (user ''tw_city_reader'', password %L)',
        district, password
    );
    EXECUTE format('CREATE SCHEMA %I', district);
    SELECT string_agg(format('%I', name), ', ') INTO named FROM city.relations;
    EXECUTE format('IMPORT FOREIGN SCHEMA public LIMIT TO (%s) FROM SERVER %I INTO %I', named, district, district);
    PERFORM city.make_views();
END
$$;

-- How far behind each district's replica is; read on the city's server in the replica's database:
--   SELECT subname, latest_end_time FROM pg_stat_subscription;
