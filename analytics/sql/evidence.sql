-- name: one_moment
-- Everything that follows in the transaction is read as of one moment.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;

-- name: order_by_number
-- An order by its number or its row.
SELECT id, alarm_id FROM work_orders WHERE number = %(name)s OR id::text = %(name)s ORDER BY number = %(name)s DESC LIMIT 1;

-- name: orders_of_alarm
-- The orders that an alarm opened, with those merged into them and those that repeat them.
SELECT DISTINCT work_orders.id
FROM work_orders
WHERE work_orders.alarm_id = %(alarm)s
    OR work_orders.merged_into = ANY (%(orders)s::bigint[])
    OR work_orders.repeat_of = ANY (%(orders)s::bigint[])
    OR work_orders.parent_id = ANY (%(orders)s::bigint[])
    OR work_orders.id = ANY (%(orders)s::bigint[])
ORDER BY work_orders.id;

-- name: subject
-- What it is about, and the span that is looked at.
SELECT
    coalesce(alarms.asset_id, work_orders.asset_id),
    coalesce(assets.class, ''),
    least(alarms.raised_at, work_orders.opened_at) - INTERVAL '15 minutes',
    greatest(alarms.closed_at, work_orders.closed_at, work_orders.restored_at, alarms.opened_at, work_orders.opened_at)
        + INTERVAL '30 minutes'
FROM (SELECT %(alarm)s::bigint AS alarm, %(order)s::bigint AS order_id) AS asked
LEFT JOIN alarms ON alarms.id = asked.alarm
LEFT JOIN work_orders ON work_orders.id = asked.order_id
LEFT JOIN assets ON assets.id = coalesce(alarms.asset_id, work_orders.asset_id)
WHERE alarms.id IS NOT NULL OR work_orders.id IS NOT NULL;

-- name: alarms
-- The alarm as it is.
SELECT to_jsonb(alarms)::text FROM alarms WHERE id = %(alarm)s ORDER BY id;

-- name: orders
-- The orders as they are.
SELECT to_jsonb(work_orders)::text FROM work_orders WHERE id = ANY (%(orders)s::bigint[]) ORDER BY id;

-- name: alarm_steps
-- Who did what to the alarm, with the digest of each line and the seal that covers it.
SELECT (to_jsonb(alarm_transitions) || jsonb_build_object(
    'digest', encode(alarm_transitions.digest, 'hex'), 'seal', seal_rows.seal))::text
FROM alarm_transitions
LEFT JOIN seal_rows ON seal_rows.source = 'alarm' AND seal_rows.row_key = alarm_transitions.id::text
WHERE alarm_transitions.alarm_id = %(alarm)s
ORDER BY alarm_transitions.id;

-- name: order_steps
-- Who did what to the orders, with the digest of each line and the seal that covers it.
SELECT (to_jsonb(work_order_transitions) || jsonb_build_object(
    'digest', encode(work_order_transitions.digest, 'hex'), 'seal', seal_rows.seal))::text
FROM work_order_transitions
LEFT JOIN seal_rows ON seal_rows.source = 'order' AND seal_rows.row_key = work_order_transitions.id::text
WHERE work_order_transitions.order_id = ANY (%(orders)s::bigint[])
ORDER BY work_order_transitions.id;

-- name: clocks
-- Which clocks ran, and how they ended.
SELECT to_jsonb(clocks)::text
FROM clocks
WHERE clocks.alarm_id = %(alarm)s OR clocks.order_id = ANY (%(orders)s::bigint[])
ORDER BY clocks.id;

-- name: notices
-- Who was told what, with receipts.
SELECT to_jsonb(notices)::text
FROM notices
WHERE notices.alarm_id = %(alarm)s OR notices.order_id = ANY (%(orders)s::bigint[])
ORDER BY notices.created_at, notices.id;

-- name: acts
-- What people asked for at pages, done or refused.
SELECT to_jsonb(acts)::text
FROM acts
WHERE acts.alarm_id = %(alarm)s OR acts.order_id = ANY (%(orders)s::bigint[])
ORDER BY acts.created_at, acts.id;

-- name: assignments
-- Which technician had the orders.
SELECT to_jsonb(order_assignments)::text
FROM order_assignments
WHERE order_assignments.order_id = ANY (%(orders)s::bigint[])
ORDER BY order_assignments.id;

-- name: verifications
-- What telemetry said about the repairs.
SELECT to_jsonb(order_verifications)::text
FROM order_verifications
WHERE order_verifications.order_id = ANY (%(orders)s::bigint[])
ORDER BY order_verifications.order_id, order_verifications.restored_at;

-- name: ratings
-- What people thought of the work.
SELECT to_jsonb(order_ratings)::text
FROM order_ratings
WHERE order_ratings.order_id = ANY (%(orders)s::bigint[])
ORDER BY order_ratings.id;

-- name: reports
-- What people reported, without how to reach them.
SELECT (to_jsonb(reports) - 'contact' || jsonb_build_object('photos', ARRAY(
    SELECT report_photos.digest FROM report_photos WHERE report_photos.report_id = reports.id ORDER BY 1
)))::text
FROM reports
WHERE reports.alarm_id = %(alarm)s OR reports.order_id = ANY (%(orders)s::bigint[])
ORDER BY reports.id;

-- name: work_photos
-- Photos of the work: who took which, and when.
SELECT to_jsonb(order_photos)::text
FROM order_photos
WHERE order_photos.order_id = ANY (%(orders)s::bigint[])
ORDER BY order_photos.order_id, order_photos.added_at, order_photos.digest;

-- name: photos
-- Photos of what people reported and of the work, by what is in them.
SELECT report_photos.digest
FROM report_photos
JOIN reports ON reports.id = report_photos.report_id
WHERE reports.alarm_id = %(alarm)s OR reports.order_id = ANY (%(orders)s::bigint[])
UNION
SELECT order_photos.digest
FROM order_photos
WHERE order_photos.order_id = ANY (%(orders)s::bigint[])
ORDER BY digest;

-- name: events
-- What the asset said around it, as it came.
SELECT to_jsonb(events)::text
FROM events
WHERE events.asset_id = %(asset)s AND events.at BETWEEN %(since)s AND %(until)s
ORDER BY events.id
LIMIT 5000;

-- name: samples
-- What the asset measured around it.
SELECT to_jsonb(samples)::text
FROM {table} AS samples
WHERE samples.asset_id = %(asset)s AND samples.at BETWEEN %(since)s AND %(until)s
ORDER BY samples.at
LIMIT 20000;

-- name: versions
-- What the platform was: the matrix in force, and every migration with its checksum.
SELECT jsonb_build_object(
    'duty', (
        SELECT jsonb_build_object('line', duties.key, 'matrix', duty_versions.name, 'checksum', duty_versions.checksum)
        FROM duties
        JOIN duty_versions ON duty_versions.id = duties.version_id
        WHERE duties.id = coalesce(
            (SELECT alarms.duty_id FROM alarms WHERE alarms.id = %(alarm)s),
            (SELECT max(work_orders.duty_id) FROM work_orders WHERE work_orders.id = ANY (%(orders)s::bigint[]))
        )
    ),
    'database', version()
)::text;

-- name: head
-- The newest seal of the audit chain when the pack was made.
SELECT jsonb_build_object('number', number, 'sealed_at', sealed_at, 'digest', encode(digest, 'hex'))::text
FROM seals
ORDER BY number DESC
LIMIT 1;
