-- name: read_hours
-- Hourly statistics of a class between two times: asset, hour of the span, columns.
SELECT asset_id, (extract(epoch FROM hour - %(start)s::timestamptz) / 3600)::int, {columns}
FROM {table}
WHERE
    hour >= %(start)s AND hour < %(until)s
    AND asset_id IN (SELECT id FROM assets WHERE class = %(class)s)
ORDER BY asset_id, hour;

-- name: made_days
-- Days of a class whose features are made.
SELECT day
FROM feature_runs
WHERE asset_class = %(class)s AND day BETWEEN %(first)s AND %(last)s AND schema_key = %(key)s
ORDER BY day;

-- name: first_hour
-- The oldest hour that a class has at all.
SELECT min(hour) FROM {table} WHERE hour >= %(since)s;

-- name: drop_day
-- A day of a class is made anew.
DELETE FROM feature_days WHERE asset_class = %(class)s AND day = %(day)s;

-- name: copy_day
-- Features of a day, as numpy wrote them.
COPY feature_days (asset_class, day, asset_id, schema_key, features) FROM STDIN (FORMAT BINARY);

-- name: note_day
-- A day's features are made.
INSERT INTO feature_runs (asset_class, day, schema_key, assets, made_at)
VALUES (%(class)s, %(day)s, %(key)s, %(assets)s, %(now)s)
ON CONFLICT (asset_class, day) DO UPDATE
SET schema_key = excluded.schema_key, assets = excluded.assets, made_at = excluded.made_at;

-- name: load_days
-- Features of some days of a class, as numpy reads them.
COPY (
    SELECT day - %(first)s::date, asset_id, features
    FROM feature_days
    WHERE asset_class = %(class)s AND day BETWEEN %(first)s::date AND %(last)s::date AND schema_key = %(key)s
    ORDER BY day, asset_id
) TO STDOUT (FORMAT BINARY);

-- name: prune_days
-- Features that no window reaches any more.
DELETE FROM feature_days WHERE asset_class = %(class)s AND day < %(before)s;

-- name: prune_runs
-- Their marks.
DELETE FROM feature_runs WHERE asset_class = %(class)s AND day < %(before)s;
