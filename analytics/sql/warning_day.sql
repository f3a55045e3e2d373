-- name: open_cases
-- Warnings of models that have not turned out, with failures and words of people since.
SELECT
    warnings.id, warnings.asset_id, warnings.metric, warnings.raised_at, warnings.expected_from,
    warnings.expected_until, warnings.place_path::text, failed.raised_at, failed.event, word.trigger, word.at,
    word.actor
FROM warnings
JOIN assets ON assets.id = warnings.asset_id
LEFT JOIN LATERAL (
    SELECT alarms.raised_at, alarms.event
    FROM alarms
    WHERE
        alarms.asset_id = warnings.asset_id
        AND alarms.event = ANY (%(events)s)
        AND alarms.raised_at > warnings.raised_at
        AND NOT alarms.is_drill
        AND alarms.confirmation <> 'false'
    ORDER BY alarms.raised_at
    LIMIT 1
) AS failed ON true
LEFT JOIN LATERAL (
    SELECT work_order_transitions.trigger, work_order_transitions.at, work_order_transitions.actor
    FROM alarms
    JOIN work_orders ON work_orders.alarm_id = alarms.id
    JOIN work_order_transitions ON work_order_transitions.order_id = work_orders.id
    WHERE
        alarms.asset_id = warnings.asset_id
        AND alarms.condition = 'early_warning:' || warnings.detector || ':' || warnings.metric
        AND alarms.opened_at >= warnings.raised_at
        AND work_order_transitions.trigger IN ('restore', 'refute')
    ORDER BY work_order_transitions.id DESC
    LIMIT 1
) AS word ON true
WHERE
    warnings.settled_at IS NULL
    AND warnings.model_id IS NOT NULL
    AND warnings.detector = %(detector)s
    AND assets.class = %(class)s
ORDER BY warnings.id;

-- name: warned_assets
-- Assets of which a model warns now, by whatever detector.
SELECT DISTINCT warnings.asset_id
FROM warnings
JOIN assets ON assets.id = warnings.asset_id
WHERE warnings.settled_at IS NULL AND warnings.model_id IS NOT NULL AND assets.class = %(class)s
ORDER BY warnings.asset_id;

-- name: resting_assets
-- Assets that a detector shall leave alone: somebody said that nothing was wrong, nothing came of its own
-- warning, or any warning of it was just settled.
SELECT DISTINCT warnings.asset_id
FROM warnings
JOIN assets ON assets.id = warnings.asset_id
WHERE
    assets.class = %(class)s
    AND warnings.model_id IS NOT NULL
    AND (
        warnings.settled_at > %(settled_since)s
        OR (
            warnings.settlement = 'false'
            AND warnings.settled_at > %(refuted_since)s
            AND (warnings.detector = %(detector)s OR warnings.settled_by IS NOT NULL)
        )
    )
ORDER BY 1;

-- name: past_cases
-- How the newest settled warnings of the same class, detector and metric turned out.
SELECT
    warnings.id,
    warnings.settlement,
    extract(epoch FROM warnings.failed_at - warnings.raised_at)::float8 / 86400
FROM warnings
JOIN assets ON assets.id = warnings.asset_id
WHERE
    warnings.settled_at IS NOT NULL
    AND warnings.detector = %(detector)s
    AND warnings.metric = %(metric)s
    AND assets.class = %(class)s
ORDER BY warnings.settled_at DESC, warnings.id DESC
LIMIT %(limit)s;

-- name: raise_of_model
-- A new warning of a model.
INSERT INTO warnings (
    asset_id, place_path, detector, metric, raised_at, refreshed_at, expected_from, expected_until,
    score, reason_zh, reason_en, evidence, model_id, confidence, held_since
)
VALUES (
    %(asset_id)s, %(place_path)s::ltree, %(detector)s, %(metric)s, %(now)s, %(now)s,
    %(expected_from)s, %(expected_until)s, %(score)s, %(reason_zh)s, %(reason_en)s, %(evidence)s::jsonb,
    %(model_id)s, %(confidence)s, %(held_since)s
)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: refresh_of_model
-- How strong it is now; what was said about the time stands, so that it can be judged.
UPDATE warnings
SET refreshed_at = %(now)s, score = %(score)s
WHERE id = %(id)s AND settled_at IS NULL;

-- name: release
-- Its model meets the world that it was trained on again: the alarm and the order may be opened.
UPDATE warnings
SET held_since = NULL
WHERE id = %(id)s AND settled_at IS NULL AND held_since IS NOT NULL
RETURNING id;

-- name: settle_of_model
-- How it turned out, and by whose word.
UPDATE warnings
SET settled_at = %(now)s, settlement = %(settlement)s, failed_at = %(failed_at)s, settled_by = %(by)s,
    settled_why = %(why)s
WHERE id = %(id)s AND settled_at IS NULL
RETURNING id;

-- name: open_warning
-- One open warning, to be settled by a person's word.
SELECT id, place_path::text FROM warnings WHERE id = %(id)s AND settled_at IS NULL FOR UPDATE;
