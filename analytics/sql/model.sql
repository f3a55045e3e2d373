-- name: add_model
-- A trained model; it is in force only after it was activated.
INSERT INTO models (
    asset_class, family, features, artefact, digest, source, trained_at, trained_by, first_day, last_day, assets,
    validation
)
VALUES (
    %(class)s, %(family)s, %(features)s, %(artefact)s, %(digest)s, %(source)s, %(now)s, %(by)s, %(first)s, %(last)s,
    %(assets)s, %(validation)s::jsonb
)
RETURNING id;

-- name: list_models
-- Every model with whether it is in force and what its warnings were worth, newest first.
SELECT
    models.id, models.asset_class, models.family, models.digest, models.source, models.trained_at, models.trained_by,
    models.first_day, models.last_day, models.assets, models.validation::text, models.rejected_why,
    models.id IS NOT DISTINCT FROM in_force.model_id AS is_active,
    latest.day, latest.assets, latest.drift, latest.is_fit
FROM models
LEFT JOIN LATERAL (
    SELECT model_id FROM model_switches
    WHERE model_switches.asset_class = models.asset_class
    ORDER BY id DESC
    LIMIT 1
) AS in_force ON true
LEFT JOIN LATERAL (
    SELECT day, assets, drift, is_fit FROM model_runs
    WHERE model_runs.model_id = models.id
    ORDER BY day DESC
    LIMIT 1
) AS latest ON true
WHERE %(class)s::text IS NULL OR models.asset_class = %(class)s
ORDER BY models.id DESC
LIMIT %(limit)s;

-- name: fetch_model
-- One model with its artefact.
SELECT id, asset_class, artefact, digest, rejected_why, source FROM models WHERE id = %(id)s;

-- name: active_model
-- The model of a class that is in force, if any.
SELECT models.id, models.asset_class, models.artefact, models.digest, models.rejected_why, models.source
FROM (
    SELECT model_id FROM model_switches
    WHERE asset_class = %(class)s
    ORDER BY id DESC
    LIMIT 1
) AS in_force
JOIN models ON models.id = in_force.model_id;

-- name: rejected
-- Models of a class that the platform uses no more.
SELECT id FROM models WHERE asset_class = %(class)s AND rejected_at IS NOT NULL ORDER BY id;

-- name: lock_class
-- One switch of a class at a time.
SELECT pg_advisory_xact_lock(hashtext('model_switches'), hashtext(%(class)s));

-- name: switch
-- From now on this model is in force; none: limits and trends alone.
INSERT INTO model_switches (asset_class, model_id, kind, at, actor, why)
VALUES (%(class)s, %(model_id)s, %(kind)s, %(now)s, %(actor)s, %(why)s);

-- name: list_switches
-- The newest switches of a class.
SELECT asset_class, model_id, kind, at, actor, why
FROM model_switches
WHERE %(class)s::text IS NULL OR asset_class = %(class)s
ORDER BY id DESC
LIMIT %(limit)s;

-- name: fallen_back
-- Classes whose newest switch was the platform's own, since the model in force was unfit.
SELECT asset_class, model_id, kind, at, actor, why
FROM (
    SELECT DISTINCT ON (asset_class) asset_class, model_id, kind, at, actor, why
    FROM model_switches
    ORDER BY asset_class, id DESC
) AS newest
WHERE kind = 'fallback'
ORDER BY asset_class;

-- name: reject
-- The platform uses a model no more.
UPDATE models SET rejected_at = %(now)s, rejected_why = %(why)s WHERE id = %(id)s AND rejected_at IS NULL;

-- name: note_run
-- What a model did on a day; a second attempt says it anew.
INSERT INTO model_runs (asset_class, model_id, day, at, is_fit, assets, raised, standing, middle, drift, took_s, why)
VALUES (
    %(class)s, %(model_id)s, %(day)s, %(now)s, %(is_fit)s, %(assets)s, %(raised)s, %(standing)s, %(middle)s,
    %(drift)s, %(took_s)s, %(why)s
)
ON CONFLICT (model_id, day) DO UPDATE
SET at = excluded.at, is_fit = excluded.is_fit, assets = excluded.assets, raised = excluded.raised,
    standing = excluded.standing, middle = excluded.middle, drift = excluded.drift, took_s = excluded.took_s,
    why = excluded.why;

-- name: has_run
-- Whether a model has judged a day.
SELECT EXISTS (SELECT FROM model_runs WHERE model_id = %(model_id)s AND day = %(day)s AND is_fit);

-- name: records
-- How often each model was right, as far as it is settled.
SELECT
    model_id, asset_class, detector, raised, open, hit, early, late, "false", withdrawn, precision, median_lead_days,
    asset_days, false_per_100_days
FROM warning_records
ORDER BY asset_class, model_id DESC NULLS LAST, detector
LIMIT %(limit)s;

-- name: failures
-- When assets of a class failed by themselves: alarms of the given events, drills left out.
SELECT alarms.asset_id, alarms.event, alarms.raised_at, coalesce(alarms.closed_at, %(until)s)
FROM alarms
JOIN assets ON assets.id = alarms.asset_id
WHERE
    assets.class = %(class)s
    AND alarms.event = ANY (%(events)s)
    AND alarms.raised_at >= %(since)s AND alarms.raised_at < %(until)s
    AND NOT alarms.is_drill
    AND alarms.confirmation <> 'false'
ORDER BY alarms.asset_id, alarms.raised_at;
