-- What the emergency bureau's systems read: CAP 1.2 documents, each written once and never changed.

CREATE TABLE cap_messages (
    identifier text PRIMARY KEY,
    notice_id uuid NOT NULL REFERENCES notices CONSTRAINT cap_messages_notice_key UNIQUE,
    alarm_id bigint NOT NULL REFERENCES alarms,
    number int NOT NULL CONSTRAINT cap_messages_number_is_positive CHECK (number > 0),
    place_path ltree NOT NULL,
    msg_type text NOT NULL CONSTRAINT cap_messages_type_is_known CHECK (
        msg_type IN ('Alert', 'Update', 'Cancel')
    ),
    status text NOT NULL CONSTRAINT cap_messages_status_is_known CHECK (
        status IN ('Actual', 'Exercise', 'Test')
    ),
    sent_at timestamptz NOT NULL,
    headline text NOT NULL,
    document text NOT NULL,
    CONSTRAINT cap_messages_are_in_order UNIQUE (alarm_id, number)
);
COMMENT ON TABLE cap_messages IS 'CAP 1.2 documents of life-safety alarms, as the Atom feed hands them out';
COMMENT ON COLUMN cap_messages.number IS 'Place among the documents of the alarm, from 1';
COMMENT ON COLUMN cap_messages.document IS 'The XML, byte for byte';
CREATE INDEX cap_messages_newest ON cap_messages (sent_at DESC, identifier DESC);

GRANT SELECT, INSERT ON cap_messages TO tw_analytics;
GRANT SELECT ON cap_messages TO tw_console;
ALTER TABLE cap_messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY cap_of_the_platform ON cap_messages TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY cap_in_scope ON cap_messages FOR SELECT TO tw_console
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
