-- name: order_lines
-- Work orders as a list shows them: open ones first, the oldest of them first; then the newest
-- closed. `owner_id` picks one organisation's (NULL: all), `technician` what one person has in hand or
-- accepted (NULL: all); a page begins after a row (NULL: first).
WITH page AS (
    SELECT work_orders.id
    FROM work_orders
    WHERE (%(owner_id)s::int IS NULL OR work_orders.owner_id = %(owner_id)s)
        AND (
            %(technician)s::text IS NULL OR work_orders.assignee = %(technician)s
            OR EXISTS (
                SELECT FROM order_assignments
                WHERE order_assignments.order_id = work_orders.id
                    AND order_assignments.technician = %(technician)s AND order_assignments.ended_at IS NULL
            )
        )
        AND (%(is_open)s::boolean IS NULL OR (work_orders.closed_at IS NULL) = %(is_open)s)
        AND (%(after)s::bigint IS NULL OR work_orders.id < %(after)s)
    ORDER BY work_orders.id DESC
    LIMIT %(limit)s
)
{lines}
WHERE work_orders.id = ANY (ARRAY(SELECT page.id FROM page))
ORDER BY work_orders.id DESC
LIMIT %(limit)s;

-- name: order_lines_urgent
-- Open work orders, those of life safety first, then by the clock that runs out first: what a list
-- leaves out is never more urgent than what it shows. `after_id` and its two companions name the row
-- after which a page begins (NULL: first).
WITH page AS (
    SELECT ranked.id, ranked.is_behind, ranked.due_at
    FROM (
        SELECT
            work_orders.id,
            NOT coalesce(alarms.is_life_safety AND NOT alarms.is_drill, false) AS is_behind,
            coalesce((
                SELECT min(clocks.due_at)
                FROM clocks
                WHERE clocks.order_id = work_orders.id AND clocks.state = 'running'
            ), 'infinity'::timestamptz) AS due_at
        FROM work_orders
        LEFT JOIN alarms ON alarms.id = work_orders.alarm_id
        WHERE work_orders.closed_at IS NULL
            AND (%(state)s::text IS NULL OR work_orders.state = %(state)s)
            AND (%(owner_id)s::int IS NULL OR work_orders.owner_id = %(owner_id)s)
            AND (
                %(technician)s::text IS NULL OR work_orders.assignee = %(technician)s
                OR EXISTS (
                    SELECT FROM order_assignments
                    WHERE order_assignments.order_id = work_orders.id
                        AND order_assignments.technician = %(technician)s AND order_assignments.ended_at IS NULL
                )
            )
    ) AS ranked
    WHERE %(after_id)s::bigint IS NULL
        OR (ranked.is_behind, ranked.due_at, ranked.id)
            > (NOT %(after_life_safety)s::boolean, coalesce(%(after_due_at)s::timestamptz, 'infinity'), %(after_id)s)
    ORDER BY ranked.is_behind, ranked.due_at, ranked.id
    LIMIT %(limit)s
)
{lines}
JOIN page ON page.id = work_orders.id
ORDER BY page.is_behind, page.due_at, page.id
LIMIT %(limit)s;

-- name: count_open_orders
-- Open work orders by state, and how many of them are about life safety.
SELECT
    work_orders.state,
    count(*) AS orders,
    count(*) FILTER (WHERE alarms.is_life_safety AND NOT alarms.is_drill) AS life_safety
FROM work_orders
LEFT JOIN alarms ON alarms.id = work_orders.alarm_id
WHERE work_orders.closed_at IS NULL
    AND (%(owner_id)s::int IS NULL OR work_orders.owner_id = %(owner_id)s)
GROUP BY work_orders.state
ORDER BY work_orders.state
LIMIT 20;

-- name: order_by_id
-- One work order.
{lines}
WHERE work_orders.id = %(id)s;

-- name: lines
-- The columns of a work order, without its WHERE: filled into the queries above.
SELECT
    work_orders.id,
    work_orders.number,
    work_orders.version,
    work_orders.state,
    work_orders.title,
    work_orders.alarm_id,
    work_orders.assignee,
    work_orders.result,
    work_orders.opened_at,
    work_orders.accepted_at,
    work_orders.arrived_at,
    work_orders.restored_at,
    work_orders.verified_at,
    work_orders.closed_at,
    work_orders.owner_id,
    work_orders.place_path::text AS place_path,
    coalesce(owner.name_zh, '') AS owner_zh,
    coalesce(owner.name_en, '') AS owner_en,
    coalesce(owner.phone, '') AS owner_phone,
    assets.id AS asset_id,
    coalesce(assets.code, '') AS asset_code,
    coalesce(assets.class, '') AS asset_class,
    coalesce(assets.name_zh, '') AS asset_name_zh,
    coalesce(assets.name_en, '') AS asset_name_en,
    work_orders.source,
    work_orders.detail,
    work_orders.not_fixed_at,
    work_orders.no_technician_at,
    work_orders.merged_into,
    work_orders.repeat_of,
    work_orders.parent_id,
    hand.technician,
    proof.result AS verification,
    alarms.event,
    alarms.alarm_group,
    alarms.severity,
    alarms.is_life_safety,
    alarms.is_drill,
    alarms.raised_at,
    standing.names_zh AS place_names_zh,
    standing.names_en AS place_names_en,
    standing.address,
    standing.access_note,
    clock.kind AS clock_kind,
    clock.due_at AS clock_due_at
FROM work_orders
LEFT JOIN assets ON assets.id = work_orders.asset_id
LEFT JOIN order_assignments AS hand ON hand.order_id = work_orders.id AND hand.ended_at IS NULL
LEFT JOIN LATERAL (
    SELECT order_verifications.result
    FROM order_verifications
    WHERE order_verifications.order_id = work_orders.id
    ORDER BY order_verifications.restored_at DESC
    LIMIT 1
) AS proof ON true
LEFT JOIN organisations AS owner ON owner.id = work_orders.owner_id
LEFT JOIN alarms ON alarms.id = work_orders.alarm_id
CROSS JOIN LATERAL (
    SELECT
        coalesce(array_agg(above.name_zh ORDER BY nlevel(above.path)), '{}') AS names_zh,
        coalesce(
            array_agg(coalesce(nullif(above.name_en, ''), above.name_zh) ORDER BY nlevel(above.path)),
            '{}'
        ) AS names_en,
        coalesce(max(above.address) FILTER (WHERE above.level = 'compound'), '') AS address,
        coalesce(max(nullif(above.access_note, '')), '') AS access_note
    FROM places AS above
    WHERE above.code = ANY (string_to_array(work_orders.place_path::text, '.'))
        AND above.path @> work_orders.place_path AND above.level IN ('compound', 'building', 'floor')
) AS standing
LEFT JOIN LATERAL (
    SELECT clocks.kind, clocks.due_at
    FROM clocks
    WHERE clocks.order_id = work_orders.id AND clocks.state = 'running'
    ORDER BY clocks.due_at
    LIMIT 1
) AS clock ON true;

-- name: order_steps
-- What happened to a work order, oldest first.
SELECT at, trigger, from_state, to_state, actor, note
FROM work_order_transitions
WHERE order_id = %(id)s
ORDER BY id
LIMIT 500;

-- name: technicians
-- Who may be named for an order of an organisation.
SELECT technicians.name, technicians.display_name
FROM technicians
WHERE technicians.organisation_id = %(organisation_id)s AND technicians.left_at IS NULL
ORDER BY technicians.display_name, technicians.name
LIMIT 200;

-- name: is_registered
-- Whether somebody is a registered technician.
SELECT EXISTS (SELECT FROM technicians WHERE name = %(name)s AND left_at IS NULL);

-- name: ratings
-- What people thought of an order's work.
SELECT rater, stars, comment, rated_at
FROM order_ratings
WHERE order_id = %(id)s
ORDER BY id
LIMIT 50;

-- name: parts
-- The parts of a joint call, each with its department.
SELECT work_orders.id, work_orders.number, work_orders.state, coalesce(organisations.name_zh, '') AS owner_zh,
    coalesce(nullif(organisations.name_en, ''), organisations.name_zh, '') AS owner_en,
    work_orders.accepted_at, work_orders.arrived_at
FROM work_orders
LEFT JOIN organisations ON organisations.id = work_orders.owner_id
WHERE work_orders.parent_id = %(id)s
ORDER BY work_orders.id
LIMIT 50;

-- name: place_path
-- The path of a place of the scope.
SELECT path::text FROM places
WHERE code = %(code)s AND path <@ ANY ((SELECT visible_scope())::ltree[]);

-- name: photos
-- The photos of the reports that opened an order, and of the work, each once, in the order they came.
SELECT digest, min(added_at) AS added_at, min(added_by) AS added_by, min(note) AS note
FROM (
    SELECT report_photos.digest, reports.reported_at AS added_at, reports.reported_by AS added_by, '' AS note
    FROM reports
    JOIN report_photos ON report_photos.report_id = reports.id
    WHERE reports.order_id = %(id)s
    UNION ALL
    SELECT order_photos.digest, order_photos.added_at, order_photos.added_by, order_photos.note
    FROM order_photos
    WHERE order_photos.order_id = %(id)s
) AS taken
GROUP BY digest
ORDER BY added_at, digest
LIMIT 50;

-- name: shows_photo
-- Whether a photo belongs to a report or an order that the reader may see.
SELECT EXISTS (
    SELECT FROM reports JOIN report_photos ON report_photos.report_id = reports.id
    WHERE report_photos.digest = %(digest)s
) OR EXISTS (
    SELECT FROM order_photos WHERE order_photos.digest = %(digest)s
);

-- name: fund
-- What the maintenance fund has to do with an order.
SELECT item, list_version, applied_by, applied_at, decided_by, is_approved, amount_fen, published_at
FROM fund_applications
WHERE order_id = %(id)s;

-- name: spot
-- The nearest address and coordinates at or above a place, with what to know at the entrance.
SELECT
    coalesce((array_agg(address ORDER BY nlevel(path) DESC) FILTER (WHERE address <> ''))[1], '') AS address,
    (array_agg(latitude ORDER BY nlevel(path) DESC) FILTER (WHERE latitude IS NOT NULL))[1] AS latitude,
    (array_agg(longitude ORDER BY nlevel(path) DESC) FILTER (WHERE longitude IS NOT NULL))[1] AS longitude,
    coalesce(array_agg(access_note ORDER BY nlevel(path)) FILTER (WHERE access_note <> ''), '{}') AS access_notes
FROM places
WHERE path @> %(path)s::ltree;
