-- A place that is split leaves its limits to its parts: each copy says of which limit and by which split.

ALTER TABLE limit_settings
    ADD COLUMN copied_from bigint REFERENCES limit_settings,
    ADD COLUMN place_change_id bigint REFERENCES place_changes,
    ADD CONSTRAINT limit_settings_are_copied_by_a_split CHECK ((copied_from IS NULL) = (place_change_id IS NULL));
COMMENT ON COLUMN limit_settings.copied_from IS 'The limit of the place that this part was split off; NULL: a person set it';
COMMENT ON COLUMN limit_settings.place_change_id IS 'The split that made the part';
COMMENT ON COLUMN limit_settings.place_path IS 'Where it holds; it goes with its place or asset while it stands, and stays as it was once it is withdrawn';
CREATE INDEX limit_settings_of_splits ON limit_settings (copied_from, place_change_id) WHERE copied_from IS NOT NULL;
