-- Places on seven levels, the organisations that look after them, and who is responsible when.

CREATE EXTENSION IF NOT EXISTS ltree;
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE places (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL CONSTRAINT places_code_key UNIQUE
        CONSTRAINT places_code_is_a_label CHECK (code ~ '^[A-Za-z0-9_]{1,60}$'),
    path ltree NOT NULL CONSTRAINT places_path_key UNIQUE,
    level text NOT NULL CONSTRAINT places_level_is_known CHECK (
        level IN ('city', 'district', 'street', 'community', 'compound', 'building', 'floor')
    ),
    name_zh text NOT NULL CONSTRAINT places_name_is_not_empty CHECK (name_zh <> ''),
    name_en text NOT NULL DEFAULT '',
    address text NOT NULL DEFAULT '',
    latitude double precision CONSTRAINT places_latitude_is_on_earth CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision CONSTRAINT places_longitude_is_on_earth CHECK (longitude BETWEEN -180 AND 180),
    access_note text NOT NULL DEFAULT '',
    opened_at timestamptz NOT NULL DEFAULT now(),
    closed_at timestamptz,
    successor_id int REFERENCES places,
    CONSTRAINT places_path_ends_with_code CHECK (subpath(path, -1, 1) = text2ltree(code))
);
COMMENT ON TABLE places IS 'City to floor. The path is the tree; alarms and orders copy it at birth.';
COMMENT ON COLUMN places.latitude IS 'degrees, WGS 84';
COMMENT ON COLUMN places.longitude IS 'degrees, WGS 84';
COMMENT ON COLUMN places.access_note IS 'Entrance and fire lane, for those who come from outside';
COMMENT ON COLUMN places.successor_id IS 'Where a merged or split place went';
CREATE INDEX places_path_gist ON places USING gist (path);

CREATE TABLE place_changes (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    changed_at timestamptz NOT NULL,
    kind text NOT NULL CONSTRAINT place_changes_kind_is_known CHECK (
        kind IN ('create', 'merge', 'split', 'move', 'rename', 'close')
    ),
    from_paths ltree[] NOT NULL,
    to_paths ltree[] NOT NULL,
    reason text NOT NULL,
    actor text NOT NULL
);
COMMENT ON TABLE place_changes IS 'History of the tree: what was merged, split, moved, by whom and why';

CREATE TABLE organisations (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL CONSTRAINT organisations_code_key UNIQUE,
    kind text NOT NULL CONSTRAINT organisations_kind_is_known CHECK (
        kind IN (
            'property_company', 'maintenance_firm', 'fire_maintenance_firm', 'bureau',
            'community', 'street', 'owners_committee', 'water_company', 'power_company',
            'telecom_operator', 'fire_service', 'housing_bureau', 'work_unit', 'rescue_station'
        )
    ),
    name_zh text NOT NULL CONSTRAINT organisations_name_is_not_empty CHECK (name_zh <> ''),
    name_en text NOT NULL DEFAULT '',
    phone text NOT NULL DEFAULT '',
    place_id int REFERENCES places
);
COMMENT ON COLUMN organisations.place_id IS 'The place it serves, for bureaus, streets, communities; NULL for companies';

CREATE TABLE managements (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    place_id int NOT NULL REFERENCES places,
    kind text NOT NULL CONSTRAINT managements_kind_is_known CHECK (
        kind IN ('company', 'work_unit', 'entrusted', 'self_managed', 'cleaning_only', 'nobody')
    ),
    organisation_id int REFERENCES organisations,
    valid_during tstzrange NOT NULL,
    CONSTRAINT managements_have_an_organisation CHECK (
        (kind IN ('company', 'work_unit', 'entrusted', 'cleaning_only')) = (organisation_id IS NOT NULL)
        OR kind = 'self_managed'
    ),
    CONSTRAINT managements_do_not_overlap EXCLUDE USING gist (place_id WITH =, valid_during WITH &&)
);
COMMENT ON TABLE managements IS 'Who runs a compound, and from when until when';

CREATE TABLE responsible_persons (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    place_id int NOT NULL REFERENCES places,
    role text NOT NULL,
    name text NOT NULL,
    phone text NOT NULL,
    valid_during tstzrange NOT NULL,
    CONSTRAINT responsible_persons_do_not_overlap EXCLUDE USING gist (
        place_id WITH =, role WITH =, valid_during WITH &&
    )
);
COMMENT ON TABLE responsible_persons IS 'The named person of a place (personal data: shown masked, access logged)';

-- Who may see what. A console session names its scope in a setting that only the role tw_console
-- is believed; every other reader (Grafana, whose users may send any SQL) has it in a table.
CREATE TABLE reader_scopes (
    role_name name NOT NULL,
    path ltree NOT NULL,
    PRIMARY KEY (role_name, path)
);
COMMENT ON TABLE reader_scopes IS 'Places that a database role other than the console may see';

CREATE FUNCTION visible_scope() RETURNS ltree[]
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN current_user = 'tw_console' THEN
            coalesce(string_to_array(nullif(current_setting('towerwatch.scope', true), ''), ','), '{}')::ltree[]
        ELSE
            (SELECT coalesce(array_agg(path), '{}') FROM reader_scopes WHERE role_name = current_user)
    END
$$;
COMMENT ON FUNCTION visible_scope() IS 'Paths of the places whose subtree the reader may see';

GRANT SELECT ON reader_scopes TO tw_console, tw_grafana;
GRANT SELECT ON places, organisations, managements, place_changes
    TO tw_ingest, tw_analytics, tw_console, tw_grafana;
GRANT SELECT ON responsible_persons TO tw_ingest, tw_analytics, tw_console;
GRANT INSERT, UPDATE ON places, place_changes, organisations, managements, responsible_persons TO tw_ingest;
