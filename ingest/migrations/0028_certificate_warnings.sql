-- From when on the end of a certificate is an alarm depends on how long it lives: one of twelve hours
-- that renews itself is never further than two weeks from its end. Ingest decides; others read.
ALTER TABLE certificates ADD COLUMN warn_at timestamptz;
COMMENT ON COLUMN certificates.warn_at IS 'From when on its end is an alarm; NULL: not looked at since this column is there, two weeks before the end then';
