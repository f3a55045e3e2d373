-- name: asset
-- One asset of the scope, with where it is and who maintains it.
SELECT
    assets.id,
    assets.code,
    assets.class AS asset_class,
    assets.name_zh,
    assets.name_en,
    assets.zone,
    assets.is_placeholder,
    assets.commissioned_at,
    assets.retired_at,
    assets.contract_until,
    coalesce(maintainer.name_zh, '') AS maintainer_zh,
    coalesce(maintainer.name_en, '') AS maintainer_en,
    coalesce(maintainer.phone, '') AS maintainer_phone,
    standing.names_zh AS place_names_zh,
    standing.names_en AS place_names_en,
    bound.gateway,
    places.path::text AS place_path
FROM assets
JOIN places ON places.id = assets.place_id
LEFT JOIN organisations AS maintainer ON maintainer.id = assets.maintainer_id
{standing}
LEFT JOIN LATERAL (
    SELECT bindings.gateway_id AS gateway
    FROM bindings
    WHERE bindings.asset_id = assets.id
    ORDER BY upper(bindings.valid_during) DESC NULLS FIRST
    LIMIT 1
) AS bound ON true
WHERE assets.id = %(id)s;


-- name: places
-- Places of the scope in tree order; a page begins after a path.
SELECT
    places.code,
    places.path::text AS path,
    places.level,
    places.name_zh,
    places.name_en,
    places.address
FROM places
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[])
    AND (%(after)s::ltree IS NULL OR places.path > %(after)s::ltree)
    AND places.closed_at IS NULL
ORDER BY places.path
LIMIT %(limit)s;

-- name: series
-- Measurements of one asset within a time, oldest first; columns and view come from the catalogue.
SELECT at, {columns}
FROM {view}
WHERE asset_id = %(asset_id)s AND at >= %(since)s AND at < %(until)s
ORDER BY at
LIMIT %(limit)s;

-- name: latest
-- The newest frame of one asset within a time; columns and view come from the catalogue.
SELECT at, {columns}
FROM {view}
WHERE asset_id = %(asset_id)s AND at >= %(since)s
ORDER BY at DESC
LIMIT 1;

-- name: events
-- What devices said, newest first; of one asset or of the whole scope; a page begins before an id.
SELECT
    events.id,
    assets.code AS asset,
    events.event,
    events.state,
    events.at,
    events.received_at,
    events.code_system,
    events.code,
    events.text,
    events.flags,
    events.gateway
FROM events
JOIN assets ON assets.id = events.asset_id
WHERE (%(asset_id)s::int IS NULL OR events.asset_id = %(asset_id)s)
    AND (%(before)s::bigint IS NULL OR events.id < %(before)s)
ORDER BY events.id DESC
LIMIT %(limit)s;

-- name: bins
-- Mean, least and greatest of each metric in bins of a length, oldest first; columns and view come
-- from the catalogue.
SELECT date_bin(%(step)s, at, timestamptz 'epoch') AS bin, {columns}
FROM {view}
WHERE asset_id = %(asset_id)s AND at >= %(since)s AND at < %(until)s
GROUP BY 1
ORDER BY 1
LIMIT %(limit)s;

-- name: hours
-- The same from the hours that are kept for long.
SELECT hour, {columns}
FROM {view}
WHERE asset_id = %(asset_id)s AND hour >= %(since)s AND hour < %(until)s
ORDER BY hour
LIMIT %(limit)s;

-- name: frames_by_hour
-- How many frames came of each hour, oldest first; the view comes from the catalogue.
SELECT date_bin(INTERVAL '1 hour', at, timestamptz 'epoch') AS hour, count(*) AS frames
FROM {view}
WHERE asset_id = %(asset_id)s AND at >= %(since)s
GROUP BY 1
ORDER BY 1
LIMIT 100;
