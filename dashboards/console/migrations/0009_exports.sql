-- What left the console as a file: written before the file leaves.

CREATE TABLE page_exports (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    user_name text NOT NULL REFERENCES users,
    what text NOT NULL,
    scope ltree[] NOT NULL,
    "rows" int NOT NULL CONSTRAINT page_exports_rows_are_counted CHECK ("rows" >= 0),
    sha256 bytea NOT NULL
);
COMMENT ON TABLE page_exports IS 'Append-only: who took which file with how many rows of which places';
COMMENT ON COLUMN page_exports.what IS 'Name of the file';
COMMENT ON COLUMN page_exports.scope IS 'Places that the reader saw; an empty path: all';
COMMENT ON COLUMN page_exports.sha256 IS 'Over the bytes that were given';
CREATE INDEX page_exports_of ON page_exports (user_name, id DESC);
GRANT SELECT, INSERT ON page_exports TO tw_console;
