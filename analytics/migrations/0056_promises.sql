-- Promises of time and whether they were kept, for readers of dashboards.

CREATE VIEW visible_clocks WITH (security_barrier) AS
SELECT
    clocks.id,
    clocks.kind,
    clocks.state,
    clocks.started_at,
    clocks.due_at,
    clocks.ended_at,
    clocks.alarm_id,
    NULL::bigint AS order_id,
    alarms.asset_id,
    alarms.place_path,
    alarms.alarm_group,
    alarms.responsible_id AS organisation_id,
    alarms.closed_at IS NULL
        AND (clocks.state = 'missed' OR (clocks.state = 'running' AND clocks.due_at < now()))
        AND CASE clocks.kind
            WHEN 'acknowledge' THEN alarms.acknowledged_at IS NULL
            ELSE alarms.confirmation NOT IN ('real', 'false')
        END AS is_late
FROM clocks
JOIN alarms ON alarms.id = clocks.alarm_id
WHERE clocks.step = 0
    AND clocks.kind IN ('acknowledge', 'confirm')
    AND NOT alarms.is_drill
    AND alarms.place_path <@ ANY ((SELECT visible_scope())::ltree[])
UNION ALL
SELECT
    clocks.id,
    clocks.kind,
    clocks.state,
    clocks.started_at,
    clocks.due_at,
    clocks.ended_at,
    work_orders.alarm_id,
    clocks.order_id,
    work_orders.asset_id,
    work_orders.place_path,
    coalesce(alarms.alarm_group, '') AS alarm_group,
    coalesce(work_orders.owner_id, alarms.responsible_id) AS organisation_id,
    work_orders.closed_at IS NULL
        AND (clocks.state = 'missed' OR (clocks.state = 'running' AND clocks.due_at < now()))
        AND CASE clocks.kind
            WHEN 'accept' THEN work_orders.accepted_at IS NULL
            WHEN 'arrive' THEN work_orders.arrived_at IS NULL
            WHEN 'restore' THEN work_orders.restored_at IS NULL
            ELSE true
        END AS is_late
FROM clocks
JOIN work_orders ON work_orders.id = clocks.order_id
LEFT JOIN alarms ON alarms.id = work_orders.alarm_id
WHERE clocks.step = 0
    AND clocks.kind IN ('accept', 'arrive', 'restore', 'close')
    AND NOT coalesce(alarms.is_drill, false)
    AND work_orders.place_path <@ ANY ((SELECT visible_scope())::ltree[]);
COMMENT ON VIEW visible_clocks IS 'First deadlines of alarms and orders of the reader''s places, drills left out; late: missed, and the thing is still not done';
GRANT SELECT ON visible_clocks TO tw_console, tw_grafana;

CREATE INDEX clocks_ended ON clocks (ended_at) WHERE state IN ('kept', 'missed');
CREATE INDEX work_orders_opened ON work_orders (opened_at);
CREATE INDEX rescues_opened ON rescues (opened_at);
CREATE INDEX seals_sealed ON seals USING brin (sealed_at) WITH (pages_per_range = 16);
CREATE INDEX clocks_missed ON clocks (alarm_id, order_id) WHERE state = 'missed' AND step = 0;
