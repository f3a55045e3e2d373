-- name: compound
-- A compound by its code, with the community above it and who runs it.
SELECT
    places.path::text AS path,
    places.code,
    places.name_zh,
    places.name_en,
    places.address,
    coalesce(above.name_zh, '') AS community_zh,
    coalesce(nullif(above.name_en, ''), above.name_zh, '') AS community_en,
    coalesce(company.name_zh, '') AS company_zh,
    coalesce(nullif(company.name_en, ''), company.name_zh, '') AS company_en,
    coalesce(company.phone, '') AS company_phone,
    coalesce(managements.kind, 'nobody') AS management
FROM places
LEFT JOIN LATERAL (
    SELECT community.name_zh, community.name_en
    FROM places AS community
    WHERE community.path @> places.path AND community.level = 'community'
    LIMIT 1
) AS above ON true
LEFT JOIN managements ON managements.place_id = places.id AND managements.valid_during @> %(now)s::timestamptz
LEFT JOIN organisations AS company ON company.id = managements.organisation_id
WHERE places.code = %(code)s AND places.level = 'compound' AND places.closed_at IS NULL
    AND places.path <@ ANY ((SELECT visible_scope())::ltree[]);

-- name: maintainers
-- Who looks after what, with the telephone of the office; no equipment is named one by one.
SELECT
    CASE
        WHEN assets.class IN ('lift', 'escalator') THEN 'lift'
        WHEN assets.class IN ('electrical_monitor') THEN 'electrical'
        ELSE 'fire'
    END AS kind,
    coalesce(organisations.name_zh, '') AS name_zh,
    coalesce(nullif(organisations.name_en, ''), organisations.name_zh, '') AS name_en,
    coalesce(organisations.phone, '') AS phone,
    min(assets.contract_until) AS contract_until
FROM assets
JOIN places ON places.id = assets.place_id
LEFT JOIN organisations ON organisations.id = assets.maintainer_id
WHERE places.path <@ %(path)s::ltree
    AND assets.retired_at IS NULL
    AND NOT assets.is_placeholder
    AND NOT starts_with(assets.code, '@')
GROUP BY 1, organisations.id
ORDER BY 1, name_zh
LIMIT 50;

-- name: lifts
-- Each lift: upkeep as it was done and is due, since when it is out of use, and whether anything would
-- say so. Nothing else of any equipment stands on the board.
SELECT
    assets.code,
    assets.name_zh,
    coalesce(nullif(assets.name_en, ''), assets.name_zh) AS name_en,
    upkeep.done_at,
    upkeep.due_at,
    least(fault.since, held.since) AS out_since,
    CASE WHEN fault.since IS NULL AND held.since IS NOT NULL THEN 'held' ELSE 'fault' END AS out_why,
    assets.commissioned_at IS NOT NULL
        AND contacts.silent_since IS NULL
        AND coalesce(contacts.heard_at >= %(since)s::timestamptz, false)
        AND NOT EXISTS (
            SELECT
            FROM bindings
            LEFT JOIN gateway_states AS states
                ON states.gateway = bindings.gateway_id AND states.lane = 'alarm'
            WHERE bindings.asset_id = assets.id
                AND bindings.valid_during @> now()
            HAVING count(*) > 0 AND (max(states.heard_at) >= %(since)s::timestamptz) IS NOT TRUE
        ) AS is_watched
FROM assets
JOIN places ON places.id = assets.place_id
LEFT JOIN asset_contacts AS contacts ON contacts.asset_id = assets.id
LEFT JOIN LATERAL (
    SELECT
        max(coalesce(plan_periods.done_at, work_orders.restored_at)) AS done_at,
        min(plan_periods.due_at) FILTER (
            WHERE plan_periods.done_at IS NULL AND work_orders.restored_at IS NULL
        ) AS due_at
    FROM plans
    JOIN plan_periods ON plan_periods.plan_id = plans.id
    LEFT JOIN work_orders ON work_orders.id = plan_periods.order_id
    WHERE plans.asset_id = assets.id AND plans.kind = 'lift_maintenance'
) AS upkeep ON true
LEFT JOIN LATERAL (
    SELECT min(alarms.raised_at) AS since
    FROM alarms
    WHERE alarms.asset_id = assets.id
        AND alarms.closed_at IS NULL
        AND NOT alarms.is_drill
        AND alarms.event = ANY (%(out_events)s::text[])
) AS fault ON true
LEFT JOIN LATERAL (
    SELECT min(holds.begun_at) AS since
    FROM hold_assets
    JOIN holds ON holds.id = hold_assets.hold_id
    WHERE hold_assets.asset_id = assets.id
        AND hold_assets.ended_at IS NULL
        AND holds.kind = 'out_of_service'
        AND holds.ended_at IS NULL
) AS held ON true
WHERE places.path <@ %(path)s::ltree AND assets.class = 'lift' AND assets.retired_at IS NULL
ORDER BY assets.name_zh, assets.code
LIMIT 500;

-- name: funds
-- What the maintenance fund has paid and was made public, newest first.
SELECT fund_applications.item, fund_applications.amount_fen, fund_applications.published_at
FROM fund_applications
WHERE fund_applications.place_path <@ %(path)s::ltree AND fund_applications.published_at IS NOT NULL
ORDER BY fund_applications.published_at DESC, fund_applications.order_id DESC
LIMIT 50;

-- name: posts
-- What people have posted: the newest of each field, period and lift.
SELECT DISTINCT ON (board_posts.field, board_posts.asset_id, board_posts.period)
    board_posts.field,
    board_posts.period,
    board_posts.text,
    board_posts.amount_fen,
    board_posts.posted_at,
    coalesce(assets.name_zh, '') AS lift_zh,
    coalesce(nullif(assets.name_en, ''), assets.name_zh, '') AS lift_en
FROM board_posts
LEFT JOIN assets ON assets.id = board_posts.asset_id
WHERE board_posts.place_path = %(path)s::ltree
ORDER BY board_posts.field, board_posts.asset_id, board_posts.period, board_posts.id DESC
LIMIT 2000;

-- name: compounds
-- The compounds of the scope, with this month's answers and how many households have a code.
SELECT
    places.code,
    places.name_zh,
    coalesce(nullif(places.name_en, ''), places.name_zh) AS name_en,
    (
        SELECT count(*)
        FROM owner_ratings
        WHERE owner_ratings.place_path = places.path AND owner_ratings.answered_at >= %(since)s
    ) AS answers,
    (
        SELECT count(*)
        FROM survey_slips
        WHERE survey_slips.place_path = places.path AND survey_slips.revoked_at IS NULL
    ) AS slips,
    (SELECT max(board_posts.posted_at) FROM board_posts WHERE board_posts.place_path = places.path) AS posted_at
FROM places
WHERE places.level = 'compound'
    AND places.closed_at IS NULL
    AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
ORDER BY places.name_zh, places.code
LIMIT 3000;

-- name: note_export
-- A file that is about to leave.
INSERT INTO page_exports (at, user_name, what, scope, "rows", sha256)
VALUES (%(now)s, %(user)s, %(what)s, %(scope)s::ltree[], %(rows)s, %(sha256)s);

-- name: exports
-- What a user has taken, newest first; of everybody where no name is given.
SELECT at, user_name, what, "rows", encode(sha256, 'hex') AS sha256
FROM page_exports
WHERE %(user)s::text IS NULL OR user_name = %(user)s
ORDER BY id DESC
LIMIT %(limit)s;
