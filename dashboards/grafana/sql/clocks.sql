-- name: late_now
-- Promises that were missed and are still not kept.
SELECT count(*) AS late_now
FROM visible_clocks
WHERE is_late
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    AND ${organisation:sqlstring} IN ('0', organisation_id::text);

-- name: open_orders
-- Work orders that are open.
SELECT count(*) AS open_orders
FROM work_orders
WHERE closed_at IS NULL
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    AND ${organisation:sqlstring} IN ('0', owner_id::text);

-- name: kept
-- Share of promises that were kept, of those that ended.
SELECT (count(*) FILTER (WHERE state = 'kept'))::double precision / nullif(count(*), 0) AS kept
FROM visible_clocks
WHERE $__timeFilter(ended_at)
    AND state IN ('kept', 'missed')
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    AND ${organisation:sqlstring} IN ('0', organisation_id::text);

-- name: fixed
-- Share of orders whose condition did not come back within 30 days and whose repair telemetry did not refute.
SELECT
    1 - (
        count(*) FILTER (WHERE repeat_of IS NOT NULL OR not_fixed_at IS NOT NULL)
    )::double precision / nullif(count(*), 0) AS fixed
FROM work_orders
WHERE $__timeFilter(opened_at)
    AND alarm_id IS NOT NULL
    AND state <> 'merged'
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    AND ${organisation:sqlstring} IN ('0', owner_id::text);

-- name: preventive
-- Share of preventive duties that fell due and were done by then.
SELECT
    (count(*) FILTER (WHERE plan_periods.done_at <= plan_periods.due_at))::double precision
        / nullif(count(*), 0) AS preventive
FROM plan_periods
JOIN plans ON plans.id = plan_periods.plan_id
LEFT JOIN visible_assets AS assets ON assets.id = plans.asset_id
LEFT JOIN places
    ON places.id = plans.place_id AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
WHERE $__timeFilter(plan_periods.due_at)
    AND plan_periods.due_at < now()
    AND coalesce(assets.path, places.path) <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: no_technician
-- Open orders for which no technician could be found.
SELECT count(*) AS no_technician
FROM work_orders
WHERE closed_at IS NULL
    AND no_technician_at IS NOT NULL
    AND assignee IS NULL
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    AND ${organisation:sqlstring} IN ('0', owner_id::text);

-- name: by_kind
-- Each kind of promise: kept, missed, and how long those that ended took.
SELECT
    kind,
    count(*) FILTER (WHERE state = 'kept') AS kept,
    count(*) FILTER (WHERE state = 'missed') AS missed,
    (count(*) FILTER (WHERE state = 'kept'))::double precision / count(*) AS share,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM ended_at - started_at)::double precision)
        FILTER (WHERE state = 'kept') AS median_kept,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM due_at - started_at)::double precision) AS allowed
FROM visible_clocks
WHERE $__timeFilter(ended_at)
    AND state IN ('kept', 'missed')
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    AND ${organisation:sqlstring} IN ('0', organisation_id::text)
GROUP BY kind
ORDER BY array_position(ARRAY['acknowledge', 'confirm', 'accept', 'arrive', 'restore', 'close'], kind)
LIMIT 10;

-- name: by_organisation
-- Each organisation: late now, promises kept, orders that were no repair.
SELECT
    coalesce(nullif(organisations.name_${language:raw}, ''), organisations.name_zh, '-') AS organisation,
    coalesce(organisations.id, 0)::text AS organisation_id,
    count(*) FILTER (WHERE promised.is_late) AS late,
    count(*) FILTER (WHERE promised.state = 'missed' AND NOT promised.is_late) AS missed,
    count(*) FILTER (WHERE promised.state = 'kept') AS kept,
    (count(*) FILTER (WHERE promised.state = 'kept'))::double precision
        / nullif(count(*) FILTER (WHERE promised.state IN ('kept', 'missed')), 0) AS share
FROM (
    SELECT organisation_id, state, is_late
    FROM visible_clocks
    WHERE $__timeFilter(ended_at)
        AND state IN ('kept', 'missed')
        AND NOT is_late
        AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    UNION ALL
    SELECT organisation_id, state, is_late
    FROM visible_clocks
    WHERE is_late AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
) AS promised
LEFT JOIN organisations ON organisations.id = promised.organisation_id
WHERE ${organisation:sqlstring} IN ('0', promised.organisation_id::text)
GROUP BY organisations.id
ORDER BY 3 DESC, 6 NULLS LAST, 4 DESC, 1
LIMIT 200;

-- name: late_list
-- What is late now, the longest first, and who owes it.
SELECT
    late.kind AS kind,
    coalesce(nullif(organisations.name_${language:raw}, ''), organisations.name_zh, '-') AS organisation,
    coalesce(assets.code, '-') AS asset,
    coalesce(work_orders.number, '') AS number,
    coalesce(late.order_id::text, '') AS order_id,
    coalesce(late.alarm_id::text, '') AS alarm,
    late.due_at AS due_at,
    extract(epoch FROM now() - late.due_at)::double precision AS late
FROM visible_clocks AS late
LEFT JOIN organisations ON organisations.id = late.organisation_id
LEFT JOIN assets ON assets.id = late.asset_id
LEFT JOIN work_orders ON work_orders.id = late.order_id
WHERE late.is_late
    AND late.place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    AND ${organisation:sqlstring} IN ('0', late.organisation_id::text)
ORDER BY late.due_at
LIMIT 200;

-- name: weeks
-- Promises that ended, by week.
SELECT
    date_bin('7 days', ended_at, TIMESTAMPTZ '2020-01-06 00:00+08') AS "time",
    count(*) FILTER (WHERE state = 'kept') AS kept,
    count(*) FILTER (WHERE state = 'missed') AS missed
FROM visible_clocks
WHERE $__timeFilter(ended_at)
    AND state IN ('kept', 'missed')
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    AND ${organisation:sqlstring} IN ('0', organisation_id::text)
GROUP BY 1
ORDER BY 1
LIMIT 600;

-- name: times
-- Time from dispatch to arrival and to restoration, median by week.
SELECT
    date_bin('7 days', opened_at, TIMESTAMPTZ '2020-01-06 00:00+08') AS "time",
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM arrived_at - opened_at)::double precision)
        AS arrival,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM restored_at - opened_at)::double precision)
        AS restored
FROM work_orders
WHERE $__timeFilter(opened_at)
    AND alarm_id IS NOT NULL
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    AND ${organisation:sqlstring} IN ('0', owner_id::text)
GROUP BY 1
ORDER BY 1
LIMIT 600;

-- name: verified
-- What telemetry said about repairs.
SELECT coalesce(order_verifications.result, 'waiting') AS result, count(*) AS orders
FROM order_verifications
JOIN work_orders ON work_orders.id = order_verifications.order_id
WHERE $__timeFilter(order_verifications.restored_at)
    AND work_orders.place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    AND ${organisation:sqlstring} IN ('0', work_orders.owner_id::text)
GROUP BY 1
ORDER BY 2 DESC, 1
LIMIT 10;
