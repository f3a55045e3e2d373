-- What places and assets are found by: their names, codes and the initials of Chinese names. A copy
-- that the console keeps up with the registry; nothing but the search reads it. And the lists of
-- alarms that somebody has kept under a name.

CREATE TABLE search_names (
    kind text NOT NULL CONSTRAINT search_names_kind_is_known CHECK (kind IN ('place', 'asset')),
    id int NOT NULL,
    path ltree NOT NULL,
    source text NOT NULL,
    words text NOT NULL,
    PRIMARY KEY (kind, id)
);
COMMENT ON TABLE search_names IS 'What places and assets are found by: names, codes, initials of Chinese names';
COMMENT ON COLUMN search_names.source IS 'Names and code from which the words were made; another value means: make them anew';
GRANT SELECT, INSERT, UPDATE ON search_names TO tw_console;
ALTER TABLE search_names ENABLE ROW LEVEL SECURITY;
CREATE POLICY search_names_in_scope ON search_names TO tw_console
    USING (path <@ ANY ((SELECT visible_scope())::ltree[]))
    WITH CHECK (path <@ ANY ((SELECT visible_scope())::ltree[]));

CREATE TABLE saved_views (
    user_name text NOT NULL REFERENCES users,
    name text NOT NULL CONSTRAINT saved_views_name_is_short CHECK (length(name) BETWEEN 1 AND 30),
    query text NOT NULL CONSTRAINT saved_views_query_is_short CHECK (length(query) <= 300),
    saved_at timestamptz NOT NULL,
    PRIMARY KEY (user_name, name)
);
COMMENT ON TABLE saved_views IS 'Lists of alarms that somebody has kept under a name; they filter, and never life safety';
GRANT SELECT, INSERT, UPDATE, DELETE ON saved_views TO tw_console;
