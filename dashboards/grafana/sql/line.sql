-- name: open_life_safety
-- Fire and entrapment that are open, drills left out.
SELECT count(*) AS "生命安全"
FROM alarms
WHERE closed_at IS NULL AND is_life_safety AND NOT is_drill;

-- name: unacknowledged
-- Open alarms that nobody has acknowledged.
SELECT count(*) AS "未确认"
FROM alarms
WHERE closed_at IS NULL
    AND state IN ('unacknowledged', 'returned_unacknowledged', 'latched_unacknowledged');

-- name: difference
-- Messages that are known to be lost, over every gateway of the reader's places.
SELECT coalesce(sum(ledgers.missing), 0)::bigint AS "差额"
FROM ledgers
JOIN gateways ON gateways.id = ledgers.gateway
JOIN places ON places.id = gateways.place_id
WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[]);

-- name: bureau_waiting
-- Notices to the bureau that have no receipt yet.
SELECT count(*) AS "等待"
FROM notices
WHERE target = 'bureau' AND state = 'waiting';

-- name: open_by_group
-- Open alarms by kind of condition.
SELECT
    CASE alarm_group
        WHEN 'fire' THEN '火警'
        WHEN 'entrapment' THEN '困人'
        WHEN 'safety' THEN '安全'
        WHEN 'fault' THEN '故障'
        WHEN 'supervisory' THEN '监管'
        WHEN 'disabled' THEN '屏蔽'
        WHEN 'contact' THEN '失联'
        WHEN 'warning' THEN '预警'
        ELSE alarm_group
    END AS "类别",
    count(*) AS "未关闭"
FROM alarms
WHERE closed_at IS NULL
GROUP BY alarm_group
ORDER BY count(*) DESC, alarm_group
LIMIT 20;

-- name: events_per_minute
-- What devices said, by the minute in which it was received.
SELECT $__timeGroupAlias(received_at, '1m'), count(*) AS "事件"
FROM events
WHERE $__timeFilter(received_at)
GROUP BY 1
ORDER BY 1
LIMIT 20000;

-- name: samples_per_second
-- Values stored in each hour, as a rate.
SELECT ledger_hours.hour AS "time", sum(ledger_hours.samples) / 3600.0 AS "采样/秒"
FROM ledger_hours
JOIN gateways ON gateways.id = ledger_hours.gateway
JOIN places ON places.id = gateways.place_id
WHERE $__timeFilter(ledger_hours.hour)
    AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
GROUP BY ledger_hours.hour
ORDER BY ledger_hours.hour
LIMIT 10000;

-- name: time_to_acknowledge
-- How long alarms waited for a person, by the hour in which they were opened.
SELECT
    $__timeGroupAlias(opened_at, '1h'),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM acknowledged_at - opened_at)) AS "中位数",
    percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM acknowledged_at - opened_at)) AS "九成"
FROM alarms
WHERE $__timeFilter(opened_at) AND acknowledged_at IS NOT NULL AND NOT is_drill
GROUP BY 1
ORDER BY 1
LIMIT 10000;

-- name: gateway_silence
-- Since when each gateway has not been heard, longest first.
SELECT
    gateways.id AS "网关",
    places.name_zh AS "位置",
    extract(epoch FROM now() - max(gateway_states.heard_at))::bigint AS "静默"
FROM gateways
JOIN places ON places.id = gateways.place_id
LEFT JOIN gateway_states ON gateway_states.gateway = gateways.id
WHERE gateways.revoked_at IS NULL
    AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
GROUP BY gateways.id, places.name_zh
ORDER BY 3 DESC NULLS FIRST, 1
LIMIT 500;

-- name: ledger_by_gateway
-- Sent = stored + quarantined + shed + missing + in flight, by gateway and lane, in messages.
SELECT
    book.gateway AS "网关",
    book.lane AS "通道",
    book.sent AS "已发",
    book.stored AS "入库",
    book.quarantined AS "隔离",
    book.shed AS "丢弃",
    book.missing AS "缺失",
    book.sent - book.stored - book.quarantined - book.shed - book.missing AS "在途"
FROM (
    SELECT
        ledgers.gateway,
        ledgers.lane,
        sum(ledgers.next_seq - 1)::bigint AS sent,
        sum(ledgers.stored)::bigint AS stored,
        sum(ledgers.quarantined)::bigint AS quarantined,
        sum((
            SELECT coalesce(sum(upper(part) - lower(part)), 0)
            FROM unnest(ledgers.shed) AS part
        ))::bigint AS shed,
        sum(ledgers.missing)::bigint AS missing
    FROM ledgers
    JOIN gateways ON gateways.id = ledgers.gateway
    JOIN places ON places.id = gateways.place_id
    WHERE places.path <@ ANY ((SELECT visible_scope())::ltree[])
    GROUP BY ledgers.gateway, ledgers.lane
) AS book
ORDER BY 7 DESC, 1, 2
LIMIT 500;

-- name: open_orders
-- Work orders that are open, oldest first.
SELECT
    work_orders.number AS "编号",
    work_orders.title AS "内容",
    work_orders.state AS "状态",
    organisations.name_zh AS "负责单位",
    work_orders.opened_at AS "派单时间"
FROM work_orders
LEFT JOIN organisations ON organisations.id = work_orders.owner_id
WHERE work_orders.closed_at IS NULL
ORDER BY work_orders.opened_at, work_orders.id
LIMIT 200;
