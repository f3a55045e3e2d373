-- name: hear_gateways
-- The newest heartbeat of each lane.
INSERT INTO gateway_states (
    gateway, lane, is_online, heard_at, sent_at, software, configuration, stream, next_seq,
    depth, oldest_ms, offset_ms, skew_ms
)
SELECT
    heard.gateway,
    heard.lane,
    heard.is_online,
    timestamptz 'epoch' + heard.heard_ms * INTERVAL '1 millisecond',
    timestamptz 'epoch' + heard.sent_ms * INTERVAL '1 millisecond',
    heard.software,
    heard.configuration,
    heard.stream,
    heard.next_seq,
    heard.depth,
    heard.oldest_ms,
    heard.offset_ms,
    heard.skew_ms
FROM unnest(
    %(gateways)s::text[], %(lanes)s::text[], %(is_online)s::boolean[], %(heard_ms)s::bigint[],
    %(sent_ms)s::bigint[], %(software)s::text[], %(configurations)s::text[], %(streams)s::bigint[],
    %(next_seqs)s::bigint[], %(depths)s::bigint[], %(oldest_ms)s::bigint[],
    %(offset_ms)s::bigint[], %(skew_ms)s::bigint[]
) AS heard (
    gateway, lane, is_online, heard_ms, sent_ms, software, configuration, stream, next_seq,
    depth, oldest_ms, offset_ms, skew_ms
)
ORDER BY heard.gateway, heard.lane
ON CONFLICT (gateway, lane) DO UPDATE SET
    is_online = excluded.is_online,
    heard_at = excluded.heard_at,
    sent_at = excluded.sent_at,
    software = excluded.software,
    configuration = excluded.configuration,
    stream = excluded.stream,
    next_seq = excluded.next_seq,
    depth = excluded.depth,
    oldest_ms = excluded.oldest_ms,
    offset_ms = excluded.offset_ms,
    skew_ms = excluded.skew_ms;

-- name: mark_offline
-- The broker published a will; the time last heard stays, for a will is no sign of life.
UPDATE gateway_states
SET is_online = false
FROM unnest(%(gateways)s::text[], %(lanes)s::text[]) AS gone (gateway, lane)
WHERE gateway_states.gateway = gone.gateway AND gateway_states.lane = gone.lane;

-- name: facts
-- What is known of each gateway's health: heard, clock, losses of this hour and the last, quarantine.
SELECT
    known.gateway,
    states.lane,
    (extract(epoch FROM states.heard_at) * 1000)::bigint AS heard_ms,
    states.skew_ms,
    coalesce(hours.missing, 0)::bigint AS missing,
    coalesce(hours.shed, 0)::bigint AS shed,
    coalesce(days.is_full, false) AS is_quarantine_full,
    coalesce(unread.messages, 0)::bigint AS unreadable,
    coalesce(gateways.revoked_at IS NOT NULL, false) AS is_revoked
FROM (
    SELECT gateway FROM gateway_states
    UNION
    SELECT gateway FROM platform_conditions
) AS known
LEFT JOIN gateways ON gateways.id = known.gateway
LEFT JOIN LATERAL (
    SELECT gateway_states.lane, gateway_states.heard_at, skews.skew_ms
    FROM gateway_states
    CROSS JOIN (
        SELECT max(one.skew_ms) FILTER (WHERE one.lane = 'alarm') AS alarm_ms, max(one.skew_ms) AS any_ms
        FROM gateway_states AS one
        WHERE one.gateway = known.gateway
    ) AS both_lanes
    CROSS JOIN LATERAL (SELECT coalesce(both_lanes.alarm_ms, both_lanes.any_ms) AS skew_ms) AS skews
    WHERE gateway_states.gateway = known.gateway
    -- A time ahead of our clock is from before it was set back: that lane has not been heard since.
    ORDER BY gateway_states.heard_at > %(now)s::timestamptz DESC, gateway_states.heard_at
    LIMIT 1
) AS states ON true
LEFT JOIN (
    SELECT gateway, sum(missing) AS missing, sum(shed) AS shed
    FROM ledger_hours
    WHERE hour >= date_trunc('hour', %(now)s::timestamptz) - INTERVAL '1 hour'
    GROUP BY gateway
) AS hours ON hours.gateway = known.gateway
LEFT JOIN (
    SELECT
        gateway,
        bool_or(
            bytes > CASE lane WHEN 'alarm' THEN %(alarm_bytes)s::bigint ELSE %(data_bytes)s::bigint END
            OR messages > %(messages)s
        ) AS is_full
    FROM quarantine_days
    WHERE day = (%(now)s::timestamptz AT TIME ZONE 'UTC')::date
    GROUP BY gateway
) AS days ON days.gateway = known.gateway
LEFT JOIN (
    SELECT gateway, count(*) AS messages
    FROM quarantine
    WHERE lane = 'alarm'
        AND replayed_at IS NULL
        AND refused IS NULL
        AND reason <> 'identity_conflict'
    GROUP BY gateway
) AS unread ON unread.gateway = known.gateway
ORDER BY known.gateway;

-- name: standing
-- What the platform has raised about gateways and not cleared.
SELECT gateway, condition
FROM platform_conditions
ORDER BY gateway, condition;

-- name: waiting_commands
-- Requests that nobody has sent yet, oldest first.
SELECT
    id::text AS id,
    gateway,
    command,
    body::text AS body,
    (extract(epoch FROM expires_at) * 1000)::bigint AS until_ms
FROM commands
WHERE state = 'waiting'
ORDER BY created_at, id
LIMIT 100
FOR UPDATE SKIP LOCKED;

-- name: settle_command
-- What became of a request.
UPDATE commands
SET
    state = %(state)s,
    sent_at = CASE WHEN %(state)s = 'sent' THEN %(now)s::timestamptz ELSE sent_at END
WHERE id = %(id)s::uuid;
