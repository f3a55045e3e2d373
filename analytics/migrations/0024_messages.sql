-- Whom an organisation has to be told through, and what each of them got of a notice.

CREATE TABLE notice_contacts (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id int NOT NULL REFERENCES organisations,
    role text NOT NULL CONSTRAINT notice_contacts_role_is_not_empty CHECK (role <> ''),
    channel text NOT NULL CONSTRAINT notice_contacts_channel_is_known CHECK (
        channel IN ('wecom', 'dingtalk', 'feishu', 'mail', 'sms', 'call')
    ),
    address_key text NOT NULL,
    language text NOT NULL CONSTRAINT notice_contacts_language_is_known CHECK (language IN ('zh', 'en')),
    hears text[] NOT NULL CONSTRAINT notice_contacts_hear_something CHECK (cardinality(hears) > 0),
    after_s int NOT NULL CONSTRAINT notice_contacts_wait_is_not_negative CHECK (after_s >= 0),
    rounds int NOT NULL CONSTRAINT notice_contacts_rounds_are_few CHECK (rounds BETWEEN 1 AND 10),
    every_s int NOT NULL CONSTRAINT notice_contacts_pause_is_positive CHECK (every_s > 0),
    quiet_from time,
    quiet_until time,
    removed_at timestamptz,
    CONSTRAINT notice_contacts_quiet_hours_are_whole CHECK ((quiet_from IS NULL) = (quiet_until IS NULL))
);
COMMENT ON TABLE notice_contacts IS 'How an organisation''s people are told; the addresses themselves stand in a secret file';
COMMENT ON COLUMN notice_contacts.address_key IS 'Name of the address in the secret file';
COMMENT ON COLUMN notice_contacts.hears IS 'life_safety, alarms, orders';
COMMENT ON COLUMN notice_contacts.after_s IS 'seconds after the notice, if nobody of the organisation took it before';
COMMENT ON COLUMN notice_contacts.rounds IS 'How often it is tried while nobody takes it (calls ring again)';
COMMENT ON COLUMN notice_contacts.every_s IS 'seconds between two rounds';
COMMENT ON COLUMN notice_contacts.quiet_from IS 'Quiet hours in the time of the place; never kept for life safety';
CREATE UNIQUE INDEX notice_contacts_once
    ON notice_contacts (organisation_id, role, channel, address_key) WHERE removed_at IS NULL;

CREATE TABLE notice_work (
    notice_id uuid PRIMARY KEY REFERENCES notices
);
COMMENT ON TABLE notice_work IS 'Notices that nobody has spread to people yet; deleted in the transaction that does';

CREATE TABLE notice_messages (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    notice_id uuid NOT NULL REFERENCES notices,
    contact_id int NOT NULL REFERENCES notice_contacts,
    round int NOT NULL,
    organisation_id int NOT NULL REFERENCES organisations,
    role text NOT NULL,
    channel text NOT NULL,
    address_key text NOT NULL,
    alarm_id bigint REFERENCES alarms,
    place_path ltree NOT NULL,
    is_life_safety boolean NOT NULL,
    created_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CONSTRAINT notice_messages_state_is_known CHECK (
        state IN ('waiting', 'delivered', 'not_answered', 'unneeded', 'shed', 'given_up')
    ),
    attempts int NOT NULL DEFAULT 0,
    delivered_at timestamptz,
    read_at timestamptz,
    taken_at timestamptz,
    receipt text,
    last_error text,
    token text NOT NULL CONSTRAINT notice_messages_token_key UNIQUE,
    CONSTRAINT notice_messages_go_once UNIQUE (notice_id, contact_id, round)
);
COMMENT ON TABLE notice_messages IS 'One notice as one contact gets it, with its receipts: delivered, read, taken';
COMMENT ON COLUMN notice_messages.state IS 'unneeded: somebody took it before; shed: the queue of a target was full; not_answered: a call that nobody took up';
COMMENT ON COLUMN notice_messages.token IS 'Unguessable word of the link by which it is read and taken';
CREATE INDEX notice_messages_due ON notice_messages (is_life_safety DESC, next_at) WHERE state = 'waiting';
CREATE INDEX notice_messages_target ON notice_messages (address_key) WHERE state = 'waiting';
CREATE INDEX notice_messages_rings ON notice_messages (delivered_at)
    WHERE state = 'delivered' AND channel = 'call' AND read_at IS NULL;
CREATE INDEX notice_messages_alarm ON notice_messages (alarm_id);

CREATE TABLE notice_receipts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id uuid NOT NULL REFERENCES notice_messages,
    kind text NOT NULL CONSTRAINT notice_receipts_kind_is_known CHECK (
        kind IN ('read', 'taken', 'not_answered')
    ),
    at timestamptz NOT NULL DEFAULT now(),
    handled_at timestamptz,
    CONSTRAINT notice_receipts_once UNIQUE (message_id, kind)
);
COMMENT ON TABLE notice_receipts IS 'What came back by the link of a message or from a voice gateway; each kind once';
CREATE INDEX notice_receipts_waiting ON notice_receipts (id) WHERE handled_at IS NULL;

-- Whoever holds the link may see that one message and answer it, and nothing else.
CREATE FUNCTION message_of_token(asked text)
RETURNS TABLE (message_id uuid, body jsonb, language text, taken_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT told.id, notices.body, notice_contacts.language, coalesce(told.taken_at, back.at)
    FROM notice_messages AS told
    JOIN notices ON notices.id = told.notice_id
    JOIN notice_contacts ON notice_contacts.id = told.contact_id
    LEFT JOIN notice_receipts AS back ON back.message_id = told.id AND back.kind = 'taken'
    WHERE told.token = asked
$$;
CREATE FUNCTION note_receipt(asked text, what text) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public AS $$
    WITH known AS (
        SELECT told.id FROM notice_messages AS told WHERE told.token = asked
    ), noted AS (
        INSERT INTO notice_receipts (message_id, kind) SELECT known.id, what FROM known
        ON CONFLICT DO NOTHING
    ), woken AS (
        SELECT pg_notify('tw_notices', '') FROM known
    )
    SELECT EXISTS (SELECT FROM known) FROM (SELECT count(*) FROM woken) AS all_of_it
$$;
REVOKE ALL ON FUNCTION message_of_token(text), note_receipt(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION message_of_token(text), note_receipt(text, text) TO tw_console;

GRANT SELECT, INSERT, UPDATE ON notice_contacts, notice_messages TO tw_analytics;
GRANT SELECT, INSERT, DELETE, UPDATE ON notice_work TO tw_analytics;
GRANT SELECT, UPDATE ON notice_receipts TO tw_analytics;
GRANT SELECT ON notice_messages TO tw_console;
ALTER TABLE notice_messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY messages_of_the_platform ON notice_messages TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY messages_in_scope ON notice_messages FOR SELECT TO tw_console
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
