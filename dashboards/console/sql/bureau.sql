-- name: sites
-- Where alarms are, for who has to drive there: address, coordinates, entrances.
SELECT
    alarms.id AS alarm_id,
    coalesce(spot.address, '') AS address,
    spot.latitude,
    spot.longitude,
    coalesce(spot.access_notes, '{}') AS access_notes,
    coalesce(spot.compound, '') AS compound
FROM alarms
CROSS JOIN LATERAL (
    SELECT
        (array_agg(above.address ORDER BY nlevel(above.path) DESC) FILTER (WHERE above.address <> ''))[1] AS address,
        (array_agg(above.latitude ORDER BY nlevel(above.path) DESC) FILTER (WHERE above.latitude IS NOT NULL))[1]
            AS latitude,
        (array_agg(above.longitude ORDER BY nlevel(above.path) DESC) FILTER (WHERE above.longitude IS NOT NULL))[1]
            AS longitude,
        array_agg(above.access_note ORDER BY nlevel(above.path)) FILTER (WHERE above.access_note <> '')
            AS access_notes,
        max(above.path::text) FILTER (WHERE above.level = 'compound') AS compound
    FROM places AS above
    WHERE above.path @> alarms.place_path
) AS spot
WHERE alarms.id = ANY (%(alarms)s::bigint[])
ORDER BY alarms.id;

-- name: neighbours
-- Detectors and call points around one: of the same zone of the compound where it has a zone, else of
-- the same floor; those that alarm first. They say nothing while they are well, so that one behind a
-- silent gateway is unseen, whatever it said before.
SELECT
    near.code,
    near.name_zh,
    coalesce(nullif(near.name_en, ''), near.name_zh) AS name_en,
    EXISTS (
        SELECT
        FROM alarms
        WHERE alarms.asset_id = near.id AND alarms.closed_at IS NULL AND alarms.alarm_group = 'fire'
    ) AS is_alarming,
    near.commissioned_at IS NULL
        OR contact.silent_since IS NOT NULL
        OR coalesce(line.heard_at < %(now)s::timestamptz - INTERVAL '10 minutes', true) AS is_unseen
FROM assets AS own
JOIN places AS standing ON standing.id = own.place_id
JOIN assets AS near
    ON near.class IN ('detector', 'manual_call_point') AND near.retired_at IS NULL AND near.id <> own.id
JOIN places ON places.id = near.place_id
LEFT JOIN asset_contacts AS contact ON contact.asset_id = near.id
LEFT JOIN LATERAL (
    SELECT max(states.heard_at) AS heard_at
    FROM bindings
    JOIN gateway_states AS states ON states.gateway = bindings.gateway_id AND states.lane = 'alarm'
    WHERE bindings.asset_id = near.id AND bindings.valid_during @> %(now)s::timestamptz
) AS line ON true
WHERE own.id = %(asset_id)s
    AND places.path <@ %(compound)s::ltree
    AND CASE WHEN own.zone <> '' THEN near.zone = own.zone ELSE places.path <@ standing.path END
ORDER BY is_alarming DESC, is_unseen DESC, abs(near.id - own.id)
LIMIT 200;

-- name: water
-- The compound's hydrant transmitters and pumps.
SELECT assets.id, assets.class AS asset_class, assets.name_zh,
    coalesce(nullif(assets.name_en, ''), assets.name_zh) AS name_en
FROM assets
JOIN places ON places.id = assets.place_id
WHERE places.path <@ %(compound)s::ltree
    AND assets.class IN ('fire_water', 'supply_main', 'pump')
    AND assets.retired_at IS NULL
ORDER BY assets.class, assets.code
LIMIT 12;

-- name: phones
-- Whom to call at a place and above it, or everywhere in the scope: the duty posts and who runs it;
-- posts, not people's names.
SELECT phones.place_zh, phones.place_en, phones.role, phones.phone
FROM (
    SELECT places.path, places.name_zh AS place_zh, coalesce(nullif(places.name_en, ''), places.name_zh) AS place_en,
        responsible_persons.role, responsible_persons.phone
    FROM responsible_persons
    JOIN places ON places.id = responsible_persons.place_id
    WHERE responsible_persons.valid_during @> %(now)s::timestamptz
    UNION ALL
    SELECT places.path, places.name_zh, coalesce(nullif(places.name_en, ''), places.name_zh),
        organisations.name_zh, organisations.phone
    FROM managements
    JOIN places ON places.id = managements.place_id
    JOIN organisations ON organisations.id = managements.organisation_id
    WHERE managements.valid_during @> %(now)s::timestamptz AND organisations.phone <> ''
) AS phones
WHERE (%(at)s::ltree IS NULL OR phones.path @> %(at)s::ltree)
    AND phones.path <@ ANY ((SELECT visible_scope())::ltree[])
ORDER BY phones.path, phones.role
LIMIT 500;

-- name: steps
-- What the bureau has said of alarms, oldest first. Steps before the device spoke again, after it
-- was quiet or had been seen, are of another fire; a hand-over of the compound, which the platform
-- carries out, is no step.
SELECT step.alarm_id, step.trigger, step.actor, step.at, step.reason
FROM alarm_transitions AS step
WHERE step.alarm_id = ANY (%(alarms)s::bigint[])
    AND step.trigger = ANY (%(steps)s::text[])
    AND step.actor_role <> 'platform'
    AND NOT EXISTS (
        SELECT
        FROM alarm_transitions AS again
        WHERE again.alarm_id = step.alarm_id
            AND again.id > step.id
            AND again.trigger IN ('raise', 'missed_raise', 'late_clear')
            AND again.from_state <> again.to_state
    )
ORDER BY step.id
LIMIT 1000;

-- name: unheard
-- Open alarms of life safety that nobody at the bureau has received since the device last spoke
-- anew: they are what its desk hears.
SELECT alarms.id, alarms.alarm_group, alarms.severity, alarms.is_drill
FROM alarms
WHERE alarms.closed_at IS NULL
    AND alarms.is_life_safety
    AND NOT alarms.is_drill
    AND NOT EXISTS (
        SELECT
        FROM alarm_transitions AS step
        WHERE step.alarm_id = alarms.id
            AND step.trigger = ANY (%(steps)s::text[])
            AND step.actor_role <> 'platform'
            AND NOT EXISTS (
                SELECT
                FROM alarm_transitions AS again
                WHERE again.alarm_id = step.alarm_id
                    AND again.id > step.id
                    AND again.trigger IN ('raise', 'missed_raise', 'late_clear')
                    AND again.from_state <> again.to_state
            )
    )
ORDER BY alarms.severity, alarms.opened_at DESC, alarms.id DESC
LIMIT 50;

-- name: beat
-- The bureau's page asked for something a moment ago.
INSERT INTO desk_beats (organisation_id, beat_at)
VALUES (%(organisation_id)s, %(now)s)
ON CONFLICT (organisation_id) DO UPDATE SET beat_at = excluded.beat_at;

-- name: desks
-- Bureaus that have a desk at the platform, with its last beat.
SELECT organisations.name_zh, coalesce(nullif(organisations.name_en, ''), organisations.name_zh) AS name_en,
    organisations.phone, desk_beats.beat_at
FROM desk_beats
JOIN organisations ON organisations.id = desk_beats.organisation_id
ORDER BY organisations.id
LIMIT 20;

-- name: bureau_phones
-- The telephones of bureaus, for when nothing else reaches them.
SELECT name_zh, coalesce(nullif(name_en, ''), name_zh) AS name_en, phone
FROM organisations
WHERE kind = 'bureau' AND phone <> ''
ORDER BY id
LIMIT 5;

-- name: day
-- A day's notices to the bureau, one line an alarm: what was sent, what was taken, what a person took.
SELECT
    alarms.id AS alarm_id,
    alarms.event,
    alarms.raised_at,
    alarms.place_path::text AS place_path,
    coalesce(standing.name_zh, '') AS place_zh,
    coalesce(nullif(standing.name_en, ''), standing.name_zh, '') AS place_en,
    count(notices.id) AS sent,
    count(notices.id) FILTER (WHERE notices.state = 'delivered') AS received,
    coalesce(string_agg(notices.receipt, ' ' ORDER BY notices.created_at), '') AS receipts,
    (
        SELECT min(alarm_transitions.at)
        FROM alarm_transitions
        WHERE alarm_transitions.alarm_id = alarms.id
            AND alarm_transitions.trigger = ANY (%(steps)s::text[])
            AND alarm_transitions.actor_role <> 'platform'
    ) AS person_at
FROM alarms
LEFT JOIN notices
    ON notices.alarm_id = alarms.id AND notices.target = 'bureau' AND notices.created_at < %(until)s
LEFT JOIN LATERAL (
    SELECT places.name_zh, places.name_en
    FROM places
    WHERE places.path @> alarms.place_path AND places.level = 'compound'
    LIMIT 1
) AS standing ON true
WHERE alarms.opened_at >= %(since)s
    AND alarms.opened_at < %(until)s
    AND NOT alarms.is_drill
    AND (alarms.is_life_safety OR notices.id IS NOT NULL)
GROUP BY alarms.id, standing.name_zh, standing.name_en
ORDER BY (count(notices.id) > count(notices.id) FILTER (WHERE notices.state = 'delivered')) DESC, alarms.id DESC
LIMIT 2000;
