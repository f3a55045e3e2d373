-- name: version_in_force
-- The matrix that holds at a time: the newest by valid_from, then by loading.
SELECT id, name, valid_from, checksum
FROM duty_versions
WHERE valid_from <= %(at)s
ORDER BY valid_from DESC, id DESC
LIMIT 1;

-- name: add_version
-- A matrix as it was read; one that is already known is not added again.
INSERT INTO duty_versions (name, valid_from, checksum, source)
VALUES (%(name)s, %(valid_from)s, %(checksum)s, %(source)s)
ON CONFLICT (checksum) DO NOTHING
RETURNING id;

-- name: add_line
-- One line of a matrix.
INSERT INTO duties (
    version_id, line, key, event, asset_class, place_path, responsible, order_to, joint, chain,
    acknowledge_s, confirm_s, accept_s, arrive_s, restore_s, close_s, opens_order, tells_bureau,
    note_zh, note_en, basis
)
VALUES (
    %(version_id)s, %(line)s, %(key)s, %(event)s, %(asset_class)s, %(place_path)s::ltree, %(responsible)s,
    %(order_to)s, %(joint)s, %(chain)s, %(acknowledge_s)s, %(confirm_s)s, %(accept_s)s, %(arrive_s)s,
    %(restore_s)s, %(close_s)s, %(opens_order)s, %(tells_bureau)s, %(note_zh)s, %(note_en)s, %(basis)s
);

-- name: lines
-- The lines of a version, or one line by its number, in their order.
SELECT
    id, line, key, event, asset_class, place_path::text, responsible, order_to, joint, chain,
    acknowledge_s, confirm_s, accept_s, arrive_s, restore_s, close_s, opens_order, tells_bureau,
    note_zh, note_en, basis
FROM duties
WHERE version_id = %(version_id)s OR id = %(duty_id)s
ORDER BY line;

-- name: managers
-- Who manages the compound of each place then; cleaning alone is no management.
SELECT DISTINCT ON (named.path) named.path::text, managements.organisation_id
FROM unnest(%(paths)s::ltree[]) AS named (path)
JOIN places ON places.path @> named.path
JOIN managements ON managements.place_id = places.id AND managements.valid_during @> %(at)s::timestamptz
WHERE managements.kind IN ('company', 'work_unit', 'entrusted', 'self_managed')
ORDER BY named.path, nlevel(places.path) DESC;

-- name: nearest
-- The organisation of each kind that serves each place: the nearest one, else one that serves everywhere.
SELECT DISTINCT ON (named.path, organisations.kind)
    named.path::text,
    organisations.kind,
    organisations.id
FROM unnest(%(paths)s::ltree[]) AS named (path)
CROSS JOIN organisations
LEFT JOIN places ON places.id = organisations.place_id
WHERE organisations.kind NOT IN ('property_company', 'maintenance_firm', 'fire_maintenance_firm')
    AND (organisations.place_id IS NULL OR places.path @> named.path)
ORDER BY named.path, organisations.kind, nlevel(places.path) DESC NULLS LAST, organisations.id;

-- name: maintainers
-- Who maintains each asset under a contract that has not ended.
SELECT id, maintainer_id
FROM assets
WHERE id = ANY (%(assets)s::int[])
    AND maintainer_id IS NOT NULL
    AND (contract_until IS NULL OR contract_until >= (%(at)s::timestamptz)::date)
ORDER BY id;
