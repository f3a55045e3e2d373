-- name: strip
-- How the line itself is, within the scope: newest telemetry, silent gateways, waiting notices.
WITH own_gateways AS (
    SELECT gateways.id
    FROM gateways
    JOIN places ON places.id = gateways.place_id
    WHERE gateways.revoked_at IS NULL
        AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
),
heard AS (
    -- The lane that was heard least lately: a gateway whose alarm lane is dead, or was never heard,
    -- is silent.
    SELECT
        own_gateways.id,
        CASE WHEN bool_or(gateway_states.lane = 'alarm') THEN min(gateway_states.heard_at) END AS heard_at
    FROM own_gateways
    LEFT JOIN gateway_states ON gateway_states.gateway = own_gateways.id
    GROUP BY own_gateways.id
)
SELECT
    (
        SELECT max(ledgers.last_at)
        FROM ledgers
        JOIN own_gateways ON own_gateways.id = ledgers.gateway
        WHERE ledgers.lane = 'data'
    ) AS telemetry_at,
    (SELECT count(*) FROM heard) AS gateways,
    (
        SELECT count(*)
        FROM heard
        WHERE heard.heard_at IS NULL OR heard.heard_at < %(now)s - %(silence)s
    ) AS gateways_silent,
    (SELECT max(heard.heard_at) FROM heard) AS heard_at,
    (SELECT count(*) FROM asset_contacts WHERE asset_contacts.silent_since IS NOT NULL) AS assets_silent,
    (
        SELECT max(notices.delivered_at)
        FROM notices
        WHERE notices.target = 'bureau' AND notices.state = 'delivered'
    ) AS receipt_at,
    (
        SELECT count(*)
        FROM notices
        WHERE notices.target = 'bureau' AND notices.state = 'waiting'
    ) AS notices_waiting,
    (
        SELECT min(notices.created_at)
        FROM notices
        WHERE notices.target = 'bureau' AND notices.state = 'waiting'
    ) AS oldest_waiting_at;

-- name: gateways
-- Gateways of the scope, or one of them, with state and the balance of their ledgers.
SELECT
    gateways.id,
    coalesce(standing.name_zh, places.name_zh) AS place_zh,
    coalesce(standing.name_en, nullif(places.name_en, ''), places.name_zh) AS place_en,
    state.heard_at,
    coalesce(state.software, '') AS software,
    coalesce(state.depth, 0) AS depth,
    state.skew_ms,
    coalesce(book.sent, 0) AS sent,
    coalesce(book.stored, 0) AS stored,
    coalesce(book.quarantined, 0) AS quarantined,
    coalesce(book.shed, 0) AS shed,
    coalesce(book.missing, 0) AS missing,
    coalesce(book.duplicates, 0) AS duplicates,
    coalesce(book.samples, 0) AS samples,
    coalesce(book.samples_refused, 0) AS samples_refused
FROM gateways
JOIN places ON places.id = gateways.place_id
CROSS JOIN LATERAL (
    SELECT
        string_agg(above.name_zh, ' · ' ORDER BY nlevel(above.path)) AS name_zh,
        string_agg(coalesce(nullif(above.name_en, ''), above.name_zh), ' · ' ORDER BY nlevel(above.path)) AS name_en
    FROM places AS above
    WHERE above.code = ANY (string_to_array(places.path::text, '.'))
        AND above.path @> places.path AND above.level IN ('compound', 'building', 'floor')
) AS standing
LEFT JOIN LATERAL (
    SELECT
        CASE WHEN bool_or(gateway_states.lane = 'alarm') THEN min(gateway_states.heard_at) END AS heard_at,
        max(gateway_states.software) AS software,
        sum(gateway_states.depth)::bigint AS depth,
        max(abs(gateway_states.skew_ms)) AS skew_ms
    FROM gateway_states
    WHERE gateway_states.gateway = gateways.id
) AS state ON true
LEFT JOIN LATERAL (
    SELECT
        sum(ledgers.next_seq - 1)::bigint AS sent,
        sum(ledgers.stored)::bigint AS stored,
        sum(ledgers.quarantined)::bigint AS quarantined,
        sum((
            SELECT coalesce(sum(upper(part) - lower(part)), 0)
            FROM unnest(ledgers.shed) AS part
        ))::bigint AS shed,
        sum(ledgers.missing)::bigint AS missing,
        sum(ledgers.duplicates)::bigint AS duplicates,
        sum(ledgers.samples)::bigint AS samples,
        sum(ledgers.samples_refused)::bigint AS samples_refused
    FROM ledgers
    WHERE ledgers.gateway = gateways.id
) AS book ON true
WHERE gateways.revoked_at IS NULL
    AND (%(gateway)s::text IS NULL OR gateways.id = %(gateway)s)
    AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
ORDER BY state.heard_at NULLS FIRST, gateways.id
LIMIT %(limit)s;

-- name: quarantine_reasons
-- Why messages were kept aside in the last day, most frequent first.
SELECT quarantine.reason, count(*) AS messages, max(quarantine.received_at) AS last_at
FROM quarantine
JOIN gateways ON gateways.id = quarantine.gateway
JOIN places ON places.id = gateways.place_id
WHERE quarantine.received_at > %(since)s
    AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
GROUP BY quarantine.reason
ORDER BY count(*) DESC, quarantine.reason
LIMIT 50;

-- name: certificates
-- What the platform's doors have shown, the one that ends first before all; a door never seen before them.
SELECT door, ends_at, coalesce(warn_at, ends_at - INTERVAL '14 days') AS warn_at, seen_at, looked_at, problem
FROM certificates
ORDER BY ends_at NULLS FIRST, door
LIMIT 100;

-- name: is_ready
-- One trivial read: the database answers and the schema is there.
SELECT count(*) FROM users;
