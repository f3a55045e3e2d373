-- name: hear_assets
-- Later signs of life; a time ahead of our clock, left by a clock that was wrong, gives way.
INSERT INTO asset_contacts AS known (asset_id, heard_at)
SELECT heard.asset_id, timestamptz 'epoch' + heard.at_ms * INTERVAL '1 millisecond'
FROM unnest(%(assets)s::int[], %(at_ms)s::bigint[]) AS heard (asset_id, at_ms)
ORDER BY heard.asset_id
ON CONFLICT (asset_id) DO UPDATE SET
    heard_at = greatest(excluded.heard_at, least(known.heard_at, %(now)s::timestamptz));

-- name: fallen_silent
-- Assets that were not heard for the silence of their class, although their gateway is heard and
-- holds nothing back from that time: delivered_at is up to when all it took in has arrived.
-- Silence is counted since our clock runs as it does now; a contact ahead of it is from before that.
-- The shortest silence of all is asked first: nearly every asset ends there, before any join.
SELECT
    contacts.asset_id,
    places.path::text AS path,
    (extract(epoch FROM contacts.heard_at) * 1000)::bigint AS heard_ms
FROM asset_contacts AS contacts
JOIN assets ON assets.id = contacts.asset_id
JOIN places ON places.id = assets.place_id
JOIN unnest(%(classes)s::text[], %(silences_ms)s::bigint[]) AS kinds (class, silence_ms)
    ON kinds.class = assets.class
JOIN LATERAL (
    SELECT min(states.heard_at - states.oldest_ms * INTERVAL '1 millisecond') AS delivered_at
    FROM bindings
    JOIN gateways ON gateways.id = bindings.gateway_id AND gateways.revoked_at IS NULL
    JOIN gateway_states AS states ON states.gateway = bindings.gateway_id AND states.lane = 'data'
    WHERE bindings.asset_id = contacts.asset_id
        AND bindings.valid_during @> %(now)s::timestamptz
) AS line ON true
WHERE contacts.silent_since IS NULL
    AND (
        contacts.heard_at > %(now)s::timestamptz
        OR contacts.heard_at < %(now)s::timestamptz - INTERVAL '1 millisecond' * (
            SELECT min(least.silence_ms) FROM unnest(%(silences_ms)s::bigint[]) AS least (silence_ms)
        )
    )
    AND CASE
        WHEN contacts.heard_at > %(now)s::timestamptz THEN %(since)s::timestamptz
        ELSE greatest(contacts.heard_at, %(since)s::timestamptz)
    END < least(%(now)s::timestamptz, coalesce(line.delivered_at, '-infinity')) - kinds.silence_ms * INTERVAL '1 millisecond'
    AND assets.retired_at IS NULL
    AND NOT EXISTS (
        SELECT
        FROM bindings
        JOIN platform_conditions AS known ON known.gateway = bindings.gateway_id
        WHERE bindings.asset_id = contacts.asset_id
            AND bindings.valid_during @> %(now)s::timestamptz
            AND known.condition = 'gateway_silent'
    )
ORDER BY contacts.asset_id
LIMIT %(limit)s
FOR UPDATE OF contacts SKIP LOCKED;

-- name: no_longer_silent
-- Silent assets that were heard since, or that nobody expects to hear any more.
SELECT
    contacts.asset_id,
    places.path::text AS path,
    (extract(epoch FROM contacts.heard_at) * 1000)::bigint AS heard_ms
FROM asset_contacts AS contacts
JOIN assets ON assets.id = contacts.asset_id
JOIN places ON places.id = assets.place_id
WHERE contacts.silent_since IS NOT NULL
    AND (
        contacts.heard_at <> contacts.silent_since
        OR assets.retired_at IS NOT NULL
        OR NOT EXISTS (
            SELECT
            FROM bindings
            JOIN gateways ON gateways.id = bindings.gateway_id AND gateways.revoked_at IS NULL
            WHERE bindings.asset_id = contacts.asset_id
                AND bindings.valid_during @> %(now)s::timestamptz
        )
    )
ORDER BY contacts.asset_id
LIMIT %(limit)s
FOR UPDATE OF contacts SKIP LOCKED;

-- name: mark_silent
-- Remember that the silence of assets was told, or is over; in the transaction of the events.
UPDATE asset_contacts
SET silent_since = CASE WHEN %(is_silent)s::boolean THEN heard_at END
WHERE asset_id = ANY (%(assets)s::int[]);

-- name: count_silent
-- How many assets are silent now.
SELECT count(*) FROM asset_contacts WHERE silent_since IS NOT NULL;
