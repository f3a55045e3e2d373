-- name: sites
-- Compounds of the scope with what is open in them, drills left out, the most urgent first; what stands
-- behind a silent gateway counts as silent.
WITH compounds AS (
    SELECT places.code, places.path, places.name_zh, places.name_en, places.address
    FROM places
    WHERE places.level = 'compound'
        AND places.closed_at IS NULL
        AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
),
troubles AS (
    SELECT
        compounds.code,
        count(*) FILTER (WHERE alarms.is_life_safety) AS life_safety,
        count(*) AS alarms,
        count(*) FILTER (WHERE alarms.state IN (
            'unacknowledged', 'returned_unacknowledged', 'latched_unacknowledged'
        )) AS unacknowledged,
        min(alarms.opened_at) FILTER (WHERE alarms.is_life_safety) AS oldest_life_at,
        min(alarms.opened_at) AS oldest_at,
        min(alarms.severity) AS severity
    FROM alarms
    JOIN compounds ON alarms.place_path <@ compounds.path
    WHERE alarms.closed_at IS NULL AND NOT alarms.is_drill AND NOT alarms.is_folded AND (
        alarms.is_life_safety OR alarms.state NOT IN ('shelved', 'suppressed', 'out_of_service')
    )
    GROUP BY compounds.code
),
behind AS (
    SELECT DISTINCT bindings.asset_id
    FROM platform_conditions
    JOIN bindings ON bindings.gateway_id = platform_conditions.gateway AND bindings.valid_during @> now()
    WHERE platform_conditions.condition = 'gateway_silent'
),
stock AS (
    SELECT
        compounds.code,
        count(*) AS assets,
        count(*) FILTER (WHERE assets.class = 'lift') AS lifts,
        count(*) FILTER (WHERE contacts.silent_since IS NOT NULL OR behind.asset_id IS NOT NULL) AS silent,
        count(*) FILTER (WHERE assets.commissioned_at IS NULL) AS uncommissioned
    FROM compounds
    JOIN places ON places.path <@ compounds.path
    JOIN assets ON assets.place_id = places.id AND assets.retired_at IS NULL
    LEFT JOIN asset_contacts AS contacts ON contacts.asset_id = assets.id
    LEFT JOIN behind ON behind.asset_id = assets.id
    GROUP BY compounds.code
)
SELECT
    compounds.code,
    compounds.name_zh,
    coalesce(nullif(compounds.name_en, ''), compounds.name_zh) AS name_en,
    compounds.address,
    coalesce(troubles.life_safety, 0) AS life_safety,
    coalesce(troubles.alarms, 0) AS alarms,
    coalesce(troubles.unacknowledged, 0) AS unacknowledged,
    coalesce(troubles.oldest_life_at, troubles.oldest_at) AS oldest_at,
    troubles.severity,
    coalesce(stock.assets, 0) AS assets,
    coalesce(stock.lifts, 0) AS lifts,
    coalesce(stock.silent, 0) AS silent,
    coalesce(stock.uncommissioned, 0) AS uncommissioned
FROM compounds
LEFT JOIN troubles USING (code)
LEFT JOIN stock USING (code)
ORDER BY
    coalesce(troubles.life_safety, 0) DESC,
    coalesce(troubles.unacknowledged, 0) = 0,
    troubles.severity NULLS LAST,
    troubles.oldest_at NULLS LAST,
    compounds.path
LIMIT %(limit)s;

-- name: site
-- One compound of the scope.
SELECT
    places.code,
    places.path::text AS path,
    places.name_zh,
    coalesce(nullif(places.name_en, ''), places.name_zh) AS name_en,
    places.address,
    places.access_note
FROM places
WHERE places.code = %(code)s
    AND places.level = 'compound'
    AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
LIMIT 1;

-- name: site_of
-- The compound that an asset stands in.
SELECT above.code
FROM assets
JOIN places ON places.id = assets.place_id
JOIN places AS above ON above.path @> places.path AND above.level = 'compound'
WHERE assets.id = %(asset_id)s
LIMIT 1;

-- name: floors
-- The compound itself, its buildings and their floors, in tree order.
SELECT
    places.code,
    CASE WHEN nlevel(places.path) > 1 THEN subpath(places.path, -2, 1)::text ELSE '' END AS parent,
    places.level,
    places.name_zh,
    coalesce(nullif(places.name_en, ''), places.name_zh) AS name_en
FROM places
WHERE places.path <@ %(path)s::ltree
    AND places.closed_at IS NULL
    AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
ORDER BY places.path
LIMIT %(limit)s;

-- name: things
-- Assets of a compound with their most urgent open alarm and when they were heard; what is life safety is
-- drawn as what it is, held or not, as on the desk.
SELECT
    assets.id,
    assets.code,
    assets.class AS asset_class,
    assets.name_zh,
    coalesce(nullif(assets.name_en, ''), assets.name_zh) AS name_en,
    places.code AS place_code,
    CASE WHEN jsonb_typeof(assets.attributes -> 'lowest') = 'number'
        THEN (assets.attributes ->> 'lowest')::numeric::int END AS lowest,
    CASE WHEN jsonb_typeof(assets.attributes -> 'highest') = 'number'
        THEN (assets.attributes ->> 'highest')::numeric::int END AS highest,
    assets.commissioned_at,
    contacts.heard_at,
    contacts.silent_since,
    line.heard_at AS gateway_heard_at,
    worst.id AS alarm_id,
    worst.event,
    worst.alarm_group,
    worst.severity,
    worst.is_unacknowledged,
    worst.is_held,
    worst.is_drill,
    coalesce(worst.alarms, 0) AS alarms
FROM places
JOIN assets ON assets.place_id = places.id AND assets.retired_at IS NULL
LEFT JOIN asset_contacts AS contacts ON contacts.asset_id = assets.id
LEFT JOIN LATERAL (
    -- A lane that was never heard is older than any other; no row: bound to no gateway.
    SELECT max(coalesce(states.heard_at, to_timestamp(0))) AS heard_at
    FROM bindings
    LEFT JOIN gateway_states AS states ON states.gateway = bindings.gateway_id AND states.lane = 'alarm'
    WHERE bindings.asset_id = assets.id AND bindings.valid_during @> %(now)s::timestamptz
) AS line ON true
LEFT JOIN LATERAL (
    SELECT
        alarms.id,
        alarms.event,
        alarms.alarm_group,
        alarms.severity,
        alarms.state IN (
            'unacknowledged', 'returned_unacknowledged', 'latched_unacknowledged'
        ) AS is_unacknowledged,
        NOT alarms.is_life_safety AND alarms.state IN ('shelved', 'suppressed', 'out_of_service') AS is_held,
        alarms.is_drill,
        count(*) OVER () AS alarms
    FROM alarms
    WHERE alarms.asset_id = assets.id AND alarms.closed_at IS NULL
    ORDER BY
        alarms.is_drill,
        alarms.is_life_safety DESC,
        alarms.state IN ('shelved', 'suppressed', 'out_of_service'),
        alarms.severity,
        alarms.opened_at DESC
    LIMIT 1
) AS worst ON true
WHERE places.path <@ %(path)s::ltree
ORDER BY places.path, assets.code
LIMIT %(limit)s;

-- name: cars
-- The newest frame of each lift, within a time.
SELECT
    wanted.id AS asset_id,
    newest.at,
    newest.floor,
    newest.speed,
    newest.direction,
    newest.door_closed,
    newest.person,
    newest.mode
FROM unnest(%(assets)s::int[]) AS wanted (id)
CROSS JOIN LATERAL (
    SELECT frames.at, frames.floor, frames.speed, frames.direction, frames.door_closed, frames.person,
        frames.mode
    FROM visible_lift_samples AS frames
    WHERE frames.asset_id = wanted.id AND frames.at >= %(since)s
    ORDER BY frames.at DESC
    LIMIT 1
) AS newest
ORDER BY wanted.id
LIMIT 1000;
