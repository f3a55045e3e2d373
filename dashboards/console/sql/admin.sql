-- name: walk_devices
-- Equipment of a place with its newest walk test; those that are not monitored first. That it fell
-- silent is nothing that a device said.
SELECT
    visible_assets.id,
    visible_assets.code,
    visible_assets.class AS asset_class,
    visible_assets.name_zh,
    visible_assets.name_en,
    visible_assets.state,
    visible_assets.commissioned_at,
    visible_assets.heard_at,
    newest.id AS walk_id,
    newest.state AS walk_state,
    newest.begun_at,
    newest.begun_by,
    newest.until_at,
    newest.ended_at,
    newest.ended_by,
    coalesce(newest.evidence, '') AS evidence,
    coalesce(newest.note, '') AS note,
    said.event AS said_event,
    said.received_at AS said_at
FROM visible_assets
LEFT JOIN LATERAL (
    SELECT
        walk_tests.id, walk_tests.state, walk_tests.begun_at, walk_tests.begun_by, walk_tests.until_at,
        walk_tests.ended_at, walk_tests.ended_by, walk_tests.evidence, walk_tests.note
    FROM walk_tests
    WHERE walk_tests.asset_id = visible_assets.id
    ORDER BY walk_tests.id DESC
    LIMIT 1
) AS newest ON true
LEFT JOIN LATERAL (
    SELECT events.event, events.received_at
    FROM events
    WHERE newest.state = 'open'
        AND events.asset_id = visible_assets.id
        AND events.state = 'raise'
        AND events.event NOT IN ('asset_silent', 'gateway_silent')
        AND events.received_at >= newest.begun_at
    ORDER BY events.id DESC
    LIMIT 1
) AS said ON true
WHERE visible_assets.path <@ (SELECT places.path FROM places WHERE places.code = %(place)s)
ORDER BY (newest.state = 'open') DESC NULLS LAST, visible_assets.commissioned_at NULLS FIRST, visible_assets.code
LIMIT %(limit)s;

-- name: walk_place
-- Where the device of a walk test stands.
SELECT place_path::text FROM walk_tests WHERE id = %(id)s;

-- name: device_path
-- Where a device stands.
SELECT visible_assets.path::text FROM visible_assets WHERE visible_assets.code = %(code)s;

-- name: technician_weeks
-- Technicians of the scope with the shifts of their week.
SELECT
    technicians.name,
    technicians.display_name,
    coalesce(organisations.name_zh, '') AS firm_zh,
    coalesce(nullif(organisations.name_en, ''), organisations.name_zh, '') AS firm_en,
    ARRAY(
        SELECT technician_shifts.weekday || ' ' || to_char(technician_shifts.starts_at, 'HH24:MI')
            || ' ' || to_char(technician_shifts.ends_at, 'HH24:MI')
        FROM technician_shifts
        WHERE technician_shifts.technician = technicians.name
        ORDER BY technician_shifts.weekday, technician_shifts.starts_at
    ) AS shifts
FROM technicians
LEFT JOIN organisations ON organisations.id = technicians.organisation_id
WHERE technicians.left_at IS NULL
ORDER BY firm_zh, technicians.name
LIMIT %(limit)s;

-- name: desk_weeks
-- Compounds of the scope with who is at their desks.
SELECT
    places.code,
    places.name_zh,
    places.name_en,
    desk_shifts.person,
    array_agg(
        desk_shifts.weekday || ' ' || to_char(desk_shifts.starts_at, 'HH24:MI')
        || ' ' || to_char(desk_shifts.ends_at, 'HH24:MI')
        ORDER BY desk_shifts.weekday, desk_shifts.starts_at
    ) FILTER (WHERE desk_shifts.person IS NOT NULL) AS shifts
FROM places
LEFT JOIN desk_shifts ON desk_shifts.place_id = places.id
WHERE places.level = 'compound' AND places.closed_at IS NULL
    AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
GROUP BY places.code, places.name_zh, places.name_en, desk_shifts.person
ORDER BY places.name_zh, places.code, desk_shifts.person
LIMIT %(limit)s;

-- name: compound_path
-- The path of a compound of the scope.
SELECT path::text FROM places
WHERE code = %(code)s AND level = 'compound' AND path <@ ANY ((SELECT visible_scope())::ltree[]);

-- name: users
-- Users whose whole scope the reader sees, with their open sessions.
SELECT
    visible_users.name,
    visible_users.role,
    visible_users.display_name,
    coalesce(organisations.code, '') AS organisation,
    ARRAY(
        SELECT coalesce(places.code, '*')
        FROM unnest(visible_users.scope) AS seen
        LEFT JOIN places ON places.path = seen
        ORDER BY 1
    ) AS places,
    ARRAY(
        SELECT places.name_zh
        FROM unnest(visible_users.scope) AS seen
        JOIN places ON places.path = seen
        ORDER BY places.code
    ) AS places_zh,
    ARRAY(
        SELECT coalesce(nullif(places.name_en, ''), places.name_zh)
        FROM unnest(visible_users.scope) AS seen
        JOIN places ON places.path = seen
        ORDER BY places.code
    ) AS places_en,
    coalesce(organisations.name_zh, '') AS organisation_zh,
    coalesce(nullif(organisations.name_en, ''), organisations.name_zh, '') AS organisation_en,
    visible_users.language,
    visible_users.disabled_at,
    (SELECT count(*) FROM sessions WHERE sessions.user_name = visible_users.name AND sessions.expires_at > now())
        AS sessions,
    (SELECT max(sessions.seen_at) FROM sessions WHERE sessions.user_name = visible_users.name) AS seen_at
FROM visible_users
LEFT JOIN organisations ON organisations.id = visible_users.organisation_id
WHERE %(name)s::text IS NULL OR visible_users.name = %(name)s
ORDER BY visible_users.disabled_at NULLS FIRST, visible_users.name
LIMIT %(limit)s;

-- name: is_user
-- Whether somebody has that name, whoever may see it.
SELECT EXISTS (SELECT FROM users WHERE name = %(name)s);

-- name: visible_places
-- Which of some places lie in the scope.
SELECT code FROM places
WHERE code = ANY (%(codes)s::text[]) AND path <@ ANY ((SELECT visible_scope())::ltree[])
ORDER BY code
LIMIT 1000;

-- name: note
-- What an administrator did.
INSERT INTO admin_acts (at, actor, kind, subject, detail, scope)
VALUES (%(now)s, %(actor)s, %(kind)s, %(subject)s, %(detail)s, %(scope)s::ltree[]);

-- name: noted
-- What administrators of the scope did, newest first; of one kind where it is named.
SELECT at, actor, kind, subject, detail
FROM admin_acts
WHERE %(kind)s::text IS NULL OR kind = %(kind)s
ORDER BY id DESC
LIMIT %(limit)s;

-- name: gateways
-- Gateways of the scope with what is known of them.
SELECT
    gateways.id,
    places.code AS place,
    places.name_zh AS place_zh,
    coalesce(nullif(places.name_en, ''), places.name_zh) AS place_en,
    gateways.note,
    gateways.registered_at,
    gateways.revoked_at,
    (SELECT min(gateway_states.heard_at) FROM gateway_states WHERE gateway_states.gateway = gateways.id)
        AS heard_at,
    (SELECT max(gateway_states.software) FROM gateway_states WHERE gateway_states.gateway = gateways.id)
        AS software
FROM gateways
JOIN places ON places.id = gateways.place_id
ORDER BY gateways.revoked_at NULLS FIRST, gateways.id
LIMIT %(limit)s;

-- name: agreements
-- Agreements of the scope and whether they still give something.
SELECT code, party, dataset, ends_at, ended_at
FROM agreements
ORDER BY ended_at NULLS FIRST, ends_at
LIMIT %(limit)s;
