-- What people report: residents, the hotline, grid members on their rounds.

CREATE TABLE checkpoints (
    code text PRIMARY KEY CONSTRAINT checkpoints_code_is_a_word CHECK (code ~ '^[A-Za-z0-9-]{4,40}$'),
    place_id int NOT NULL REFERENCES places,
    asset_id int REFERENCES assets,
    name_zh text NOT NULL,
    name_en text NOT NULL DEFAULT '',
    removed_at timestamptz
);
COMMENT ON TABLE checkpoints IS 'Points of a round, each with a QR code that opens its page; residents report through the same code';

CREATE TABLE reports (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    act_id uuid NOT NULL CONSTRAINT reports_act_key UNIQUE,
    source text NOT NULL CONSTRAINT reports_source_is_known CHECK (source IN ('resident', 'hotline', 'round')),
    case_number text NOT NULL DEFAULT '',
    category text NOT NULL,
    place_path ltree NOT NULL,
    asset_id int REFERENCES assets,
    checkpoint text REFERENCES checkpoints,
    text text NOT NULL,
    contact text NOT NULL DEFAULT '',
    reported_by text NOT NULL,
    reported_at timestamptz NOT NULL,
    alarm_id bigint REFERENCES alarms,
    order_id bigint REFERENCES work_orders,
    digest bytea NOT NULL
);
COMMENT ON TABLE reports IS 'What somebody said is wrong, or that all is well at a point of a round; the digest is over the row''s content';
COMMENT ON COLUMN reports.contact IS 'How to reach who reported (personal data)';
COMMENT ON COLUMN reports.case_number IS 'Number of the hotline''s own case';
CREATE UNIQUE INDEX reports_case ON reports (case_number) WHERE case_number <> '';
CREATE INDEX reports_order ON reports (order_id);
CREATE INDEX reports_checkpoint ON reports (checkpoint, reported_at DESC);

CREATE TABLE report_photos (
    report_id bigint NOT NULL REFERENCES reports,
    digest text NOT NULL CONSTRAINT report_photos_digest_is_sha256 CHECK (digest ~ '^[0-9a-f]{64}$'),
    PRIMARY KEY (report_id, digest)
);
COMMENT ON TABLE report_photos IS 'Photos of a report: the file is named by its SHA-256';

GRANT SELECT, INSERT, UPDATE ON checkpoints TO tw_analytics;
GRANT SELECT, INSERT ON reports, report_photos TO tw_analytics;
GRANT SELECT ON checkpoints, reports, report_photos TO tw_console;

ALTER TABLE reports ENABLE ROW LEVEL SECURITY;
CREATE POLICY reports_of_the_platform ON reports TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY reports_in_scope ON reports FOR SELECT TO tw_console
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
ALTER TABLE report_photos ENABLE ROW LEVEL SECURITY;
CREATE POLICY photos_of_the_platform ON report_photos TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY photos_in_scope ON report_photos FOR SELECT TO tw_console
    USING (EXISTS (SELECT FROM reports WHERE reports.id = report_photos.report_id));
