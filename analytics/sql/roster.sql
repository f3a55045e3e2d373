-- name: drop_week
-- A technician's week, before the new one.
DELETE FROM technician_shifts WHERE technician = %(technician)s;

-- name: put_shift
-- A shift of a technician.
INSERT INTO technician_shifts (technician, weekday, starts_at, ends_at)
VALUES (%(technician)s, %(weekday)s, %(starts_at)s, %(ends_at)s)
ON CONFLICT DO NOTHING;

-- name: desk
-- The compound of a code.
SELECT id, path::text FROM places WHERE code = %(code)s AND level = 'compound' AND closed_at IS NULL;

-- name: drop_desk_week
-- A person's week at a desk, before the new one.
DELETE FROM desk_shifts WHERE place_id = %(place_id)s AND person = %(person)s;

-- name: put_desk_shift
-- A shift of a person at a desk.
INSERT INTO desk_shifts (place_id, person, weekday, starts_at, ends_at)
VALUES (%(place_id)s, %(person)s, %(weekday)s, %(starts_at)s, %(ends_at)s)
ON CONFLICT DO NOTHING;
