-- name: lock
-- One change of the registry at a time; the lock ends with the transaction.
SELECT pg_advisory_xact_lock(%(key)s);

-- name: notify
-- Tell the processes that keep the registry in memory to read it again, after the commit.
NOTIFY tw_registry;

-- name: read_at
-- The database's time, by which history is told from plans.
SELECT now();

-- name: places
-- Every place ever registered, closed ones too.
SELECT
    places.code,
    places.path::text AS path,
    places.level,
    places.name_zh,
    places.name_en,
    places.address,
    places.latitude,
    places.longitude,
    places.access_note,
    places.closed_at,
    successors.code AS successor
FROM places
LEFT JOIN places AS successors ON successors.id = places.successor_id
ORDER BY places.path;

-- name: organisations
-- Every organisation with the place that it serves.
SELECT
    organisations.code,
    organisations.kind,
    organisations.name_zh,
    organisations.name_en,
    organisations.phone,
    places.code AS place
FROM organisations
LEFT JOIN places ON places.id = organisations.place_id
ORDER BY organisations.code;

-- name: gateways
-- Every gateway, revoked ones too.
SELECT
    gateways.id AS gateway,
    places.code AS place,
    gateways.note,
    organisations.code AS operator,
    gateways.revoked_at
FROM gateways
JOIN places ON places.id = gateways.place_id
LEFT JOIN organisations ON organisations.id = gateways.operator_id
ORDER BY gateways.id;

-- name: assets
-- Every asset, retired ones and placeholders too.
SELECT
    assets.code,
    assets.class AS class_name,
    places.code AS place,
    assets.name_zh,
    assets.name_en,
    assets.zone,
    organisations.code AS maintainer,
    assets.contract_until,
    assets.attributes,
    assets.commissioned_at,
    assets.is_placeholder,
    assets.retired_at
FROM assets
JOIN places ON places.id = assets.place_id
LEFT JOIN organisations ON organisations.id = assets.maintainer_id
ORDER BY assets.code;

-- name: managements
-- Who ran or runs or will run which compound.
SELECT
    managements.id AS row,
    places.code AS compound,
    managements.kind,
    organisations.code AS organisation,
    lower(managements.valid_during) AS begin,
    upper(managements.valid_during) AS end
FROM managements
JOIN places ON places.id = managements.place_id
LEFT JOIN organisations ON organisations.id = managements.organisation_id
WHERE NOT isempty(managements.valid_during)
ORDER BY managements.id;

-- name: responsible_persons
-- Who was or is or will be responsible in which role.
SELECT
    responsible_persons.id AS row,
    places.code AS place,
    responsible_persons.role,
    responsible_persons.name,
    responsible_persons.phone,
    lower(responsible_persons.valid_during) AS begin,
    upper(responsible_persons.valid_during) AS end
FROM responsible_persons
JOIN places ON places.id = responsible_persons.place_id
WHERE NOT isempty(responsible_persons.valid_during)
ORDER BY responsible_persons.id;

-- name: bindings
-- Which asset a code of a gateway meant, means or will mean.
SELECT
    bindings.id AS row,
    bindings.gateway_id AS gateway,
    bindings.code AS gateway_code,
    assets.code AS asset,
    lower(bindings.valid_during) AS begin,
    upper(bindings.valid_during) AS end
FROM bindings
JOIN assets ON assets.id = bindings.asset_id
WHERE NOT isempty(bindings.valid_during)
ORDER BY bindings.id;

-- name: create_places
-- A new place at its path.
INSERT INTO places (
    code, path, level, name_zh, name_en, address, latitude, longitude, access_note, opened_at
)
VALUES (
    %(code)s, %(path)s::text::ltree, %(level)s, %(name_zh)s, %(name_en)s, %(address)s,
    %(latitude)s, %(longitude)s, %(access_note)s, %(at)s
);

-- name: change_places
-- Names, address and position of a place.
UPDATE places
SET
    name_zh = %(name_zh)s,
    name_en = %(name_en)s,
    address = %(address)s,
    latitude = %(latitude)s,
    longitude = %(longitude)s,
    access_note = %(access_note)s
WHERE code = %(code)s;

-- name: move_places
-- A place and all below it, to another parent; what is over elsewhere keeps the path of its birth.
UPDATE places
SET path = %(parent_path)s::text::ltree || subpath(places.path, nlevel(moved.path) - 1)
FROM places AS moved
WHERE moved.code = %(code)s AND places.path <@ moved.path;

-- name: follow_place
-- Who may see a place, and what names it, goes with it; how many rows.
SELECT follow_place(%(former)s::text::ltree, %(latter)s::text::ltree);

-- name: join_place
-- What is open at a merged place itself is open at its successor; how many rows.
SELECT join_place(%(former)s::text::ltree, %(latter)s::text::ltree);

-- name: share_place
-- Whoever may see a place that was split may see the part too; how many.
SELECT share_place(%(origin)s::text::ltree, %(part)s::text::ltree);

-- name: follow_assets
-- What is open about assets stands where they stand now; how many rows.
SELECT follow_assets();

-- name: reopen_places
-- A closed place is there again.
UPDATE places SET closed_at = NULL WHERE code = %(code)s;

-- name: retire_places
-- A place is no more; its path stays taken.
UPDATE places SET closed_at = %(at)s WHERE code = %(code)s;

-- name: succeed_place
-- A place went into another.
UPDATE places
SET closed_at = %(at)s, successor_id = successors.id
FROM places AS successors
WHERE places.code = %(code)s AND successors.code = %(successor)s;

-- name: record_place_change
-- One line of the history of the tree.
INSERT INTO place_changes (changed_at, kind, from_paths, to_paths, reason, actor)
VALUES (
    %(at)s, %(kind)s, %(from_paths)s::text[]::ltree[], %(to_paths)s::text[]::ltree[],
    %(reason)s, %(actor)s
);

-- name: create_organisations
-- A new organisation and the place that it serves.
INSERT INTO organisations (code, kind, name_zh, name_en, phone, place_id)
VALUES (
    %(code)s, %(kind)s, %(name_zh)s, %(name_en)s, %(phone)s,
    (SELECT id FROM places WHERE code = %(place)s)
);

-- name: change_organisations
-- All that is known of an organisation.
UPDATE organisations
SET
    kind = %(kind)s,
    name_zh = %(name_zh)s,
    name_en = %(name_en)s,
    phone = %(phone)s,
    place_id = (SELECT id FROM places WHERE code = %(place)s)
WHERE code = %(code)s;

-- name: create_gateways
-- A new gateway and its place.
INSERT INTO gateways (id, place_id, note, operator_id, registered_at)
SELECT
    %(gateway)s, id, %(note)s, (SELECT id FROM organisations WHERE code = %(operator)s), %(at)s
FROM places
WHERE code = %(place)s;

-- name: change_gateways
-- A gateway's place and note; a revoked one is admitted again.
UPDATE gateways
SET
    place_id = (SELECT id FROM places WHERE code = %(place)s),
    note = %(note)s,
    operator_id = (SELECT id FROM organisations WHERE code = %(operator)s),
    revoked_at = NULL
WHERE id = %(gateway)s;

-- name: retire_gateways
-- A gateway that is no longer part of the registry.
UPDATE gateways SET revoked_at = %(at)s WHERE id = %(code)s;

-- name: settle_gateways
-- What ingest made for a gateway follows it: its own asset, and what nobody registered.
UPDATE assets
SET
    place_id = gateways.place_id,
    retired_at = CASE WHEN assets.is_placeholder THEN assets.retired_at ELSE gateways.revoked_at END
FROM gateways
WHERE
    gateways.id = %(code)s
    AND (
        assets.code = '@gw/' || gateways.id
        OR (assets.is_placeholder AND starts_with(assets.code, '@' || gateways.id || '/'))
    );

-- name: create_assets
-- A new asset at its place.
INSERT INTO assets (
    code, class, place_id, name_zh, name_en, zone, maintainer_id, contract_until, attributes,
    registered_at, commissioned_at
)
SELECT
    %(code)s, %(class_name)s, places.id, %(name_zh)s, %(name_en)s, %(zone)s,
    (SELECT id FROM organisations WHERE code = %(maintainer)s),
    %(contract_until)s, %(attributes)s, %(at)s, %(commissioned_at)s
FROM places
WHERE places.code = %(place)s;

-- name: change_assets
-- All that the files say of an asset; a placeholder or retired asset becomes an ordinary one.
UPDATE assets
SET
    class = %(class_name)s,
    place_id = (SELECT id FROM places WHERE code = %(place)s),
    name_zh = %(name_zh)s,
    name_en = %(name_en)s,
    zone = %(zone)s,
    maintainer_id = (SELECT id FROM organisations WHERE code = %(maintainer)s),
    contract_until = %(contract_until)s,
    attributes = %(attributes)s,
    commissioned_at = coalesce(%(commissioned_at)s, commissioned_at),
    is_placeholder = false,
    retired_at = NULL
WHERE code = %(code)s;

-- name: retire_assets
-- An asset that is no longer there.
UPDATE assets SET retired_at = %(at)s WHERE code = %(code)s;

-- name: open_managements
-- A management begins.
INSERT INTO managements (place_id, kind, organisation_id, valid_during)
SELECT
    places.id,
    %(kind)s,
    (SELECT id FROM organisations WHERE code = %(organisation)s),
    tstzrange(%(begin)s::timestamptz, %(end)s::timestamptz)
FROM places
WHERE places.code = %(compound)s;

-- name: end_managements
-- A management gets its end.
UPDATE managements
SET valid_during = tstzrange(lower(valid_during), %(end)s::timestamptz)
WHERE id = %(row)s;

-- name: cancel_managements
-- A management that was planned will not come.
UPDATE managements SET valid_during = 'empty' WHERE id = %(row)s;

-- name: open_responsible_persons
-- A person begins to be responsible.
INSERT INTO responsible_persons (place_id, role, name, phone, valid_during)
SELECT
    places.id, %(role)s, %(name)s, %(phone)s,
    tstzrange(%(begin)s::timestamptz, %(end)s::timestamptz)
FROM places
WHERE places.code = %(place)s;

-- name: end_responsible_persons
-- A person's responsibility gets its end.
UPDATE responsible_persons
SET valid_during = tstzrange(lower(valid_during), %(end)s::timestamptz)
WHERE id = %(row)s;

-- name: cancel_responsible_persons
-- A planned responsibility will not come.
UPDATE responsible_persons SET valid_during = 'empty' WHERE id = %(row)s;

-- name: open_bindings
-- A code of a gateway begins to mean an asset.
INSERT INTO bindings (gateway_id, code, asset_id, valid_during)
SELECT
    %(gateway)s, %(gateway_code)s, assets.id,
    tstzrange(%(begin)s::timestamptz, %(end)s::timestamptz)
FROM assets
WHERE assets.code = %(asset)s;

-- name: end_bindings
-- A code of a gateway no longer means what it meant.
UPDATE bindings
SET valid_during = tstzrange(lower(valid_during), %(end)s::timestamptz)
WHERE id = %(row)s;

-- name: cancel_bindings
-- A planned binding will not come.
UPDATE bindings SET valid_during = 'empty' WHERE id = %(row)s;

-- name: give_assets
-- Assets that stood at a merged place itself now stand at its successor.
UPDATE assets
SET place_id = (SELECT id FROM places WHERE code = %(successor)s)
WHERE place_id = (SELECT id FROM places WHERE code = %(code)s);

-- name: give_gateways
-- Gateways that stood at a merged place itself now stand at its successor.
UPDATE gateways
SET place_id = (SELECT id FROM places WHERE code = %(successor)s)
WHERE place_id = (SELECT id FROM places WHERE code = %(code)s);

-- name: give_organisations
-- Organisations that served a merged place now serve its successor.
UPDATE organisations
SET place_id = (SELECT id FROM places WHERE code = %(successor)s)
WHERE place_id = (SELECT id FROM places WHERE code = %(code)s);

-- name: management_at
-- Who ran the compound that a place belongs to at a time; the nearest compound above or itself.
SELECT
    compounds.code AS compound,
    managements.kind,
    organisations.code AS organisation,
    lower(managements.valid_during) AS begin,
    upper(managements.valid_during) AS end
FROM places
JOIN places AS compounds ON places.path <@ compounds.path
JOIN managements ON managements.place_id = compounds.id
LEFT JOIN organisations ON organisations.id = managements.organisation_id
WHERE places.code = %(place)s AND managements.valid_during @> %(at)s::timestamptz
ORDER BY nlevel(compounds.path) DESC
LIMIT 1;

-- name: responsible_at
-- Who was responsible for a place at a time: its own persons first, then those of places above.
SELECT
    above.code AS place,
    responsible_persons.role,
    responsible_persons.name,
    responsible_persons.phone,
    lower(responsible_persons.valid_during) AS begin,
    upper(responsible_persons.valid_during) AS end
FROM places
JOIN places AS above ON places.path <@ above.path
JOIN responsible_persons ON responsible_persons.place_id = above.id
WHERE places.code = %(place)s AND responsible_persons.valid_during @> %(at)s::timestamptz
ORDER BY nlevel(above.path) DESC, responsible_persons.role
LIMIT 100;

-- name: subtree
-- A place and the open places below it, with how many assets in service each has.
SELECT
    places.code,
    places.path::text AS path,
    places.level,
    places.name_zh,
    count(assets.id) AS assets
FROM places AS root
JOIN places ON places.path <@ root.path
LEFT JOIN assets ON assets.place_id = places.id AND assets.retired_at IS NULL
WHERE root.code = %(place)s AND places.closed_at IS NULL
GROUP BY places.id
ORDER BY places.path
LIMIT %(limit)s;

-- name: roots
-- Places that stand alone, with how many open places and assets in service they hold.
SELECT
    roots.code,
    roots.path::text AS path,
    roots.level,
    roots.name_zh,
    count(assets.id) AS assets
FROM places AS roots
JOIN places ON places.path <@ roots.path
LEFT JOIN assets ON assets.place_id = places.id AND assets.retired_at IS NULL
WHERE nlevel(roots.path) = 1 AND roots.closed_at IS NULL AND roots.code <> 'platform'
GROUP BY roots.id
ORDER BY roots.path
LIMIT %(limit)s;

-- name: place_history
-- The latest changes that touch a place's path, newest first.
SELECT
    place_changes.changed_at,
    place_changes.kind,
    place_changes.from_paths::text[] AS from_paths,
    place_changes.to_paths::text[] AS to_paths,
    place_changes.reason,
    place_changes.actor
FROM place_changes
WHERE
    (SELECT path FROM places WHERE code = %(place)s) = ANY (place_changes.from_paths)
    OR (SELECT path FROM places WHERE code = %(place)s) = ANY (place_changes.to_paths)
ORDER BY place_changes.id DESC
LIMIT %(limit)s;
