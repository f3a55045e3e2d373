-- name: panel_scope
-- The fire devices of a panel: those on its gateway, where it is the only panel on it; else itself and
-- those whose code on the gateway begins with its own (P1: P1-2-014). None, where no code tells.
WITH panel AS (
    SELECT assets.id, places.path, bindings.gateway_id, bindings.code
    FROM assets
    JOIN places ON places.id = assets.place_id
    JOIN bindings ON bindings.asset_id = assets.id AND bindings.valid_during @> %(now)s::timestamptz
    WHERE assets.code = %(subject)s AND assets.class = 'fire_panel'
),
beside AS (
    SELECT devices.id, devices.class, bindings.gateway_id, bindings.code
    FROM panel
    JOIN bindings ON bindings.gateway_id = panel.gateway_id
        AND bindings.valid_during @> %(now)s::timestamptz
    JOIN assets AS devices ON devices.id = bindings.asset_id
    WHERE devices.class = ANY (%(classes)s::text[])
        AND NOT devices.is_placeholder
        AND devices.retired_at IS NULL
),
told AS (
    SELECT
        EXISTS (
            SELECT
            FROM panel
            JOIN bindings ON bindings.gateway_id = panel.gateway_id
                AND bindings.valid_during @> %(now)s::timestamptz
            JOIN assets AS twin ON twin.id = bindings.asset_id
            WHERE twin.class = 'fire_panel' AND twin.id <> panel.id
        ) AS is_shared,
        EXISTS (
            SELECT FROM panel
            JOIN beside ON beside.gateway_id = panel.gateway_id
            WHERE starts_with(beside.code, panel.code || '-')
        ) AS is_named
)
SELECT DISTINCT panel.path::text, beside.id
FROM panel
JOIN beside ON beside.gateway_id = panel.gateway_id
CROSS JOIN told
WHERE NOT told.is_shared
    OR (told.is_named AND (beside.id = panel.id OR starts_with(beside.code, panel.code || '-')))
ORDER BY beside.id
LIMIT 10000;

-- name: zone_scope
-- The fire devices of a zone of a compound.
SELECT compound.path::text, devices.id
FROM places AS compound
JOIN places AS standing ON standing.path <@ compound.path
JOIN assets AS devices ON devices.place_id = standing.id
WHERE compound.code = %(subject)s
    AND compound.level = 'compound'
    AND devices.zone = %(zone)s
    AND devices.class = ANY (%(classes)s::text[])
    AND NOT devices.is_placeholder
    AND devices.retired_at IS NULL
ORDER BY devices.id
LIMIT 10000;

-- name: lift_scope
-- One lift.
SELECT places.path::text, assets.id
FROM assets
JOIN places ON places.id = assets.place_id
WHERE assets.code = %(subject)s
    AND assets.class = ANY (%(classes)s::text[])
    AND NOT assets.is_placeholder
    AND assets.retired_at IS NULL
LIMIT 1;

-- name: compound_scope
-- Every registered device of a compound.
SELECT compound.path::text, devices.id
FROM places AS compound
JOIN places AS standing ON standing.path <@ compound.path
JOIN assets AS devices ON devices.place_id = standing.id
WHERE compound.code = %(subject)s
    AND compound.level = 'compound'
    AND devices.class = ANY (%(classes)s::text[])
    AND NOT devices.is_placeholder
    AND devices.retired_at IS NULL
ORDER BY devices.id
LIMIT 10000;

-- name: add_drill
-- A drill as one person proposes it.
INSERT INTO drills (
    kind, scope, subject, place_path, reason, tells_bureau, length_s, proposed_by, proposed_at
)
VALUES (
    %(kind)s, %(scope)s, %(subject)s, %(place_path)s::ltree, %(reason)s, %(tells_bureau)s,
    %(length_s)s, %(by)s, %(now)s
)
RETURNING id;

-- name: add_drill_assets
-- The assets of a drill.
INSERT INTO drill_assets (drill_id, asset_id)
SELECT %(drill_id)s, named.asset_id FROM unnest(%(assets)s::int[]) AS named (asset_id);

-- name: lock_drill
-- One drill, locked: births of alarms in its scope wait, or have been.
SELECT
    id, kind, scope, subject, place_path::text, length_s, proposed_by, proposed_at, approved_by,
    starts_at, ends_at, ended_at, version
FROM drills
WHERE id = %(drill_id)s
FOR UPDATE;

-- name: approve_drill
-- A second person begins it.
UPDATE drills
SET approved_by = %(by)s, starts_at = %(now)s, ends_at = %(ends_at)s, version = version + 1
WHERE id = %(drill_id)s;

-- name: end_drill
-- It is over.
UPDATE drills
SET ended_at = %(now)s, ended_by = %(by)s, version = version + 1
WHERE id = %(drill_id)s AND ended_at IS NULL;

-- name: claim_expired
-- A drill whose time is up and that nobody has ended.
SELECT id, ends_at, place_path::text
FROM drills
WHERE approved_by IS NOT NULL AND ended_at IS NULL AND ends_at <= %(now)s
    AND NOT id = ANY (%(set_aside)s::bigint[])
ORDER BY ends_at
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: stamp_births
-- Alarms born within a drill are marked, in the transaction of their birth; the shared lock on the
-- drill's row makes its end wait for them, and them for its end.
WITH running AS (
    SELECT drills.id, drills.starts_at, drill_assets.asset_id
    FROM drills
    JOIN drill_assets ON drill_assets.drill_id = drills.id
    JOIN alarms ON alarms.asset_id = drill_assets.asset_id
    WHERE drills.approved_by IS NOT NULL
        AND drills.ended_at IS NULL
        AND drills.starts_at <= %(now)s
        AND drills.ends_at > %(now)s
        AND alarms.id = ANY (%(alarms)s::bigint[])
    ORDER BY drills.id
    FOR SHARE OF drills
)
UPDATE alarms
SET is_drill = true, drill_id = running.id
FROM running
WHERE alarms.id = ANY (%(alarms)s::bigint[])
    AND alarms.asset_id = running.asset_id
    AND alarms.raised_at >= running.starts_at
RETURNING alarms.id;

-- name: claim_left_over
-- An open alarm of a drill that is over, which was raised again since, or still stands after the
-- time to put everything back: it is real now.
SELECT alarms.id
FROM alarms
JOIN drills ON drills.id = alarms.drill_id
LEFT JOIN conditions ON conditions.asset_id = alarms.asset_id AND conditions.condition = alarms.condition
WHERE alarms.is_drill
    AND alarms.closed_at IS NULL
    AND NOT alarms.id = ANY (%(set_aside)s::bigint[])
    AND least(drills.ended_at, drills.ends_at) <= %(now)s
    AND (
        (coalesce(conditions.is_active, true) AND least(drills.ended_at, drills.ends_at) <= %(settled)s)
        OR EXISTS (
            SELECT FROM alarm_transitions AS steps
            WHERE steps.alarm_id = alarms.id
                AND steps.trigger IN ('raise', 'missed_raise')
                AND steps.at >= least(drills.ended_at, drills.ends_at)
        )
    )
ORDER BY alarms.id
LIMIT 1
FOR UPDATE OF alarms SKIP LOCKED;

-- name: make_real
-- An alarm of a drill that is none; its order is compared anew with those before it, since work of
-- a drill is never merged with real work.
WITH relinked AS (
    UPDATE work_orders
    SET linked_at = NULL
    WHERE alarm_id = %(alarm_id)s AND state IN ('proposed', 'dispatched', 'declined')
)
UPDATE alarms
SET is_drill = false,
    confirmation = %(confirmation)s,
    went_on_at = NULL,
    corroborated_at = NULL,
    version = version + 1
WHERE id = %(alarm_id)s AND is_drill
RETURNING version;

-- name: drills_at
-- Drills, the newest first.
SELECT
    id, kind, scope, subject, place_path::text, length_s, proposed_by, proposed_at, approved_by,
    starts_at, ends_at, ended_at, version
FROM drills
WHERE %(drill_id)s::bigint IS NULL OR id = %(drill_id)s
ORDER BY id DESC
LIMIT %(limit)s;

-- name: device_answers
-- What each device of a drill did while it ran.
SELECT
    assets.code,
    assets.name_zh,
    assets.class,
    assets.zone,
    spoke.at,
    born.acknowledged_at,
    coalesce(born.confirmation, '')
FROM drill_assets
JOIN drills ON drills.id = drill_assets.drill_id
JOIN assets ON assets.id = drill_assets.asset_id
LEFT JOIN LATERAL (
    SELECT min(events.at) AS at
    FROM events
    WHERE events.asset_id = assets.id
        AND events.state = 'raise'
        AND events.event = ANY (%(life_safety)s::text[])
        AND events.at >= drills.starts_at
        AND events.at < least(drills.ended_at, drills.ends_at)
) AS spoke ON true
LEFT JOIN LATERAL (
    SELECT alarms.acknowledged_at, alarms.confirmation
    FROM alarms
    WHERE alarms.asset_id = assets.id AND alarms.drill_id = drills.id AND alarms.is_life_safety
    ORDER BY alarms.id
    LIMIT 1
) AS born ON true
WHERE drill_assets.drill_id = %(drill_id)s
ORDER BY assets.code
LIMIT 10000;
