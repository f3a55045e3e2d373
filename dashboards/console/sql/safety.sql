-- name: rescue
-- The rescue of an alarm, or the open one of its lift that another alarm began.
SELECT
    rescues.id,
    rescues.alarm_id,
    rescues.stage,
    rescues.tier,
    rescues.owner_id,
    coalesce(organisations.name_zh, '') AS owner_zh,
    coalesce(organisations.name_en, '') AS owner_en,
    coalesce(organisations.phone, '') AS owner_phone,
    rescues.due_at,
    rescues.opened_at,
    rescues.began_at,
    rescues.legal_due_at,
    rescues.accepted_at,
    rescues.arrived_at,
    rescues.released_at,
    rescues.people,
    rescues.injured,
    rescues.condition,
    rescues.checked_at,
    rescues.checked_by,
    rescues.closed_at
FROM rescues
LEFT JOIN organisations ON organisations.id = rescues.owner_id
WHERE rescues.alarm_id = %(alarm_id)s
    OR (rescues.asset_id = %(asset_id)s AND rescues.closed_at IS NULL)
ORDER BY (rescues.closed_at IS NULL) DESC, rescues.id DESC
LIMIT 1;

-- name: rescue_facts
-- What happened in a rescue, oldest first.
SELECT
    rescue_facts.at,
    rescue_facts.kind,
    rescue_facts.actor,
    coalesce(organisations.name_zh, '') AS organisation_zh,
    coalesce(organisations.name_en, '') AS organisation_en,
    rescue_facts.is_answered,
    rescue_facts.people_heard,
    rescue_facts.words
FROM rescue_facts
LEFT JOIN organisations ON organisations.id = rescue_facts.organisation_id
WHERE rescue_facts.rescue_id = %(rescue_id)s
ORDER BY rescue_facts.id
LIMIT 500;

-- name: drills
-- Drills and tests: proposed and running ones first, then the newest.
SELECT
    drills.id,
    drills.kind,
    drills.scope,
    drills.subject,
    drills.place_path::text AS place_path,
    coalesce(places.name_zh, '') AS place_zh,
    coalesce(places.name_en, '') AS place_en,
    drills.reason,
    drills.tells_bureau,
    drills.length_s,
    drills.proposed_by,
    drills.proposed_at,
    drills.approved_by,
    drills.starts_at,
    drills.ends_at,
    drills.ended_at,
    drills.ended_by,
    (SELECT count(*) FROM drill_assets WHERE drill_assets.drill_id = drills.id) AS assets
FROM drills
LEFT JOIN places ON places.path = drills.place_path
WHERE %(drill_id)s::bigint IS NULL OR drills.id = %(drill_id)s
ORDER BY (drills.ended_at IS NULL) DESC, drills.id DESC
LIMIT %(limit)s;

-- name: running_drills
-- Drills that run now: every screen of their places says so.
SELECT id, kind, scope, subject, ends_at
FROM drills
WHERE approved_by IS NOT NULL AND ended_at IS NULL AND starts_at <= %(now)s AND ends_at > %(now)s
ORDER BY ends_at
LIMIT 20;

-- name: answers
-- What each device of a drill did while it ran.
SELECT
    assets.code,
    assets.name_zh,
    assets.class AS asset_class,
    assets.zone,
    spoke.at AS raised_at,
    born.acknowledged_at,
    coalesce(born.confirmation, '') AS confirmation
FROM drill_assets
JOIN drills ON drills.id = drill_assets.drill_id
JOIN assets ON assets.id = drill_assets.asset_id
LEFT JOIN LATERAL (
    SELECT min(alarms.raised_at) AS at
    FROM alarms
    WHERE alarms.asset_id = assets.id AND alarms.drill_id = drills.id AND alarms.is_life_safety
) AS spoke ON true
LEFT JOIN LATERAL (
    SELECT alarms.acknowledged_at, alarms.confirmation
    FROM alarms
    WHERE alarms.asset_id = assets.id AND alarms.drill_id = drills.id AND alarms.is_life_safety
    ORDER BY alarms.id
    LIMIT 1
) AS born ON true
WHERE drill_assets.drill_id = %(drill_id)s
ORDER BY spoke.at NULLS LAST, assets.code
LIMIT 10000;

-- name: post_checks
-- Duty checks that were asked, the newest first.
SELECT
    post_checks.id,
    post_checks.place_path::text AS place_path,
    coalesce(places.code, '') AS place,
    coalesce(places.name_zh, '') AS place_zh,
    coalesce(places.name_en, '') AS place_en,
    post_checks.reason,
    post_checks.asked_by,
    post_checks.asked_at,
    post_checks.state,
    post_checks.due_at,
    post_checks.answered_at,
    post_checks.answered_by
FROM post_checks
LEFT JOIN places ON places.path = post_checks.place_path
WHERE NOT %(waiting)s::boolean OR post_checks.state = 'waiting'
ORDER BY post_checks.asked_at DESC, post_checks.id DESC
LIMIT %(limit)s;

-- name: compounds
-- Compounds of the scope, by name.
SELECT code, name_zh, name_en
FROM places
WHERE level = 'compound' AND path <@ ANY ((SELECT visible_scope())::ltree[])
ORDER BY name_zh, code
LIMIT %(limit)s;

-- name: tops
-- The tops of the tree of places.
SELECT path::text AS path FROM places WHERE nlevel(path) = 1 ORDER BY path LIMIT 1000;
