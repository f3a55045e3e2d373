-- What is monitored and what is not, for readers of dashboards; and events by the time of receipt.

CREATE VIEW visible_assets WITH (security_barrier) AS
SELECT
    assets.id,
    assets.code,
    assets.class,
    assets.name_zh,
    assets.name_en,
    assets.place_id,
    places.path,
    assets.maintainer_id,
    assets.contract_until,
    assets.registered_at,
    assets.commissioned_at,
    asset_contacts.heard_at,
    asset_contacts.silent_since,
    CASE
        WHEN assets.commissioned_at IS NULL THEN 'not_commissioned'
        WHEN asset_contacts.asset_id IS NULL THEN 'never_heard'
        WHEN asset_contacts.silent_since IS NOT NULL THEN 'silent'
        ELSE 'reporting'
    END AS state
FROM assets
JOIN places ON places.id = assets.place_id
LEFT JOIN asset_contacts ON asset_contacts.asset_id = assets.id
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[])
    AND assets.retired_at IS NULL
    AND NOT assets.is_placeholder
    AND assets.class NOT IN ('gateway', 'network', 'unknown');
COMMENT ON VIEW visible_assets IS 'Equipment of the reader''s places, and whether it is monitored: not_commissioned, never_heard, silent or reporting';
GRANT SELECT ON visible_assets TO tw_console, tw_grafana;

-- Rows come in the order of their receipt: a few kilobytes of index, and no work on the path of alarms.
CREATE INDEX events_received ON events USING brin (received_at) WITH (pages_per_range = 16);
