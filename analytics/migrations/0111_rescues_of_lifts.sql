-- Every row of an entrapment asks for the last rescue of its lift.

CREATE INDEX rescues_asset ON rescues (asset_id, opened_at DESC);
