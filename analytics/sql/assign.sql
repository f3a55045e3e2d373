-- name: waiting_orders
-- Orders whose organisation has technicians of its own and that nobody has been given, trapped
-- people first; the orders that wait longest next.
SELECT
    work_orders.id,
    work_orders.owner_id,
    coalesce(assets.class, ''),
    coalesce(alarms.is_life_safety, false) AS is_life_safety,
    (
        SELECT ARRAY[above.latitude, above.longitude]
        FROM places AS above
        WHERE above.path @> work_orders.place_path AND above.latitude IS NOT NULL
            AND above.longitude IS NOT NULL
        ORDER BY nlevel(above.path) DESC
        LIMIT 1
    ),
    ARRAY(
        SELECT order_assignments.technician
        FROM order_assignments
        WHERE order_assignments.order_id = work_orders.id
            AND order_assignments.ending IN ('declined', 'silent')
    )
FROM work_orders
LEFT JOIN assets ON assets.id = work_orders.asset_id
LEFT JOIN alarms ON alarms.id = work_orders.alarm_id
WHERE work_orders.state = 'dispatched' AND work_orders.closed_at IS NULL
    AND work_orders.linked_at IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM order_assignments
        WHERE order_assignments.order_id = work_orders.id AND order_assignments.ended_at IS NULL
    )
    AND EXISTS (
        SELECT FROM technicians
        WHERE technicians.organisation_id = work_orders.owner_id AND technicians.left_at IS NULL
    )
ORDER BY is_life_safety DESC, work_orders.opened_at, work_orders.id
LIMIT %(limit)s;

-- name: technicians
-- Everybody of some organisations: certificates, roster, the place of the last arrival within four
-- hours (else where the person sets out from), open orders and orders of the last seven days.
SELECT
    technicians.name,
    technicians.organisation_id,
    technicians.capacity,
    coalesce(
        (
            SELECT ARRAY[above.latitude, above.longitude]
            FROM work_orders
            JOIN places AS above ON above.path @> work_orders.place_path
            WHERE work_orders.assignee = technicians.name
                AND work_orders.arrived_at > %(now)s::timestamptz - INTERVAL '4 hours'
                AND above.latitude IS NOT NULL AND above.longitude IS NOT NULL
            ORDER BY work_orders.arrived_at DESC, nlevel(above.path) DESC
            LIMIT 1
        ),
        CASE
            WHEN technicians.latitude IS NOT NULL AND technicians.longitude IS NOT NULL
                THEN ARRAY[technicians.latitude, technicians.longitude]
        END
    ),
    (
        SELECT count(*)
        FROM order_assignments
        JOIN work_orders ON work_orders.id = order_assignments.order_id
        WHERE order_assignments.technician = technicians.name AND order_assignments.ended_at IS NULL
            AND work_orders.state IN ('dispatched', 'accepted', 'on_site')
    ),
    (
        SELECT count(DISTINCT order_assignments.order_id)
        FROM order_assignments
        WHERE order_assignments.technician = technicians.name
            AND order_assignments.assigned_at > %(now)s::timestamptz - INTERVAL '7 days'
    ),
    ARRAY(
        SELECT technician_certificates.skill || ' ' || technician_certificates.valid_until
        FROM technician_certificates
        WHERE technician_certificates.technician = technicians.name
        ORDER BY technician_certificates.skill
    ),
    ARRAY(
        SELECT technician_shifts.weekday || ' ' || technician_shifts.starts_at || ' ' || technician_shifts.ends_at
        FROM technician_shifts
        WHERE technician_shifts.technician = technicians.name
        ORDER BY technician_shifts.weekday, technician_shifts.starts_at
    )
FROM technicians
WHERE technicians.left_at IS NULL AND technicians.organisation_id = ANY (%(organisations)s::int[])
ORDER BY technicians.name;

-- name: open_assignment
-- Who has an order in hand; the row is locked.
SELECT technician, assigned_at
FROM order_assignments
WHERE order_id = %(order_id)s AND ended_at IS NULL
FOR UPDATE;

-- name: begin_assignment
-- A technician gets an order.
INSERT INTO order_assignments (order_id, technician, assigned_at, assigned_by, travel_s, reason)
VALUES (%(order_id)s, %(technician)s, %(now)s, %(by)s, %(travel_s)s, %(reason)s);

-- name: end_assignments
-- Technicians no longer have these orders in hand.
UPDATE order_assignments
SET ended_at = %(now)s, ending = %(ending)s, reason = %(reason)s
WHERE order_id = ANY (%(orders)s::bigint[]) AND ended_at IS NULL;

-- name: silent_assignments
-- Orders given to somebody who has not accepted them for longer than is patient.
SELECT order_assignments.order_id
FROM order_assignments
JOIN work_orders ON work_orders.id = order_assignments.order_id
LEFT JOIN alarms ON alarms.id = work_orders.alarm_id
WHERE order_assignments.ended_at IS NULL AND work_orders.state = 'dispatched'
    AND order_assignments.assigned_at <= %(now)s::timestamptz - CASE
        WHEN coalesce(alarms.is_life_safety, false) THEN %(patience_of_life)s::interval
        ELSE %(patience)s::interval
    END
ORDER BY order_assignments.assigned_at
LIMIT %(limit)s;

-- name: set_no_technician
-- Since when nobody suitable is found; NULL: somebody was.
UPDATE work_orders
SET no_technician_at = %(at)s
WHERE id = %(order_id)s AND (no_technician_at IS NULL) <> (%(at)s::timestamptz IS NULL);

-- name: organisation_of
-- The organisation of a technician who has not left.
SELECT organisation_id FROM technicians WHERE name = %(name)s AND left_at IS NULL;

-- name: put_technician
-- A technician as the file says.
INSERT INTO technicians (name, organisation_id, display_name, latitude, longitude, capacity, left_at)
SELECT %(name)s, organisations.id, %(display_name)s, %(latitude)s, %(longitude)s, %(capacity)s, NULL
FROM organisations
WHERE organisations.code = %(organisation)s
ON CONFLICT (name) DO UPDATE
SET organisation_id = excluded.organisation_id,
    display_name = excluded.display_name,
    latitude = excluded.latitude,
    longitude = excluded.longitude,
    capacity = excluded.capacity,
    left_at = NULL;

-- name: drop_certificates
-- A technician's certificates, before those of the file.
DELETE FROM technician_certificates WHERE technician = %(name)s;

-- name: drop_shifts
-- A technician's roster, before that of the file.
DELETE FROM technician_shifts WHERE technician = %(name)s;

-- name: put_certificate
-- A certificate.
INSERT INTO technician_certificates (technician, skill, number, valid_until)
VALUES (%(name)s, %(skill)s, %(number)s, %(valid_until)s);

-- name: put_shift
-- A line of the roster.
INSERT INTO technician_shifts (technician, weekday, starts_at, ends_at)
VALUES (%(name)s, %(weekday)s, %(starts_at)s, %(ends_at)s);

-- name: leave
-- Technicians of an organisation that a file no longer names.
UPDATE technicians
SET left_at = %(now)s
FROM organisations
WHERE organisations.id = technicians.organisation_id AND organisations.code = ANY (%(organisations)s::text[])
    AND technicians.left_at IS NULL AND NOT technicians.name = ANY (%(names)s::text[]);

-- name: listed_technicians
-- Everybody, for a person at the command line.
SELECT technicians.name, technicians.display_name, organisations.code,
    (
        SELECT coalesce(string_agg(skill || ' ' || valid_until, ', ' ORDER BY skill), '-')
        FROM technician_certificates
        WHERE technician = technicians.name
    ),
    (
        SELECT count(*)
        FROM order_assignments
        WHERE technician = technicians.name AND ended_at IS NULL
    )
FROM technicians
JOIN organisations ON organisations.id = technicians.organisation_id
WHERE technicians.left_at IS NULL
ORDER BY organisations.code, technicians.name;

-- name: certificate_for_order
-- The class of an order's asset, and until when a technician's certificate of each skill is valid.
SELECT
    coalesce(assets.class, ''),
    ARRAY(
        SELECT technician_certificates.skill || ' ' || technician_certificates.valid_until
        FROM technician_certificates
        WHERE technician_certificates.technician = %(technician)s
        ORDER BY technician_certificates.skill
    )
FROM work_orders
LEFT JOIN assets ON assets.id = work_orders.asset_id
WHERE work_orders.id = %(order_id)s;
