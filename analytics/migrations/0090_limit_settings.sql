-- Limits 限值 that administrators set: in place of the catalogue's, or where it has none.

CREATE TABLE limit_settings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asset_class text NOT NULL,
    metric text NOT NULL,
    is_floor boolean NOT NULL,
    standard double precision,
    place_path ltree NOT NULL,
    asset_id int REFERENCES assets,
    value double precision NOT NULL CONSTRAINT limit_settings_value_is_finite CHECK (
        value NOT IN ('NaN', 'Infinity', '-Infinity')
    ),
    former double precision,
    reason text NOT NULL CONSTRAINT limit_settings_say_why CHECK (reason <> ''),
    set_at timestamptz NOT NULL,
    set_by text NOT NULL,
    valid_from timestamptz NOT NULL,
    withdrawn_at timestamptz,
    withdrawn_by text,
    withdrawn_why text,
    CONSTRAINT limit_settings_are_withdrawn_by_somebody CHECK (
        (withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdrawn_why IS NULL)
    ),
    CONSTRAINT limit_settings_begin_when_set_or_later CHECK (valid_from >= set_at)
);
COMMENT ON TABLE limit_settings IS 'Limits that administrators set, and when they took them back; a row is never overwritten, what held before holds again when it is withdrawn';
COMMENT ON COLUMN limit_settings.is_floor IS 'Whether falling to it is bad; else rising to it';
COMMENT ON COLUMN limit_settings.standard IS 'The catalogue''s limit that it replaces, in the metric''s unit; NULL: the catalogue has none on this side';
COMMENT ON COLUMN limit_settings.asset_id IS 'The one asset that it is for; NULL: all of its class at and below the place';
COMMENT ON COLUMN limit_settings.value IS 'In the unit of the metric';
COMMENT ON COLUMN limit_settings.former IS 'What held there when it was set; NULL: nothing did';
CREATE INDEX limit_settings_standing ON limit_settings (asset_class, metric) WHERE withdrawn_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON limit_settings TO tw_analytics;
GRANT SELECT ON limit_settings TO tw_console;
ALTER TABLE limit_settings ENABLE ROW LEVEL SECURITY;
CREATE POLICY limit_settings_of_the_platform ON limit_settings TO tw_analytics USING (true) WITH CHECK (true);
-- What was set for a city also holds for a compound of it: whoever sees the compound sees why. What
-- was set for one asset is seen where the asset is.
CREATE POLICY limit_settings_in_scope ON limit_settings FOR SELECT TO tw_console USING (
    place_path <@ ANY ((SELECT visible_scope())::ltree[])
    OR (asset_id IS NULL AND place_path @> ANY ((SELECT visible_scope())::ltree[]))
);
