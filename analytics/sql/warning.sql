-- name: arrived_classes
-- Asset classes of which something arrived lately, late and back-filled telemetry included.
SELECT class, max(max_at)
FROM arrivals
WHERE received_at > %(since)s
GROUP BY class
ORDER BY class;

-- name: read_samples
-- Means per asset and bin of a class's samples; bin 0 is the oldest.
SELECT
    asset_id,
    floor(extract(epoch FROM at - %(start)s::timestamptz) / %(bin_s)s)::int AS bin,
    {means}
FROM {table}
WHERE at > %(start)s AND at <= %(until)s
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: read_hours
-- The same from the hours, for windows whose bins are longer than an hour.
SELECT
    asset_id,
    floor(extract(epoch FROM hour - %(start)s::timestamptz) / %(bin_s)s)::int AS bin,
    {means}
FROM {table}
WHERE hour > %(start)s AND hour <= %(until)s
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: open_warnings
-- Warnings of trends of a class that are not settled; those of models are settled daily, those of
-- values beyond a set limit when the value is back. The times are those that were said first.
SELECT
    warnings.id, warnings.asset_id, warnings.metric, warnings.detector, warnings.refreshed_at,
    coalesce(warnings.said_from, warnings.expected_from), coalesce(warnings.said_until, warnings.expected_until),
    (warnings.evidence ->> 'limit')::float8,
    (warnings.evidence ->> 'is_floor')::boolean, warnings.place_path::text
FROM warnings
JOIN assets ON assets.id = warnings.asset_id
WHERE warnings.settled_at IS NULL AND warnings.model_id IS NULL AND assets.class = %(class)s
    AND warnings.detector <> %(crossed)s
ORDER BY warnings.id;

-- name: open_crossings
-- Values that lie beyond a limit which an administrator set.
SELECT
    assets.class, warnings.id, warnings.asset_id, warnings.metric, warnings.detector, warnings.refreshed_at,
    warnings.expected_from, warnings.expected_until, (warnings.evidence ->> 'limit')::float8,
    (warnings.evidence ->> 'is_floor')::boolean, warnings.place_path::text
FROM warnings
JOIN assets ON assets.id = warnings.asset_id
WHERE warnings.settled_at IS NULL AND warnings.model_id IS NULL AND warnings.detector = %(detector)s
ORDER BY warnings.id;

-- name: places_of
-- Where assets stand now.
SELECT assets.id, places.path::text
FROM assets
JOIN places ON places.id = assets.place_id
WHERE assets.id = ANY (%(assets)s::int[])
ORDER BY assets.id;

-- name: raise_warning
-- A new warning; an open one of the same asset, detector and metric stands.
INSERT INTO warnings (
    asset_id, place_path, detector, metric, raised_at, refreshed_at, expected_from, expected_until,
    said_from, said_until, score, reason_zh, reason_en, evidence
)
VALUES (
    %(asset_id)s, %(place_path)s::ltree, %(detector)s, %(metric)s, %(now)s, %(now)s,
    %(expected_from)s, %(expected_until)s, %(expected_from)s, %(expected_until)s, %(score)s, %(reason_zh)s,
    %(reason_en)s, %(evidence)s::jsonb
)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: refresh_warning
-- What an open warning says now.
UPDATE warnings
SET refreshed_at = %(now)s,
    expected_from = %(expected_from)s,
    expected_until = %(expected_until)s,
    score = %(score)s,
    reason_zh = %(reason_zh)s,
    reason_en = %(reason_en)s,
    evidence = %(evidence)s::jsonb
WHERE id = %(id)s AND settled_at IS NULL;

-- name: settle_warning
-- How a warning turned out.
UPDATE warnings
SET settled_at = %(now)s, settlement = %(settlement)s, failed_at = %(failed_at)s
WHERE id = %(id)s AND settled_at IS NULL;

-- name: add_work
-- The alarm process shall open or clear the warning's alarm.
INSERT INTO warning_work (warning_id, state) VALUES (%(warning_id)s, %(state)s);

-- name: claim_work
-- Warnings that the alarm process has not taken up, in order.
SELECT
    warning_work.id,
    warning_work.state,
    warnings.asset_id,
    warnings.place_path::text,
    warnings.detector,
    warnings.metric,
    warnings.raised_at,
    warnings.settled_at,
    warnings.reason_zh,
    assets.class
FROM warning_work
JOIN warnings ON warnings.id = warning_work.warning_id
JOIN assets ON assets.id = warnings.asset_id
WHERE NOT warning_work.id = ANY (%(set_aside)s::bigint[])
ORDER BY warning_work.id
LIMIT %(limit)s
FOR UPDATE OF warning_work SKIP LOCKED;

-- name: drop_work
-- Taken up.
DELETE FROM warning_work WHERE id = ANY (%(works)s::bigint[]);
