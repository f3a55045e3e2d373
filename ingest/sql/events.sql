-- name: claim_messages
-- Take the identities of a batch; those that are taken already are not in the answer.
INSERT INTO alarm_messages (gateway, stream, seq, digest, received_at, path)
SELECT
    came.gateway,
    came.stream,
    came.seq,
    came.digest,
    timestamptz 'epoch' + came.received_ms * INTERVAL '1 millisecond',
    came.path
FROM unnest(
    %(gateways)s::text[], %(streams)s::bigint[], %(seqs)s::bigint[], %(digests)s::bytea[],
    %(received_ms)s::bigint[], %(paths)s::text[]
) AS came (gateway, stream, seq, digest, received_ms, path)
ORDER BY came.gateway, came.stream, came.seq
ON CONFLICT DO NOTHING
RETURNING gateway, stream, seq;

-- name: known_digests
-- What content the identities of a batch have.
SELECT known.gateway, known.stream, known.seq, known.digest
FROM alarm_messages AS known
JOIN unnest(%(gateways)s::text[], %(streams)s::bigint[], %(seqs)s::bigint[])
    AS came (gateway, stream, seq) USING (gateway, stream, seq)
ORDER BY known.gateway, known.stream, known.seq;

-- name: resolve_assets
-- The asset that a gateway's code means at a time, else its placeholder; no row when neither is.
SELECT
    wanted.place AS place,
    coalesce(bound.id, placeholder.id) AS asset_id,
    coalesce(bound.path, placeholder.path)::text AS path,
    bound.id IS NULL AS is_placeholder
FROM unnest(
    %(places)s::int[], %(gateways)s::text[], %(codes)s::text[], %(at_ms)s::bigint[],
    %(own_codes)s::text[]
) AS wanted (place, gateway, code, at_ms, own_code)
LEFT JOIN LATERAL (
    SELECT assets.id, places.path
    FROM bindings
    JOIN assets ON assets.id = bindings.asset_id
    JOIN places ON places.id = assets.place_id
    WHERE bindings.gateway_id = wanted.gateway
        AND bindings.code = wanted.code
        AND NOT upper(bindings.valid_during)
            <= timestamptz 'epoch' + wanted.at_ms * INTERVAL '1 millisecond' IS TRUE
    ORDER BY lower(bindings.valid_during) NULLS FIRST
    LIMIT 1
) AS bound ON true
LEFT JOIN LATERAL (
    SELECT assets.id, places.path
    FROM assets
    JOIN places ON places.id = assets.place_id
    WHERE assets.code = wanted.own_code
    LIMIT 1
) AS placeholder ON true
WHERE coalesce(bound.id, placeholder.id) IS NOT NULL
ORDER BY wanted.place;

-- name: open_holding_place
-- Where gateways that nobody registered stand: below the only city, or beside several.
INSERT INTO places (code, path, level, name_zh, name_en)
SELECT
    'unregistered',
    coalesce(root.path, ''::ltree) || 'unregistered',
    CASE WHEN root.path IS NULL THEN 'city' ELSE 'district' END,
    '未登记',
    'Unregistered'
FROM (
    SELECT CASE WHEN count(*) = 1 THEN (array_agg(path))[1] END AS path
    FROM places
    WHERE nlevel(path) = 1 AND closed_at IS NULL AND code <> 'platform'
) AS root
WHERE NOT EXISTS (SELECT FROM places WHERE code = 'unregistered')
ON CONFLICT DO NOTHING;

-- name: open_assets
-- Placeholders and the gateways' own assets, at the gateway's place or the holding place.
INSERT INTO assets (code, class, place_id, name_zh, name_en, is_placeholder)
SELECT
    made.own_code,
    made.class,
    coalesce(
        (SELECT gateways.place_id FROM gateways WHERE gateways.id = made.gateway),
        (SELECT places.id FROM places WHERE places.code = 'unregistered')
    ),
    made.name_zh,
    made.name_en,
    made.class = 'unknown'
FROM unnest(
    %(gateways)s::text[], %(own_codes)s::text[], %(classes)s::text[],
    %(names_zh)s::text[], %(names_en)s::text[]
) AS made (gateway, own_code, class, name_zh, name_en)
ORDER BY made.own_code
ON CONFLICT (code) DO NOTHING;

-- name: open_platform_place
-- Where the platform itself stands, apart from every city.
INSERT INTO places (code, path, level, name_zh, name_en)
VALUES ('platform', 'platform', 'building', '平台', 'Platform')
ON CONFLICT DO NOTHING;

-- name: open_platform_asset
-- What the path's self-test is about, and what stands for the platform itself.
INSERT INTO assets (code, class, place_id, name_zh, name_en)
SELECT %(own_code)s, 'gateway', places.id, %(name_zh)s, %(name_en)s
FROM places
WHERE places.code = 'platform'
ON CONFLICT (code) DO NOTHING;

-- name: prune_canary
-- Forget events of the self-test.
SELECT prune_canary(%(older_than)s);

-- name: unplaced_gateways
-- Whether any of some gateways is not in the registry.
SELECT wanted.gateway
FROM unnest(%(gateways)s::text[]) AS wanted (gateway)
WHERE NOT EXISTS (SELECT FROM gateways WHERE gateways.id = wanted.gateway)
ORDER BY wanted.gateway;

-- name: insert_events
-- Store events and put each before the alarm process as a pending row.
WITH stored AS (
    INSERT INTO events (
        asset_id, place_path, gateway, stream, age, seq, position, event, condition, state, at,
        device_ms, received_at, code_system, code, text, raw, flags
    )
    SELECT
        came.asset_id,
        came.path::ltree,
        came.gateway,
        came.stream,
        came.age,
        came.seq,
        came.position,
        came.event,
        came.condition,
        came.state,
        timestamptz 'epoch' + came.at_ms * INTERVAL '1 millisecond',
        came.device_ms,
        timestamptz 'epoch' + came.received_ms * INTERVAL '1 millisecond',
        came.code_system,
        came.code,
        came.text,
        came.raw,
        string_to_array(came.flags, ',')
    FROM unnest(
        %(assets)s::int[], %(paths)s::text[], %(gateways)s::text[], %(streams)s::bigint[],
        %(ages)s::bigint[], %(seqs)s::bigint[], %(positions)s::smallint[], %(events)s::text[], %(conditions)s::text[],
        %(states)s::text[], %(at_ms)s::bigint[], %(device_ms)s::bigint[], %(received_ms)s::bigint[],
        %(code_systems)s::text[], %(codes)s::text[], %(texts)s::text[], %(raws)s::text[],
        %(flags)s::text[]
    ) WITH ORDINALITY AS came (
        asset_id, path, gateway, stream, age, seq, position, event, condition, state, at_ms, device_ms,
        received_ms, code_system, code, text, raw, flags, place
    )
    ORDER BY came.place
    RETURNING id, event, place_path
)
INSERT INTO event_work (event_id, is_life_safety, slice)
SELECT id, event = ANY (%(life_safety)s::text[]), place_slice(place_path) FROM stored;

-- name: announce
-- A hint to whoever waits for events; they also look by themselves.
SELECT pg_notify('tw_events', '');

-- name: raise_condition
-- Remember that the platform raised something about a gateway; no row when it stands already.
INSERT INTO platform_conditions (gateway, condition, raised_at)
VALUES (%(gateway)s, %(condition)s, %(now)s)
ON CONFLICT DO NOTHING
RETURNING gateway;

-- name: repeat_moment
-- The same for what has no duration: once in a while at most.
INSERT INTO platform_conditions AS known (gateway, condition, raised_at)
VALUES (%(gateway)s, %(condition)s, %(now)s)
ON CONFLICT (gateway, condition) DO UPDATE SET raised_at = excluded.raised_at
WHERE known.raised_at <= %(before)s
RETURNING gateway;

-- name: clear_condition
-- Forget it; no row when it did not stand.
DELETE FROM platform_conditions
WHERE gateway = %(gateway)s AND condition = %(condition)s
RETURNING gateway;
