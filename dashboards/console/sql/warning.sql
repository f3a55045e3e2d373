-- name: warnings
-- Early warnings, open ones first, then by when they were raised.
{lines}
ORDER BY (warnings.settled_at IS NULL) DESC, warnings.raised_at DESC, warnings.id DESC
LIMIT %(limit)s;

-- name: warning
-- One early warning.
{lines}
WHERE warnings.id = %(id)s;

-- name: alike
-- How the last warnings alike turned out: of the same kind, about the same measurement and class.
{lines}
WHERE warnings.settled_at IS NOT NULL
    AND warnings.detector = %(detector)s
    AND warnings.metric = %(metric)s
    AND assets.class = %(asset_class)s
    AND warnings.id <> %(id)s
ORDER BY warnings.settled_at DESC
LIMIT %(limit)s;

-- name: evidence
-- The numbers behind a warning, as JSON.
SELECT warnings.evidence::text
FROM warnings
WHERE warnings.id = %(id)s;

-- name: lines
-- The columns of a warning, without its WHERE: filled into the queries above.
SELECT
    warnings.id,
    warnings.asset_id,
    assets.name_zh AS asset_name_zh,
    assets.name_en AS asset_name_en,
    assets.class AS asset_class,
    warnings.detector,
    warnings.metric,
    warnings.raised_at,
    warnings.refreshed_at,
    warnings.expected_from,
    warnings.expected_until,
    warnings.score,
    warnings.reason_zh,
    warnings.reason_en,
    warnings.settled_at,
    warnings.settlement,
    warnings.confidence,
    warnings.settled_by,
    warnings.failed_at,
    warnings.model_id,
    warnings.held_since,
    told.id AS alarm_id,
    told.version AS alarm_version,
    told.confirmation,
    told.closed_at IS NULL AS is_alarm_open,
    standing.names_zh AS place_names_zh,
    standing.names_en AS place_names_en
FROM warnings
JOIN assets ON assets.id = warnings.asset_id
LEFT JOIN LATERAL (
    SELECT alarms.id, alarms.version, alarms.confirmation, alarms.closed_at
    FROM alarms
    WHERE alarms.asset_id = warnings.asset_id
        AND alarms.condition = 'early_warning:' || warnings.detector || ':' || warnings.metric
        AND alarms.opened_at >= warnings.raised_at
    ORDER BY alarms.id DESC
    LIMIT 1
) AS told ON true
{standing};
