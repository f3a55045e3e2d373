-- name: organisations
-- Organisations that may do the work of a place: whom its line names first, whatever there is beside.
-- Of the companies those that run or maintain something within the reader's scope: the act refuses others.
SELECT organisations.id, organisations.code, organisations.kind, organisations.name_zh,
    coalesce(nullif(organisations.name_en, ''), organisations.name_zh) AS name_en, organisations.phone
FROM organisations
LEFT JOIN places ON places.id = organisations.place_id
WHERE
    CASE
        WHEN organisations.place_id IS NOT NULL THEN places.path @> %(path)s::ltree
        WHEN organisations.id = ANY (%(named)s::int[]) THEN true
        WHEN organisations.kind NOT IN (
            'property_company', 'maintenance_firm', 'fire_maintenance_firm', 'work_unit'
        ) THEN true
        ELSE
            organisations.id IN (
                SELECT managements.organisation_id FROM managements WHERE managements.valid_during @> now()
            )
            OR organisations.id IN (SELECT assets.maintainer_id FROM assets)
    END
ORDER BY
    organisations.id = ANY (%(named)s::int[]) DESC, organisations.kind, organisations.name_zh, organisations.id
LIMIT 300;

-- name: technicians
-- Technicians of some organisations.
SELECT technicians.organisation_id, technicians.name, technicians.display_name
FROM technicians
WHERE technicians.organisation_id = ANY (%(organisations)s::int[]) AND technicians.left_at IS NULL
ORDER BY technicians.display_name, technicians.name
LIMIT 300;

-- name: work_of
-- The line of the matrix that holds for an alarm, who has its open order, and its version; 0: no order.
SELECT alarms.duty_id, work_orders.owner_id, coalesce(work_orders.version, 0)
FROM alarms
LEFT JOIN work_orders ON work_orders.alarm_id = alarms.id AND work_orders.closed_at IS NULL
WHERE alarms.id = %(alarm_id)s
ORDER BY work_orders.id DESC
LIMIT 1;
