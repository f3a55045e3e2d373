-- name: listen
-- Be woken when the sequencer has numbered something.
LISTEN tw_live;

-- name: after
-- Numbered changes after one id, oldest first. Ids follow the order of commits.
SELECT id, at, kind, subject_id, place_path::text AS place_path
FROM live_events
WHERE id > %(after)s
ORDER BY id
LIMIT %(limit)s;

-- name: bounds
-- Oldest and newest id of the stream; 0 and 0 when it is empty.
SELECT coalesce(min(id), 0), coalesce(max(id), 0)
FROM live_events;
