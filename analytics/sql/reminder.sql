-- name: falling_measures
-- Measures whose company has time until a day that is near or over.
SELECT
    measures.number AS subject,
    measures.id AS number,
    measures.number || ' ' || measures.subject AS words,
    '' AS kind,
    1 AS count,
    measures.place_path::text AS place_path,
    measures.due,
    measures.company_id AS first,
    NULL::int AS second,
    measures.due < %(today)s::date AS is_over
FROM measures
WHERE measures.stage IN ('issued', 'talked', 'deducted')
    AND measures.due <= %(until)s::date
    AND NOT EXISTS (
        SELECT
        FROM reminders
        WHERE reminders.about = 'measure'
            AND reminders.subject = measures.number
            AND reminders.due = measures.due
            AND reminders.kind = CASE WHEN measures.due < %(today)s::date THEN 'over' ELSE 'soon' END
    )
ORDER BY measures.due, measures.id
LIMIT %(limit)s;

-- name: falling_certificates
-- Certificates of technicians who have not left.
SELECT
    technician_certificates.technician || '/' || technician_certificates.skill AS subject,
    organisations.id AS number,
    technicians.display_name || ' ' || technician_certificates.skill || ' '
    || technician_certificates.number AS words,
    technician_certificates.skill AS kind,
    1 AS count,
    coalesce(places.path::text, (SELECT top.path::text FROM places AS top ORDER BY nlevel(top.path), top.id LIMIT 1))
        AS place_path,
    technician_certificates.valid_until AS due,
    technicians.organisation_id AS first,
    NULL::int AS second,
    technician_certificates.valid_until < %(today)s::date AS is_over
FROM technician_certificates
JOIN technicians ON technicians.name = technician_certificates.technician
JOIN organisations ON organisations.id = technicians.organisation_id
LEFT JOIN places ON places.id = organisations.place_id
WHERE technicians.left_at IS NULL
    AND technician_certificates.valid_until <= %(until)s::date
    AND NOT EXISTS (
        SELECT
        FROM reminders
        WHERE reminders.about = 'certificate'
            AND reminders.subject = technician_certificates.technician || '/' || technician_certificates.skill
            AND reminders.due = technician_certificates.valid_until
            AND reminders.kind
            = CASE WHEN technician_certificates.valid_until < %(today)s::date THEN 'over' ELSE 'soon' END
    )
ORDER BY technician_certificates.valid_until, subject
LIMIT %(limit)s;

-- name: falling_contracts
-- Maintenance contracts, by compound, firm, class and last day: one reminder for all their assets.
SELECT
    compound.code || '/' || coalesce(assets.maintainer_id::text, '-') || '/' || assets.class AS subject,
    min(assets.id) AS number,
    compound.name_zh AS words,
    assets.class AS kind,
    count(*)::int AS count,
    compound.path::text AS place_path,
    assets.contract_until AS due,
    max(managements.organisation_id) AS first,
    assets.maintainer_id AS second,
    assets.contract_until < %(today)s::date AS is_over
FROM assets
JOIN places ON places.id = assets.place_id
JOIN places AS compound ON places.path <@ compound.path AND compound.level = 'compound'
LEFT JOIN managements
    ON managements.place_id = compound.id AND managements.valid_during @> %(today)s::date::timestamptz
WHERE assets.retired_at IS NULL
    AND NOT assets.is_placeholder
    AND assets.contract_until <= %(until)s::date
    AND NOT EXISTS (
        SELECT
        FROM reminders
        WHERE reminders.about = 'contract'
            AND reminders.subject
            = compound.code || '/' || coalesce(assets.maintainer_id::text, '-') || '/' || assets.class
            AND reminders.due = assets.contract_until
            AND reminders.kind = CASE WHEN assets.contract_until < %(today)s::date THEN 'over' ELSE 'soon' END
    )
GROUP BY compound.id, compound.code, compound.name_zh, compound.path, assets.class, assets.maintainer_id, assets.contract_until
ORDER BY assets.contract_until, subject
LIMIT %(limit)s;

-- name: note_reminder
-- Somebody is reminded, once.
INSERT INTO reminders (about, subject, due, kind, reminded_at)
VALUES (%(about)s, %(subject)s, %(due)s, %(kind)s, %(now)s)
ON CONFLICT DO NOTHING
RETURNING id;
