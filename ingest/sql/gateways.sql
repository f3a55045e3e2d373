-- name: gateways
-- Every gateway of the registry with its place, when it was last heard, and when it was revoked.
SELECT
    gateways.id AS gateway,
    places.code AS place,
    gateways.revoked_at,
    (SELECT max(heard_at) FROM gateway_states WHERE gateway_states.gateway = gateways.id) AS heard_at
FROM gateways
INNER JOIN places ON places.id = gateways.place_id
ORDER BY gateways.id
LIMIT 100000;

-- name: set_revoked
-- A gateway is revoked from a time on, or, with no time, trusted again; its own asset follows.
WITH changed AS (
    UPDATE gateways SET revoked_at = %(at)s WHERE id = %(gateway)s RETURNING id, revoked_at
), settled AS (
    UPDATE assets
    SET retired_at = changed.revoked_at
    FROM changed
    WHERE assets.code = '@gw/' || changed.id
)
SELECT count(*) FROM changed;

-- name: announce
-- Tell the processes that keep the registry in memory to read it again, after the commit.
NOTIFY tw_registry;
