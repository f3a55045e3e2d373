-- Administrators set limits and take them back: the list of what they did knows it.
ALTER TABLE admin_acts DROP CONSTRAINT admin_acts_kind_is_known;
ALTER TABLE admin_acts ADD CONSTRAINT admin_acts_kind_is_known CHECK (
    kind IN (
        'user_put', 'user_password', 'user_disable', 'sessions_end', 'registry_preview', 'persons_seen',
        'limit_preview', 'limit_set', 'limit_withdraw'
    )
);
