-- Alarms have a lane of their own. An asset whose gateway still sends telemetry while its alarm lane is
-- dead was shown as monitored, and its alarm would not have come. Its gateway counts as silent.

CREATE OR REPLACE VIEW visible_assets WITH (security_barrier) AS
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
    coalesce(asset_contacts.heard_at, lines.heard_at) AS heard_at,
    coalesce(
        asset_contacts.silent_since,
        CASE
            WHEN lines.is_silent OR lines.heard_at < now() - INTERVAL '10 minutes'
                THEN least(asset_contacts.heard_at, lines.heard_at)
        END
    ) AS silent_since,
    CASE
        WHEN assets.commissioned_at IS NULL THEN 'not_commissioned'
        WHEN lines.is_silent THEN 'gateway_silent'
        WHEN asset_contacts.silent_since IS NOT NULL THEN 'silent'
        WHEN assets.class IN ('detector', 'manual_call_point', 'fire_output') THEN
            CASE
                WHEN lines.heard_at IS NULL THEN 'never_heard'
                WHEN lines.heard_at < now() - INTERVAL '10 minutes' THEN 'gateway_silent'
                ELSE 'reporting'
            END
        WHEN asset_contacts.asset_id IS NULL THEN 'never_heard'
        WHEN asset_contacts.heard_at < now() - INTERVAL '10 minutes' THEN 'silent'
        -- Where it is bound to a gateway, that gateway's alarm lane has to be heard too.
        WHEN lines.asset_id IS NOT NULL AND lines.heard_at >= now() - INTERVAL '10 minutes' IS NOT TRUE
            THEN 'gateway_silent'
        ELSE 'reporting'
    END AS state
FROM assets
JOIN places ON places.id = assets.place_id
LEFT JOIN asset_contacts ON asset_contacts.asset_id = assets.id
LEFT JOIN (
    SELECT
        bindings.asset_id,
        max(states.heard_at) AS heard_at,
        bool_and(platform_conditions.gateway IS NOT NULL) AS is_silent
    FROM bindings
    LEFT JOIN gateway_states AS states ON states.gateway = bindings.gateway_id AND states.lane = 'alarm'
    LEFT JOIN platform_conditions
        ON platform_conditions.gateway = bindings.gateway_id
        AND platform_conditions.condition = 'gateway_silent'
    WHERE bindings.valid_during @> now()
    GROUP BY bindings.asset_id
) AS lines ON lines.asset_id = assets.id
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[])
    AND assets.retired_at IS NULL
    AND NOT assets.is_placeholder
    AND assets.class NOT IN ('gateway', 'network', 'unknown');
