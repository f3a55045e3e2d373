-- name: version_in_force
-- The matrix that holds at a time, the newest by valid_from, then by loading; with the newest change of the
-- tree of places, whose paths its lines name, and whether heirs of places have their lines.
SELECT
    id, name, valid_from, checksum,
    (SELECT coalesce(max(place_changes.id), 0) FROM place_changes) AS places,
    NOT EXISTS (SELECT FROM place_change_work) AS is_settled
FROM duty_versions
WHERE valid_from <= %(at)s AND withdrawn_at IS NULL
ORDER BY valid_from DESC, id DESC
LIMIT 1;

-- name: versions
-- Every version, the newest last, and how many lines it has.
SELECT
    duty_versions.id,
    duty_versions.name,
    duty_versions.valid_from,
    duty_versions.checksum,
    duty_versions.loaded_at,
    duty_versions.loaded_by,
    duty_versions.withdrawn_at,
    count(duties.id)::int
FROM duty_versions
LEFT JOIN duties ON duties.version_id = duty_versions.id
GROUP BY duty_versions.id
ORDER BY duty_versions.valid_from, duty_versions.id
LIMIT 1000;

-- name: source
-- A version as it was read.
SELECT source FROM duty_versions WHERE id = %(version_id)s;

-- name: add_version
-- A matrix as it was read; one that is already known is not added again.
INSERT INTO duty_versions (name, valid_from, checksum, source, loaded_by)
VALUES (%(name)s, %(valid_from)s, %(checksum)s, %(source)s, %(loaded_by)s)
ON CONFLICT (checksum) WHERE withdrawn_at IS NULL DO NOTHING
RETURNING id;

-- name: withdraw
-- A version that has not come into force never will.
UPDATE duty_versions
SET withdrawn_at = %(now)s, withdrawn_by = %(actor)s
WHERE id = %(version_id)s AND withdrawn_at IS NULL AND valid_from > %(now)s
RETURNING id;

-- name: add_line
-- One line of a matrix.
INSERT INTO duties (
    version_id, line, key, event, asset_class, place_path, calendar, responsible, order_to, joint,
    chain, acknowledge_s, confirm_s, accept_s, arrive_s, restore_s, close_s, opens_order,
    tells_bureau, note_zh, note_en, basis
)
VALUES (
    %(version_id)s, %(line)s, %(key)s, %(event)s, %(asset_class)s, %(place_path)s::ltree, %(calendar)s,
    %(responsible)s, %(order_to)s, %(joint)s, %(chain)s, %(acknowledge_s)s, %(confirm_s)s, %(accept_s)s,
    %(arrive_s)s, %(restore_s)s, %(close_s)s, %(opens_order)s, %(tells_bureau)s, %(note_zh)s, %(note_en)s,
    %(basis)s
);

-- name: add_calendar
-- A calendar of a version.
INSERT INTO duty_calendars (version_id, name, day_kinds, dates, begin_minutes, end_minutes)
VALUES (%(version_id)s, %(name)s, %(day_kinds)s, %(dates)s, %(begin_minutes)s, %(end_minutes)s);

-- name: add_zone
-- The time zone of a place, of a version.
INSERT INTO duty_zones (version_id, place_path, zone)
VALUES (%(version_id)s, %(place_path)s::ltree, %(zone)s);

-- name: add_holidays
-- A year of public holidays that a version brings.
INSERT INTO duty_holidays (version_id, year, is_published, basis, holidays, workdays)
VALUES (%(version_id)s, %(year)s, %(is_published)s, %(basis)s, %(holidays)s, %(workdays)s);

-- name: lines
-- The lines of a version as they stand, or one line by its number, in their order.
SELECT
    id, line, key, event, asset_class, place_path::text, calendar, responsible, order_to, joint, chain,
    acknowledge_s, confirm_s, accept_s, arrive_s, restore_s, close_s, opens_order, tells_bureau,
    note_zh, note_en, basis
FROM duties
WHERE (version_id = %(version_id)s AND replaced_by IS NULL) OR id = %(duty_id)s
ORDER BY line, id;

-- name: calendars
-- The calendars of a version.
SELECT name, day_kinds, dates, begin_minutes, end_minutes
FROM duty_calendars
WHERE version_id = %(version_id)s
ORDER BY name;

-- name: zones
-- The time zones of places, of a version.
SELECT place_path::text, zone FROM duty_zones WHERE version_id = %(version_id)s ORDER BY place_path;

-- name: holidays
-- The years of public holidays that a version brings.
SELECT year, is_published, basis, holidays, workdays
FROM duty_holidays
WHERE version_id = %(version_id)s
ORDER BY year;

-- name: managers
-- Who manages the compounds among some places then, and how; cleaning alone is no management.
-- The places above are named one by one: a join on parts of paths reads every place (tried: 30 ms).
SELECT
    places.path::text,
    managements.kind,
    CASE
        WHEN managements.kind IN ('company', 'work_unit', 'entrusted', 'self_managed')
            THEN managements.organisation_id
    END
FROM places
JOIN managements ON managements.place_id = places.id AND managements.valid_during @> %(at)s::timestamptz
WHERE places.path = ANY (%(paths)s::ltree[])
ORDER BY places.path;

-- name: serving
-- The organisations of each kind that serve some places, and those that serve everywhere (no path).
SELECT places.path::text AS path, organisations.kind, min(organisations.id)
FROM places
JOIN organisations ON organisations.place_id = places.id
WHERE places.path = ANY (%(paths)s::ltree[])
    AND organisations.kind NOT IN (
        'property_company', 'maintenance_firm', 'fire_maintenance_firm', 'work_unit'
    )
GROUP BY places.path, organisations.kind
UNION ALL
SELECT '', organisations.kind, min(organisations.id)
FROM organisations
WHERE organisations.place_id IS NULL
    AND organisations.kind NOT IN (
        'property_company', 'maintenance_firm', 'fire_maintenance_firm', 'work_unit'
    )
GROUP BY organisations.kind
ORDER BY path, kind;

-- name: maintainers
-- Who maintains each asset under a contract that has not ended, and whose network it reports by.
-- Begins at the asset's own bindings whatever the planner guesses: it would read all of them, by
-- number backwards or by time (tried: 3 to 8 ms an asset).
SELECT
    assets.id,
    CASE
        WHEN assets.contract_until IS NULL OR assets.contract_until >= %(day)s::date
            THEN assets.maintainer_id
    END,
    CASE
        WHEN starts_with(assets.code, '@net/') THEN assets.maintainer_id
        WHEN starts_with(assets.code, '@gw/') THEN
            (SELECT gateways.operator_id FROM gateways WHERE gateways.id = substr(assets.code, 5))
        ELSE (
            SELECT gateways.operator_id
            FROM (
                SELECT bindings.id, bindings.gateway_id, bindings.valid_during
                FROM bindings
                WHERE bindings.asset_id = assets.id
                OFFSET 0
            ) AS bound
            JOIN gateways ON gateways.id = bound.gateway_id
            WHERE bound.valid_during @> %(at)s::timestamptz
            ORDER BY bound.id DESC
            LIMIT 1
        )
    END
FROM assets
WHERE assets.id = ANY (%(assets)s::int[])
ORDER BY assets.id;
