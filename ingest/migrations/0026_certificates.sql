-- What each door of the platform shows to other machines. A renewed file proves nothing while a server
-- still shows the former one, so the doors themselves are asked.
CREATE TABLE certificates (
    door text PRIMARY KEY,
    ends_at timestamptz,
    seen_at timestamptz,
    looked_at timestamptz NOT NULL,
    problem text NOT NULL DEFAULT '',
    CONSTRAINT certificates_were_seen CHECK ((ends_at IS NULL) = (seen_at IS NULL))
);
COMMENT ON TABLE certificates IS 'TLS certificates of the platform as its doors showed them last, and why one was not seen at the newest look';
COMMENT ON COLUMN certificates.door IS 'Address of the server, with the name it was asked for where that is another';
COMMENT ON COLUMN certificates.ends_at IS 'End of the certificate that was seen last; NULL: none was ever seen';
COMMENT ON COLUMN certificates.problem IS 'Why nothing was seen at the newest look; empty: it was';
GRANT SELECT, INSERT, UPDATE, DELETE ON certificates TO tw_ingest;
GRANT SELECT ON certificates TO tw_analytics, tw_console, tw_grafana;

-- Seen by those who see the platform's own alarms.
ALTER TABLE certificates ENABLE ROW LEVEL SECURITY;
CREATE POLICY certificates_of_the_platform ON certificates TO tw_ingest, tw_analytics
    USING (true) WITH CHECK (true);
CREATE POLICY certificates_in_scope ON certificates FOR SELECT TO tw_console, tw_grafana
    USING ('platform'::ltree <@ ANY ((SELECT visible_scope())::ltree[]));
