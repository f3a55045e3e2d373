-- Nobody becomes a user by having the name at a provider: an administrator ties the two, or an address
-- that both know. What people do with their own passkeys stands beside what administrators did.

CREATE TABLE identity_requests (
    issuer text NOT NULL,
    subject text NOT NULL,
    name text NOT NULL,
    asked_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject)
);
COMMENT ON TABLE identity_requests IS 'People of a provider who came and are no user yet: an administrator ties them to one, or does not';
COMMENT ON COLUMN identity_requests.name IS 'What the provider calls the person; it opens nothing';

CREATE TABLE user_addresses (
    user_name text PRIMARY KEY REFERENCES users,
    address text NOT NULL UNIQUE
    CONSTRAINT user_addresses_address_is_small CHECK (address = lower(address) AND strpos(address, '@') > 1)
);
COMMENT ON TABLE user_addresses IS 'Mail addresses that administrators have written down, to know people of a provider by';

GRANT SELECT, INSERT, UPDATE, DELETE ON identity_requests, user_addresses TO tw_console;

ALTER TABLE admin_acts DROP CONSTRAINT admin_acts_kind_is_known;
ALTER TABLE admin_acts ADD CONSTRAINT admin_acts_kind_is_known CHECK (
    kind IN (
        'user_put', 'user_password', 'user_disable', 'sessions_end', 'registry_preview', 'persons_seen',
        'limit_preview', 'limit_set', 'limit_withdraw', 'identity_bind', 'identity_decline',
        'identity_by_address', 'passkey_add', 'passkey_use', 'passkey_refuse', 'passkey_drop'
    )
);
COMMENT ON TABLE admin_acts IS 'Append-only: what administrators did at the console, who looked at personal data, who became known by a provider or a passkey';
