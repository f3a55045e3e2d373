-- name: plan_in_force
-- The life-safety plan that holds at a time: the newest by valid_from, then by loading; with the newest
-- change of the tree of places when it was loaded, and now.
SELECT
    name, checksum, source, places_through,
    (SELECT coalesce(max(place_changes.id), 0) FROM place_changes) AS places
FROM safety_plans
WHERE valid_from <= %(at)s
ORDER BY valid_from DESC, id DESC
LIMIT 1;

-- name: add_plan
-- A plan as it was read; one that is already known is not added again.
INSERT INTO safety_plans (name, valid_from, checksum, source)
VALUES (%(name)s, %(valid_from)s, %(checksum)s, %(source)s)
ON CONFLICT (checksum) DO NOTHING
RETURNING id;

-- name: heirs_of_places
-- Where the places are now that a plan names by the paths of its time: the codes of places stay, and
-- are the last labels of their paths. A part that was split off since then counts as the place itself.
WITH RECURSIVE heirs AS (
    SELECT named.path AS named, places.id, places.code, places.successor_id, places.closed_at, false AS is_joined
    FROM unnest(%(paths)s::text[]) AS named (path)
    JOIN places ON places.code = ltree2text(subpath(named.path::ltree, -1, 1))
    UNION
    SELECT heirs.named, next.id, next.code, next.successor_id, next.closed_at, heirs.is_joined OR next.is_joined
    FROM heirs
    CROSS JOIN LATERAL (
        SELECT places.id, places.code, places.successor_id, places.closed_at, true AS is_joined
        FROM places
        WHERE places.id = heirs.successor_id AND heirs.closed_at IS NOT NULL
        UNION
        SELECT places.id, places.code, places.successor_id, places.closed_at, false
        FROM place_changes
        JOIN places ON EXISTS (
            SELECT
            FROM unnest(place_changes.to_paths) AS part (path)
            WHERE ltree2text(subpath(part.path, -1, 1)) = places.code
        )
        WHERE place_changes.id > %(through)s
            AND place_changes.kind = 'split'
            AND ltree2text(subpath(place_changes.from_paths[1], -1, 1)) = heirs.code
    ) AS next
)
SELECT heirs.named, places.path::text, bool_and(heirs.is_joined)
FROM heirs
JOIN places ON places.id = heirs.id AND places.closed_at IS NULL
GROUP BY heirs.named, places.path
ORDER BY heirs.named, places.path;

-- name: add_work
-- Alarms of life safety that were raised and whose confirmation or rescue has to begin.
INSERT INTO life_safety_work (alarm_id, since, slice)
SELECT alarms.id, %(now)s, place_slice(alarms.place_path)
FROM alarms
WHERE alarms.id = ANY (%(alarms)s::bigint[])
ORDER BY alarms.id
ON CONFLICT DO NOTHING;

-- name: claim_work
-- The alarm that has waited longest, locked with its work unless somebody holds either, of the
-- worker's own places or late. More are looked at than another worker that stands still may hold: 64
-- rescues and 16 confirmations.
SELECT work.alarm_id, work.since
FROM (
    SELECT alarm_id
    FROM life_safety_work
    WHERE NOT alarm_id = ANY (%(set_aside)s::bigint[])
        AND (slice = ANY (%(slices)s::smallint[]) OR since <= %(late)s)
    ORDER BY since, alarm_id
    LIMIT 128
) AS waiting
JOIN life_safety_work AS work ON work.alarm_id = waiting.alarm_id
JOIN alarms ON alarms.id = work.alarm_id
ORDER BY work.since, work.alarm_id
LIMIT 1
FOR UPDATE OF alarms, work SKIP LOCKED;

-- name: drop_work
-- Its confirmation or rescue has begun.
DELETE FROM life_safety_work WHERE alarm_id = %(alarm_id)s;

-- name: fire_side
-- What decides how far a fire alarm has gone, beside its state.
SELECT is_drill, went_on_at, corroborated_at FROM alarms WHERE id = %(alarm_id)s;

-- name: zone_mates
-- Other open fire alarms of the same zone, oldest first. A zone is a name within a compound; devices
-- without one are a zone where they stand.
SELECT
    other.id,
    other.confirmation,
    other.went_on_at IS NOT NULL,
    theirs.name_zh
FROM alarms AS own
JOIN assets AS mine ON mine.id = own.asset_id
JOIN places AS compound ON compound.path @> own.place_path AND compound.level = 'compound'
JOIN assets AS theirs ON theirs.id <> mine.id AND (
    (mine.zone <> '' AND theirs.zone = mine.zone)
    OR (mine.zone = '' AND theirs.zone = '' AND theirs.place_id = mine.place_id)
)
JOIN alarms AS other ON other.asset_id = theirs.id AND other.closed_at IS NULL
WHERE own.id = %(alarm_id)s
    AND other.alarm_group = 'fire'
    AND NOT other.is_drill
    AND other.confirmation <> 'false'
    AND other.place_path <@ compound.path
ORDER BY other.id
LIMIT 50;

-- name: mark_corroborated
-- A second device of the zone has spoken.
UPDATE alarms SET corroborated_at = %(now)s, version = version + 1 WHERE id = %(alarm_id)s
RETURNING version;

-- name: mark_went_on
-- It has left the desk by itself.
UPDATE alarms SET went_on_at = %(now)s WHERE id = %(alarm_id)s AND went_on_at IS NULL;

-- name: is_bureau_told
-- Whether the bureau was told that an alarm left the desk by itself; of a drill it hears nothing.
SELECT EXISTS (
    SELECT
    FROM notices
    JOIN alarms ON alarms.id = notices.alarm_id
    WHERE notices.alarm_id = %(alarm_id)s
        AND notices.target = 'bureau'
        AND notices.kind IN ('alarm.unanswered', 'alarm.corroborated')
        AND notices.created_at >= alarms.went_on_at
);

-- name: set_cause
-- Why it was found real or false.
UPDATE alarms SET cause_code = %(cause)s WHERE id = %(alarm_id)s;

-- name: add_own_notice
-- What is told that belongs to no alarm, and the work of spreading it to people.
WITH added AS (
    INSERT INTO notices (
        place_path, organisation_id, target, kind, body, is_life_safety, created_at, state, next_at,
        delivered_at
    )
    VALUES (
        %(place_path)s::ltree, %(organisation_id)s, %(target)s, %(kind)s, %(body)s::jsonb, false,
        %(now)s, CASE WHEN %(target)s = 'desk' THEN 'delivered' ELSE 'waiting' END, %(now)s,
        CASE WHEN %(target)s = 'desk' THEN %(now)s::timestamptz END
    )
    RETURNING id
)
INSERT INTO notice_work (notice_id) SELECT added.id FROM added;

-- name: organisation_name
-- What an organisation is called.
SELECT name_zh FROM organisations WHERE id = %(organisation)s;
