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
