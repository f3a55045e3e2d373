-- name: lock_measure
-- Where a measure is, whom it is about and how often it has moved, held until the step is written.
SELECT place_path::text, company_id, version FROM measures WHERE number = %(number)s FOR UPDATE;

-- name: inspected
-- A company and a place by their codes.
SELECT organisations.id, places.path::text
FROM organisations, places
WHERE organisations.code = %(company)s AND places.code = %(place)s AND places.closed_at IS NULL;
