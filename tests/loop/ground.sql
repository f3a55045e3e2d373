-- name: places
-- Beside the garden and the old yard: where rescuers stand, and a compound that nobody governs.
INSERT INTO places (code, path, level, name_zh, latitude, longitude) VALUES
    ('near', 'city.near', 'district', '近区', 31.87, 117.30),
    ('wild', 'city.wild', 'compound', '无主小区', NULL, NULL),
    ('w1', 'city.wild.w1', 'building', '1号楼', NULL, NULL);

-- name: garden
-- The garden has coordinates, so that the nearest station is known.
UPDATE places SET latitude = 31.86, longitude = 117.29 WHERE code = 'garden';

-- name: organisations
-- A company to hand over to, and the later tiers of a rescue.
INSERT INTO organisations (code, kind, name_zh, place_id) VALUES
    ('second', 'property_company', '新物业', NULL),
    ('station', 'rescue_station', '救援站', (SELECT id FROM places WHERE code = 'near')),
    ('fire', 'fire_service', '消防救援站', (SELECT id FROM places WHERE code = 'city'));

-- name: assets
-- Another lift, a zone with three fire devices, the gateway itself, and the unowned building's.
INSERT INTO assets (code, class, place_id, name_zh, maintainer_id, zone)
SELECT given.code, given.class, places.id, given.code, organisations.id, given.zone
FROM (VALUES
    ('L-2', 'lift', 'g1', 'lift_firm', ''),
    ('FP-1', 'fire_panel', 'g1', 'fire_firm', ''),
    ('D-2', 'detector', 'g1', 'fire_firm', 'loop-1'),
    ('M-1', 'manual_call_point', 'g1', 'fire_firm', 'loop-1'),
    ('@gw/gw-1', 'gateway', 'garden', NULL, ''),
    ('L-7', 'lift', 'w1', NULL, ''),
    ('D-7', 'detector', 'w1', NULL, '')
) AS given (code, class, place, firm, zone)
JOIN places ON places.code = given.place
LEFT JOIN organisations ON organisations.code = given.firm;

-- name: zone
-- The first detector belongs to the zone too.
UPDATE assets SET zone = 'loop-1' WHERE code = 'D-1';

-- name: gateway
-- One gateway for the garden.
INSERT INTO gateways (id, place_id) SELECT 'gw-1', id FROM places WHERE code = 'garden';

-- name: bindings
-- Everything in the garden reports through it.
INSERT INTO bindings (gateway_id, code, asset_id, valid_during)
SELECT 'gw-1', assets.code, assets.id, '[2020-01-01,)'
FROM assets
JOIN places ON places.id = assets.place_id
WHERE places.path <@ 'city.dist.str.comm.garden' AND NOT starts_with(assets.code, '@')
    AND NOT assets.is_placeholder;
