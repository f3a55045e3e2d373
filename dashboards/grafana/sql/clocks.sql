-- name: late_now
-- Promises that were missed and are still not kept.
SELECT count(*) AS late_now
FROM visible_clocks
WHERE is_late
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    AND (${organisation:sqlstring} = '0' OR organisation_id::text = ${organisation:sqlstring});

-- name: open_orders
-- Work orders that are open.
SELECT count(*) AS open_orders
FROM work_orders
WHERE closed_at IS NULL
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    AND (${organisation:sqlstring} = '0' OR owner_id::text = ${organisation:sqlstring});

-- name: kept
-- Share of promises that were kept, of those that ended.
SELECT (count(*) FILTER (WHERE state = 'kept'))::double precision / nullif(count(*), 0) AS kept
FROM visible_clocks
WHERE $__timeFilter(ended_at)
    AND state IN ('kept', 'missed')
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    AND (${organisation:sqlstring} = '0' OR organisation_id::text = ${organisation:sqlstring});

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
    AND (${organisation:sqlstring} = '0' OR owner_id::text = ${organisation:sqlstring});

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
    AND (${organisation:sqlstring} = '0' OR owner_id::text = ${organisation:sqlstring});

-- name: by_kind
-- Each kind of promise: kept, missed, and how long those that ended took, to the second. Medians are
-- read from how often each length occurred: a year of promises is then never sorted.
WITH ended AS (
    SELECT
        kind,
        state = 'kept' AS is_kept,
        date_part('epoch', ended_at - started_at)::int AS took_s,
        date_part('epoch', due_at - started_at)::int AS allowed_s,
        count(*) AS promises
    FROM visible_clocks
    WHERE $__timeFilter(ended_at)
        AND state IN ('kept', 'missed')
        AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
        AND (${organisation:sqlstring} = '0' OR organisation_id::text = ${organisation:sqlstring})
    GROUP BY 1, 2, 3, 4
),
lengths AS (
    SELECT kind, 'took' AS word, took_s AS length_s, promises FROM ended WHERE is_kept
    UNION ALL
    SELECT kind, 'allowed', allowed_s, promises FROM ended
),
reached AS (
    SELECT
        kind,
        word,
        length_s,
        2 * sum(promises) OVER (PARTITION BY kind, word ORDER BY length_s) AS twice,
        sum(promises) OVER (PARTITION BY kind, word) AS promises
    FROM lengths
),
medians AS (
    SELECT
        kind,
        word,
        (min(length_s) FILTER (WHERE twice >= promises) + min(length_s) FILTER (WHERE twice > promises))
            / 2.0::double precision AS median_s
    FROM reached
    GROUP BY kind, word
),
counted AS (
    SELECT
        kind,
        coalesce(sum(promises) FILTER (WHERE is_kept), 0)::bigint AS kept,
        coalesce(sum(promises) FILTER (WHERE NOT is_kept), 0)::bigint AS missed
    FROM ended
    GROUP BY kind
)
SELECT
    counted.kind AS kind,
    counted.kept AS kept,
    counted.missed AS missed,
    counted.kept::double precision / (counted.kept + counted.missed) AS share,
    took.median_s AS median_kept,
    allowed.median_s AS allowed
FROM counted
LEFT JOIN medians AS took ON took.kind = counted.kind AND took.word = 'took'
LEFT JOIN medians AS allowed ON allowed.kind = counted.kind AND allowed.word = 'allowed'
ORDER BY array_position(ARRAY['acknowledge', 'confirm', 'accept', 'arrive', 'restore', 'close'], counted.kind)
LIMIT 10;

-- name: by_organisation
-- Each organisation: late now, and promises that were missed and kept in the chosen time.
WITH promised AS (
    SELECT
        organisation_id,
        0 AS late,
        count(*) FILTER (WHERE state = 'missed') AS missed,
        count(*) FILTER (WHERE state = 'kept') AS kept,
        count(*) AS ended
    FROM visible_clocks
    WHERE $__timeFilter(ended_at)
        AND state IN ('kept', 'missed')
        AND NOT is_late
        AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    GROUP BY organisation_id
    UNION ALL
    SELECT organisation_id, count(*), 0, 0, count(*) FILTER (WHERE state = 'missed')
    FROM visible_clocks
    WHERE is_late AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    GROUP BY organisation_id
)
SELECT
    coalesce(nullif(organisations.name_${language:raw}, ''), organisations.name_zh, '-') AS organisation,
    coalesce(organisations.id, 0)::text AS organisation_id,
    sum(promised.late)::bigint AS late,
    sum(promised.missed)::bigint AS missed,
    sum(promised.kept)::bigint AS kept,
    sum(promised.kept)::double precision / nullif(sum(promised.ended), 0) AS share
FROM promised
LEFT JOIN organisations ON organisations.id = promised.organisation_id
WHERE (${organisation:sqlstring} = '0' OR promised.organisation_id::text = ${organisation:sqlstring})
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
    date_part('epoch', now() - late.due_at) AS late
FROM visible_clocks AS late
LEFT JOIN organisations ON organisations.id = late.organisation_id
LEFT JOIN assets ON assets.id = late.asset_id
LEFT JOIN work_orders ON work_orders.id = late.order_id
WHERE late.is_late
    AND late.place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    AND (${organisation:sqlstring} = '0' OR late.organisation_id::text = ${organisation:sqlstring})
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
    AND (${organisation:sqlstring} = '0' OR organisation_id::text = ${organisation:sqlstring})
GROUP BY 1
ORDER BY 1
LIMIT 600;

-- name: times
-- Time from dispatch to arrival and to restoration, median by week.
SELECT
    date_bin('7 days', opened_at, TIMESTAMPTZ '2020-01-06 00:00+08') AS "time",
    percentile_cont(0.5) WITHIN GROUP (ORDER BY date_part('epoch', arrived_at - opened_at))
        AS arrival,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY date_part('epoch', restored_at - opened_at))
        AS restored
FROM work_orders
WHERE $__timeFilter(opened_at)
    AND alarm_id IS NOT NULL
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    AND (${organisation:sqlstring} = '0' OR owner_id::text = ${organisation:sqlstring})
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
    AND (${organisation:sqlstring} = '0' OR work_orders.owner_id::text = ${organisation:sqlstring})
GROUP BY 1
ORDER BY 2 DESC, 1
LIMIT 10;
