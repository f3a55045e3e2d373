-- What a triage card asks first about an asset: the work that goes on there now.

CREATE INDEX work_orders_asset_open ON work_orders (asset_id, id DESC) WHERE closed_at IS NULL;
