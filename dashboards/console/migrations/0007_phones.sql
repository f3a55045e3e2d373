-- Telephones of technicians: a link that is good once, then a PIN that is good on that telephone.

CREATE TABLE phone_links (
    token_hash bytea PRIMARY KEY,
    user_name text NOT NULL REFERENCES users,
    order_id bigint,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
COMMENT ON TABLE phone_links IS 'Links that let a technician choose a PIN on a telephone; each opens one telephone';
COMMENT ON COLUMN phone_links.token_hash IS 'SHA-256 of the token in the link';
COMMENT ON COLUMN phone_links.order_id IS 'The order that the link leads to';

CREATE TABLE phones (
    device_hash bytea PRIMARY KEY,
    user_name text NOT NULL REFERENCES users,
    pin_hash text NOT NULL,
    failures smallint NOT NULL DEFAULT 0,
    made_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    blocked_at timestamptz
);
COMMENT ON TABLE phones IS 'Telephones on which a PIN opens a session; five wrong ones block it until a new link';
COMMENT ON COLUMN phones.device_hash IS 'SHA-256 of the telephone''s cookie';
CREATE INDEX phones_user ON phones (user_name);

GRANT SELECT, INSERT, UPDATE ON phone_links, phones TO tw_console;
