-- name: totals
-- One line about the whole platform: values, events, open alarms, orders, notices, ledger.
SELECT
    (SELECT coalesce(sum(samples), 0)::bigint FROM ledgers) AS samples,
    (SELECT count(*) FROM events) AS events,
    (SELECT count(*) FROM alarms) AS alarms,
    (SELECT count(*) FROM alarms WHERE state <> 'normal') AS open_alarms,
    (SELECT count(*) FROM work_orders) AS orders,
    (SELECT count(*) FROM notices WHERE state = 'delivered') AS notices_delivered,
    (SELECT count(*) FROM notices WHERE state = 'waiting') AS notices_waiting,
    (SELECT count(*) FROM warnings) AS warnings;

-- name: ledgers
-- Messages per gateway and lane, all streams together; in flight is what was numbered and has
-- neither come nor been given up. Sent minus all the rest must be 0.
SELECT
    l.gateway,
    l.lane,
    sum(l.next_seq - 1)::bigint AS sent,
    sum(l.stored)::bigint AS stored,
    sum(l.quarantined)::bigint AS quarantined,
    sum(l.shed_messages)::bigint AS shed,
    sum(l.missing)::bigint AS missing,
    sum(l.next_seq - 1 - settled.count)::bigint AS in_flight,
    sum(l.samples)::bigint AS samples
FROM ledgers AS l
CROSS JOIN LATERAL (
    SELECT coalesce(sum(upper(one) - lower(one)), 0)::bigint AS count FROM unnest(l.received) AS one
) AS settled
GROUP BY l.gateway, l.lane
ORDER BY l.gateway, l.lane
LIMIT 10000;
