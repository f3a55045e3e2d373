-- name: told
-- The asset that stands for the platform or its self-test, with whether an alarm of the condition stands
-- on it; where one stands, that asset comes first.
SELECT assets.id, places.path::text, coalesce(conditions.is_active, false) AS is_told
FROM assets
JOIN places ON places.id = assets.place_id
LEFT JOIN conditions ON conditions.asset_id = assets.id AND conditions.condition = %(condition)s
WHERE assets.code = ANY (%(codes)s::text[]) AND assets.retired_at IS NULL
ORDER BY is_told DESC, assets.code
LIMIT 1;

-- name: of_workers_gone
-- Conditions of workers of the alarm process that have been gone for a while.
SELECT conditions.condition
FROM assets
JOIN conditions ON conditions.asset_id = assets.id
WHERE assets.code = ANY (%(codes)s::text[])
    AND conditions.is_active
    AND starts_with(conditions.condition, %(prefix)s)
    AND NOT EXISTS (
        SELECT FROM alarm_workers
        WHERE alarm_workers.worker = substr(conditions.condition, length(%(prefix)s) + 1)
    )
ORDER BY conditions.condition
LIMIT 100;

-- name: is_message_late
-- Whether something about life safety has been due to people for long, or was spread to nobody: the
-- process that tells them is away, hangs, or has no way that works.
SELECT EXISTS (
        SELECT FROM notice_messages
        WHERE state = 'waiting' AND is_life_safety AND next_at < %(before)s
    )
    OR EXISTS (
        SELECT FROM (SELECT notice_id FROM notice_work LIMIT 500) AS unspread
        JOIN notices ON notices.id = unspread.notice_id
        WHERE notices.is_life_safety AND notices.created_at < %(before)s
    );
