-- Other ways to sign in: a provider of identities, passkeys; both lead to users that exist.

CREATE TABLE sign_ins (
    browser_hash bytea PRIMARY KEY,
    kind text NOT NULL CONSTRAINT sign_ins_kind_is_known CHECK (kind IN ('provider', 'passkey', 'new_passkey')),
    challenge bytea NOT NULL,
    nonce text NOT NULL DEFAULT '',
    verifier text NOT NULL DEFAULT '',
    user_name text REFERENCES users,
    expires_at timestamptz NOT NULL
);
COMMENT ON TABLE sign_ins IS 'Sign-ins that a browser has begun; each is answered once';
COMMENT ON COLUMN sign_ins.browser_hash IS 'SHA-256 of a cookie that the browser alone has';
COMMENT ON COLUMN sign_ins.challenge IS 'Of a provider: SHA-256 of the state; of a passkey: the bytes it has to sign';
COMMENT ON COLUMN sign_ins.user_name IS 'Whose new passkey it will be';
CREATE INDEX sign_ins_over ON sign_ins (expires_at);

CREATE TABLE identities (
    issuer text NOT NULL,
    subject text NOT NULL,
    user_name text NOT NULL REFERENCES users,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject),
    CONSTRAINT identities_user_has_one UNIQUE (issuer, user_name)
);
COMMENT ON TABLE identities IS 'Who a person is at a provider, from the first sign-in on: nobody else there may take the name';
COMMENT ON COLUMN identities.subject IS 'The provider''s own word for the person, never given to another';

CREATE TABLE passkeys (
    credential_id bytea PRIMARY KEY,
    user_name text NOT NULL REFERENCES users,
    label text NOT NULL,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL CONSTRAINT passkeys_sign_count_is_not_negative CHECK (sign_count >= 0),
    added_at timestamptz NOT NULL,
    used_at timestamptz
);
COMMENT ON TABLE passkeys IS 'Passkeys by which people sign in';
COMMENT ON COLUMN passkeys.sign_count IS 'As the key said last; one that goes back is refused, since somebody has a copy';
CREATE INDEX passkeys_user ON passkeys (user_name);

GRANT SELECT, INSERT, UPDATE, DELETE ON sign_ins, identities, passkeys TO tw_console;
