-- name: missing
-- Messages that are known to be lost: sent by a gateway and never come, over its whole time.
SELECT coalesce(sum(ledgers.missing), 0)::bigint AS missing
FROM ledgers
JOIN gateways ON gateways.id = ledgers.gateway
JOIN places ON places.id = gateways.place_id
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]) AND places.path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: silent_gateways
-- Gateways of which a lane gave no sign of life for more than 30 s: alarms have a lane of their own.
SELECT count(*) AS silent_gateways
FROM gateways
JOIN places ON places.id = gateways.place_id
WHERE gateways.revoked_at IS NULL
    AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
    AND places.path <@ replace(${place:sqlstring}, '*', '')::ltree
    AND (
        SELECT min(gateway_states.heard_at) FROM gateway_states WHERE gateway_states.gateway = gateways.id
    ) > now() - INTERVAL '30 seconds' IS NOT TRUE;

-- name: waiting_notices
-- Notices to the bureau that have no receipt yet.
SELECT count(*) AS waiting_notices
FROM notices
WHERE target = 'bureau' AND state = 'waiting' AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: waiting_longest
-- How long the oldest of them has waited.
SELECT date_part('epoch', now() - min(created_at)) AS waiting_longest
FROM notices
WHERE target = 'bureau' AND state = 'waiting' AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: refused
-- Messages kept aside in the chosen time because they could not be admitted.
SELECT coalesce(sum(quarantined), 0)::bigint AS refused
FROM visible_ledger($__timeFrom()::timestamptz, $__timeTo()::timestamptz)
WHERE path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: unsealed
-- Age of the newest seal of the history: it is made within seconds of a change.
SELECT date_part('epoch', now() - sealed_at) AS unsealed
FROM seals
ORDER BY number DESC
LIMIT 1;

-- name: samples
-- Values stored, as a rate of each bucket of whole hours; of whole days over more than two months. What
-- has no row has no point: the line has a gap there.
WITH step AS (
    SELECT ledger_step($__timeFrom()::timestamptz, $__timeTo()::timestamptz, INTERVAL '$__interval') AS width
),
book AS (
    SELECT at, max(span_s) AS span_s, sum(samples) AS samples, sum(samples_refused) AS refused
    FROM visible_ledger($__timeFrom()::timestamptz, $__timeTo()::timestamptz)
    WHERE path <@ replace(${place:sqlstring}, '*', '')::ltree
    GROUP BY at
),
filled AS (
    SELECT
        time_bucket(step.width, book.at) AS at,
        sum(book.samples) / sum(book.span_s) AS samples,
        sum(book.refused) / sum(book.span_s) AS refused
    FROM book
    CROSS JOIN step
    GROUP BY 1
)
SELECT
    buckets.at AS "time",
    filled.samples::double precision AS samples,
    filled.refused::double precision AS refused
FROM step
CROSS JOIN LATERAL generate_series(
    time_bucket(step.width, $__timeFrom()::timestamptz), $__timeTo()::timestamptz, step.width
) AS buckets (at)
LEFT JOIN filled ON filled.at = buckets.at
ORDER BY buckets.at
LIMIT 10000;

-- name: not_stored
-- Messages that were not stored, by the reason: kept aside, given up by a full gateway, lost.
WITH step AS (
    SELECT ledger_step($__timeFrom()::timestamptz, $__timeTo()::timestamptz, INTERVAL '$__interval') AS width
),
filled AS (
    SELECT
        time_bucket(step.width, book.at) AS at,
        sum(book.quarantined) AS quarantined,
        sum(book.shed) AS shed,
        sum(book.missing) AS missing
    FROM visible_ledger($__timeFrom()::timestamptz, $__timeTo()::timestamptz) AS book
    CROSS JOIN step
    WHERE book.path <@ replace(${place:sqlstring}, '*', '')::ltree
    GROUP BY 1
)
SELECT
    buckets.at AS "time",
    filled.quarantined::bigint AS quarantined,
    filled.shed::bigint AS shed,
    filled.missing::bigint AS missing
FROM step
CROSS JOIN LATERAL generate_series(
    time_bucket(step.width, $__timeFrom()::timestamptz), $__timeTo()::timestamptz, step.width
) AS buckets (at)
LEFT JOIN filled ON filled.at = buckets.at
ORDER BY buckets.at
LIMIT 10000;

-- name: events
-- What devices said, by the time of receipt, and what took longer than 10 s to arrive.
SELECT
    $__timeGroupAlias(received_at, $__interval, 0),
    count(*) AS events,
    count(*) FILTER (WHERE received_at - at > INTERVAL '10 seconds') AS slow
FROM events
WHERE $__timeFilter(received_at) AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
GROUP BY 1
ORDER BY 1
LIMIT 10000;

-- name: gateways
-- Every gateway: since when one of its lanes has not been heard, what waits in it, and how wrong its clock is.
SELECT
    gateways.id AS gateway,
    coalesce(nullif(places.name_${language:raw}, ''), places.name_zh) AS place,
    date_part('epoch', now() - state.heard_at) AS silence,
    coalesce(state.depth, 0) AS depth,
    state.skew_ms / 1000.0 AS skew,
    coalesce(state.software, '') AS software
FROM gateways
JOIN places ON places.id = gateways.place_id
LEFT JOIN (
    SELECT
        gateway,
        min(heard_at) AS heard_at,
        sum(depth)::bigint AS depth,
        max(abs(skew_ms)) AS skew_ms,
        max(software) AS software
    FROM gateway_states
    GROUP BY gateway
) AS state ON state.gateway = gateways.id
WHERE gateways.revoked_at IS NULL
    AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
    AND places.path <@ replace(${place:sqlstring}, '*', '')::ltree
ORDER BY state.heard_at NULLS FIRST, gateways.id
LIMIT 500;

-- name: ledger
-- Sent = stored + kept aside + given up + missing + in flight, by gateway and lane, in messages. What is
-- in flight is counted from the numbers that were received, so that the difference can be wrong.
SELECT
    book.gateway AS gateway,
    book.lane AS lane,
    book.sent AS sent,
    book.stored AS stored,
    book.quarantined AS quarantined,
    book.shed AS shed,
    book.missing AS missing,
    book.in_flight AS in_flight,
    book.sent - book.stored - book.quarantined - book.shed - book.missing - book.in_flight AS difference
FROM (
    SELECT
        ledgers.gateway,
        ledgers.lane,
        sum(ledgers.next_seq - 1)::bigint AS sent,
        sum(ledgers.stored)::bigint AS stored,
        sum(ledgers.quarantined)::bigint AS quarantined,
        sum(ledgers.shed_messages)::bigint AS shed,
        sum(ledgers.missing)::bigint AS missing,
        sum(
            ledgers.next_seq - 1 - (
                SELECT coalesce(sum(upper(part.numbers) - lower(part.numbers)), 0)
                FROM unnest(ledgers.received) AS part (numbers)
            )
        )::bigint AS in_flight
    FROM ledgers
    JOIN gateways ON gateways.id = ledgers.gateway
    JOIN places ON places.id = gateways.place_id
    WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]) AND places.path <@ replace(${place:sqlstring}, '*', '')::ltree
    GROUP BY ledgers.gateway, ledgers.lane
) AS book
ORDER BY abs(book.sent - book.stored - book.quarantined - book.shed - book.missing - book.in_flight) DESC,
    book.missing DESC, book.shed DESC, book.in_flight DESC, book.gateway, book.lane
LIMIT 500;

-- name: sealed
-- Rows of the history that were sealed, by day (UTC+8).
SELECT
    date_bin('1 day', sealed_at, TIMESTAMPTZ '2020-01-01 00:00+08') AS "time",
    count(*) AS seals,
    sum(row_count)::bigint AS rows
FROM seals
WHERE $__timeFilter(sealed_at)
GROUP BY 1
ORDER BY 1
LIMIT 4000;

-- name: certificates
-- What each door of the platform has shown, the one that ends first before all; one never seen before them.
SELECT
    door,
    ends_at,
    date_part('epoch', ends_at - now()) / 86400 AS days,
    date_part('epoch', coalesce(warn_at, ends_at - INTERVAL '14 days') - now()) / 86400 AS to_alarm,
    looked_at
FROM certificates
ORDER BY ends_at NULLS FIRST, door
LIMIT 100;
