-- What an act's key stood for: the same key with another request is refused.

ALTER TABLE acts ADD COLUMN request bytea;
COMMENT ON COLUMN acts.request IS 'SHA-256 over who asked for what under this id; NULL: asked before this was kept';
