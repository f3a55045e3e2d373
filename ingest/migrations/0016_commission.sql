-- What administrators ask of the registry, which ingest alone writes: that an asset counts as
-- monitored from its walk test on, and that files are applied that somebody has looked at.

CREATE FUNCTION commission_asset(asked int, passed_at timestamptz) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public AS $$
    WITH changed AS (
        UPDATE assets
        SET commissioned_at = passed_at
        WHERE id = asked AND commissioned_at IS NULL AND retired_at IS NULL AND NOT is_placeholder
        RETURNING id
    )
    SELECT EXISTS (SELECT FROM changed)
$$;
COMMENT ON FUNCTION commission_asset(int, timestamptz) IS
    'The walk test of a registered asset was passed: from now on it counts as monitored; true when it did not before';
REVOKE ALL ON FUNCTION commission_asset(int, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION commission_asset(int, timestamptz) TO tw_analytics;

CREATE TABLE registry_requests (
    id uuid PRIMARY KEY,
    asked_at timestamptz NOT NULL,
    asked_by text NOT NULL,
    scope ltree[] NOT NULL,
    files jsonb NOT NULL,
    plan_digest bytea NOT NULL,
    effective_at timestamptz NOT NULL,
    reason text NOT NULL,
    state text NOT NULL DEFAULT 'shown' CONSTRAINT registry_requests_state_is_known CHECK (
        state IN ('shown', 'waiting', 'done', 'refused')
    ),
    outcome text NOT NULL DEFAULT '',
    handled_at timestamptz
);
COMMENT ON TABLE registry_requests IS 'Files of a registry that somebody was shown the plan of, and whether they were applied; the console asks, ingest applies';
COMMENT ON COLUMN registry_requests.files IS 'Name of each file to its content';
COMMENT ON COLUMN registry_requests.plan_digest IS 'SHA-256 of the plan that was shown: another one is not applied';
CREATE INDEX registry_requests_waiting ON registry_requests (asked_at) WHERE state = 'waiting';
GRANT SELECT ON registry_requests TO tw_ingest, tw_console;
GRANT UPDATE (state, outcome, handled_at) ON registry_requests TO tw_ingest;
GRANT INSERT ON registry_requests TO tw_console;
GRANT UPDATE (state) ON registry_requests TO tw_console;
ALTER TABLE registry_requests ENABLE ROW LEVEL SECURITY;
CREATE POLICY registry_requests_of_the_platform ON registry_requests TO tw_ingest
    USING (true) WITH CHECK (true);
CREATE POLICY registry_requests_in_scope ON registry_requests TO tw_console
    USING (
        NOT EXISTS (
            SELECT FROM unnest(scope) AS seen WHERE NOT seen <@ ANY ((SELECT visible_scope())::ltree[])
        )
    )
    WITH CHECK (state IN ('shown', 'waiting'));
