-- name: places
-- A city with one managed and one unmanaged compound.
INSERT INTO places (code, path, level, name_zh) VALUES
    ('city', 'city', 'city', '示范市'),
    ('dist', 'city.dist', 'district', '示范区'),
    ('str', 'city.dist.str', 'street', '示范街道'),
    ('comm', 'city.dist.str.comm', 'community', '示范社区'),
    ('garden', 'city.dist.str.comm.garden', 'compound', '示范花园'),
    ('g1', 'city.dist.str.comm.garden.g1', 'building', '1号楼'),
    ('yard', 'city.dist.str.comm.yard', 'compound', '老院'),
    ('y1', 'city.dist.str.comm.yard.y1', 'building', '1号楼');

-- name: organisations
-- One of each kind that the default matrix names.
INSERT INTO organisations (code, kind, name_zh, place_id) VALUES
    ('property', 'property_company', '示范物业', NULL),
    ('lift_firm', 'maintenance_firm', '电梯维保', NULL),
    ('fire_firm', 'fire_maintenance_firm', '消防维保', NULL),
    ('community', 'community', '示范社区居委会', (SELECT id FROM places WHERE code = 'comm')),
    ('street', 'street', '示范街道办', (SELECT id FROM places WHERE code = 'str')),
    ('bureau', 'bureau', '应急管理局', (SELECT id FROM places WHERE code = 'city'));

-- name: managements
-- Who runs the garden; nobody runs the yard.
INSERT INTO managements (place_id, kind, organisation_id, valid_during) VALUES
    (
        (SELECT id FROM places WHERE code = 'garden'), 'company',
        (SELECT id FROM organisations WHERE code = 'property'), '[2020-01-01,)'
    ),
    ((SELECT id FROM places WHERE code = 'yard'), 'nobody', NULL, '[2020-01-01,)');

-- name: assets
-- Something of each kind.
INSERT INTO assets (code, class, place_id, name_zh, maintainer_id) VALUES
    ('L-1', 'lift', (SELECT id FROM places WHERE code = 'g1'), '1号梯', (SELECT id FROM organisations WHERE code = 'lift_firm')),
    ('D-1', 'detector', (SELECT id FROM places WHERE code = 'g1'), '走廊感烟', (SELECT id FROM organisations WHERE code = 'fire_firm')),
    ('W-1', 'fire_water', (SELECT id FROM places WHERE code = 'g1'), '末端压力', (SELECT id FROM organisations WHERE code = 'fire_firm')),
    ('E-1', 'electrical_monitor', (SELECT id FROM places WHERE code = 'g1'), '配电箱', (SELECT id FROM organisations WHERE code = 'fire_firm')),
    ('L-9', 'lift', (SELECT id FROM places WHERE code = 'y1'), '老院1号梯', NULL),
    ('D-9', 'detector', (SELECT id FROM places WHERE code = 'y1'), '老院感烟', NULL);

-- name: placeholder
-- Something that nobody registered.
INSERT INTO assets (code, class, place_id, name_zh, is_placeholder) VALUES
    ('gw/P9', 'unknown', (SELECT id FROM places WHERE code = 'g1'), '未登记 P9', true);

-- name: say
-- What ingest writes for one event: the event and its work, in the caller's transaction.
WITH said AS (
    INSERT INTO events (
        asset_id, place_path, gateway, stream, seq, position, event, condition, state, at, received_at, text
    )
    SELECT
        assets.id, places.path, %(gateway)s, %(stream)s, %(seq)s, %(position)s, %(event)s,
        %(condition)s, %(state)s, %(at)s, %(at)s, %(text)s
    FROM assets JOIN places ON places.id = assets.place_id
    WHERE assets.code = %(asset)s
    RETURNING id
)
INSERT INTO event_work (event_id, is_life_safety)
SELECT id, %(is_life_safety)s FROM said RETURNING event_id;

-- name: measure
-- A pressure sample and its arrival, as ingest writes them.
WITH sampled AS (
    INSERT INTO water_samples (at, asset_id, pressure)
    SELECT %(at)s, assets.id, %(pressure)s FROM assets WHERE assets.code = %(asset)s
)
INSERT INTO arrivals (class, gateway, min_at, max_at, received_at)
VALUES ('fire_water', 'gw-1', %(at)s, %(at)s, %(received_at)s);
