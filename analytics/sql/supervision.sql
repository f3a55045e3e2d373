-- name: companies
-- Who ran which place in the period, with names; a place may change hands within it.
SELECT DISTINCT
    organisations.id AS company, organisations.code, organisations.name_zh, organisations.name_en
FROM managements
JOIN places ON places.id = managements.place_id
JOIN organisations ON organisations.id = managements.organisation_id
WHERE places.path <@ %(scope)s::ltree
    AND managements.valid_during && tstzrange(%(begins_at)s, %(ends_at)s)
    AND organisations.kind IN ('property_company', 'work_unit', 'community')
ORDER BY company;

-- name: clock_tallies
-- Clocks that ended in the period, by the company that ran the place when they began: kept or
-- missed, and apart those whose work belonged to somebody outside.
WITH ended AS (
    SELECT
        clocks.id,
        clocks.kind,
        clocks.state,
        clocks.started_at,
        coalesce(of_alarm.id, of_order.id) AS alarm_id,
        clocks.order_id,
        coalesce(of_alarm.alarm_group, of_order.alarm_group) AS alarm_group,
        coalesce(of_alarm.place_path, work_orders.place_path) AS place_path,
        coalesce(of_alarm.is_drill, of_order.is_drill, false) AS is_drill,
        coalesce(owners.kind, answering.kind, '') = ANY (%(outside)s::text[]) AS is_outside
    FROM clocks
    LEFT JOIN work_orders ON work_orders.id = clocks.order_id
    LEFT JOIN organisations AS owners ON owners.id = work_orders.owner_id
    LEFT JOIN alarms AS of_alarm ON of_alarm.id = clocks.alarm_id
    LEFT JOIN alarms AS of_order ON of_order.id = work_orders.alarm_id
    LEFT JOIN organisations AS answering
        ON answering.id = coalesce(of_alarm.responsible_id, of_order.responsible_id)
    WHERE clocks.ended_at >= %(begins_at)s
        AND clocks.ended_at < %(ends_at)s
        AND clocks.state IN ('kept', 'missed')
        AND clocks.step = 0
        AND clocks.kind IN ('acknowledge', 'arrive', 'restore')
)
SELECT
    company.organisation_id AS company,
    CASE
        WHEN ended.kind = 'acknowledge' THEN 'acknowledged_in_time'
        WHEN ended.kind = 'restore' THEN 'restored_in_time'
        WHEN ended.alarm_group = 'entrapment' THEN 'rescue_arrived_in_time'
        ELSE 'arrived_in_time'
    END AS indicator,
    count(*) FILTER (WHERE NOT ended.is_outside) AS of,
    count(*) FILTER (WHERE NOT ended.is_outside AND ended.state = 'kept') AS kept,
    count(*) FILTER (WHERE ended.is_outside) AS outside,
    coalesce(
        array_agg(DISTINCT ended.alarm_id)
            FILTER (WHERE NOT ended.is_outside AND ended.state = 'missed' AND ended.alarm_id IS NOT NULL),
        '{}'
    ) AS missed_alarms,
    coalesce(
        array_agg(DISTINCT ended.order_id)
            FILTER (WHERE NOT ended.is_outside AND ended.state = 'missed' AND ended.alarm_id IS NULL),
        '{}'
    ) AS missed_orders,
    '{}'::bigint[] AS missed_checks
FROM ended
CROSS JOIN LATERAL (
    SELECT managements.organisation_id
    FROM managements
    JOIN places ON places.id = managements.place_id
    WHERE ended.place_path <@ places.path AND managements.valid_during @> ended.started_at
    ORDER BY nlevel(places.path) DESC
    LIMIT 1
) AS company
WHERE ended.place_path <@ %(scope)s::ltree
    AND NOT ended.is_drill
    AND company.organisation_id IS NOT NULL
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: repeat_tallies
-- Work orders of alarms that were opened in the period; not fixed for good where the same
-- condition of the same asset had been restored less than so many days before, or where telemetry
-- has shown that the repair was none.
WITH opened AS (
    SELECT
        work_orders.id,
        work_orders.asset_id,
        work_orders.opened_at,
        work_orders.place_path,
        alarms.condition,
        coalesce(owners.kind, '') = ANY (%(outside)s::text[]) AS is_outside
    FROM work_orders
    JOIN alarms ON alarms.id = work_orders.alarm_id
    LEFT JOIN organisations AS owners ON owners.id = work_orders.owner_id
    WHERE work_orders.opened_at >= %(begins_at)s
        AND work_orders.opened_at < %(ends_at)s
        AND work_orders.place_path <@ %(scope)s::ltree
        AND work_orders.state <> 'merged'
        AND NOT alarms.is_drill
        AND alarms.confirmation <> 'false'
),
judged AS (
    SELECT
        opened.id,
        opened.opened_at,
        opened.place_path,
        opened.is_outside,
        EXISTS (
            SELECT
            FROM work_orders AS former
            JOIN alarms ON alarms.id = former.alarm_id
            WHERE former.asset_id = opened.asset_id
                AND alarms.condition = opened.condition
                AND alarms.confirmation <> 'false'
                AND former.id <> opened.id
                AND former.restored_at <= opened.opened_at
                AND former.restored_at > opened.opened_at - %(repeat_within)s::interval
        ) OR EXISTS (
            SELECT
            FROM order_verifications
            WHERE order_verifications.order_id = opened.id AND order_verifications.result = 'not_verified'
        ) AS is_repeat
    FROM opened
)
SELECT
    company.organisation_id AS company,
    'fixed_for_good' AS indicator,
    count(*) FILTER (WHERE NOT judged.is_outside) AS of,
    count(*) FILTER (WHERE NOT judged.is_outside AND NOT judged.is_repeat) AS kept,
    count(*) FILTER (WHERE judged.is_outside) AS outside,
    '{}'::bigint[] AS missed_alarms,
    coalesce(
        array_agg(judged.id ORDER BY judged.id) FILTER (WHERE NOT judged.is_outside AND judged.is_repeat),
        '{}'
    ) AS missed_orders,
    '{}'::bigint[] AS missed_checks
FROM judged
CROSS JOIN LATERAL (
    SELECT managements.organisation_id
    FROM managements
    JOIN places ON places.id = managements.place_id
    WHERE judged.place_path <@ places.path AND managements.valid_during @> judged.opened_at
    ORDER BY nlevel(places.path) DESC
    LIMIT 1
) AS company
WHERE company.organisation_id IS NOT NULL
GROUP BY 1
ORDER BY 1;

-- name: preventive_tallies
-- Turns of plans that fell due in the period: kept when they were done by then, late and undone
-- alike missed. A turn that nobody planned, because the platform stood still, is nobody's fault.
WITH turns AS (
    SELECT
        plan_periods.order_id,
        plan_periods.due_at,
        coalesce(of_asset.path, of_place.path) AS place_path,
        coalesce(least(plan_periods.done_at, work_orders.restored_at), 'infinity') <= plan_periods.due_at AS is_kept
    FROM plan_periods
    JOIN plans ON plans.id = plan_periods.plan_id
    LEFT JOIN assets ON assets.id = plans.asset_id
    LEFT JOIN places AS of_asset ON of_asset.id = assets.place_id
    LEFT JOIN places AS of_place ON of_place.id = plans.place_id
    LEFT JOIN work_orders ON work_orders.id = plan_periods.order_id
    WHERE plan_periods.due_at > %(begins_at)s
        AND plan_periods.due_at <= least(%(ends_at)s, %(now)s)
)
SELECT
    company.organisation_id AS company,
    'preventive_in_time' AS indicator,
    count(*) AS of,
    count(*) FILTER (WHERE turns.is_kept) AS kept,
    0 AS outside,
    '{}'::bigint[] AS missed_alarms,
    coalesce(
        array_agg(turns.order_id ORDER BY turns.order_id)
            FILTER (WHERE NOT turns.is_kept AND turns.order_id IS NOT NULL),
        '{}'
    ) AS missed_orders,
    '{}'::bigint[] AS missed_checks
FROM turns
CROSS JOIN LATERAL (
    SELECT managements.organisation_id
    FROM managements
    JOIN places ON places.id = managements.place_id
    WHERE turns.place_path <@ places.path AND managements.valid_during @> turns.due_at - interval '1 second'
    ORDER BY nlevel(places.path) DESC
    LIMIT 1
) AS company
WHERE turns.place_path <@ %(scope)s::ltree AND company.organisation_id IS NOT NULL
GROUP BY 1
ORDER BY 1;

-- name: post_tallies
-- Checks of desks that were asked in the period and are over: answered in time, or not.
SELECT
    post_checks.organisation_id AS company,
    'posts_answered' AS indicator,
    count(*) AS of,
    count(*) FILTER (WHERE post_checks.state = 'answered') AS kept,
    0 AS outside,
    '{}'::bigint[] AS missed_alarms,
    '{}'::bigint[] AS missed_orders,
    coalesce(
        array_agg(post_checks.id ORDER BY post_checks.id) FILTER (WHERE post_checks.state = 'unanswered'),
        '{}'
    ) AS missed_checks
FROM post_checks
WHERE post_checks.asked_at >= %(begins_at)s
    AND post_checks.asked_at < %(ends_at)s
    AND post_checks.state IN ('answered', 'unanswered')
    AND post_checks.place_path <@ %(scope)s::ltree
    AND post_checks.organisation_id IS NOT NULL
GROUP BY 1
ORDER BY 1;

-- name: asset_facts
-- Each registered asset of each company: how much of its time it reported, and whether it was
-- commissioned, in contract, and free of false alarms. One that never spoke has reported nothing.
WITH looked_after AS (
    SELECT
        assets.id,
        assets.class,
        assets.commissioned_at,
        assets.contract_until,
        managements.organisation_id,
        tstzrange(assets.registered_at, assets.retired_at)
            * managements.valid_during
            * tstzrange(%(begins_at)s, least(%(ends_at)s, %(now)s)) AS during
    FROM assets
    JOIN places ON places.id = assets.place_id
    CROSS JOIN LATERAL (
        SELECT managements.organisation_id, managements.valid_during
        FROM managements
        JOIN places AS managed ON managed.id = managements.place_id
        WHERE places.path <@ managed.path
            AND managements.valid_during && tstzrange(%(begins_at)s, %(ends_at)s)
            AND nlevel(managed.path) = (
                SELECT max(nlevel(deeper.path))
                FROM managements AS other
                JOIN places AS deeper ON deeper.id = other.place_id
                WHERE places.path <@ deeper.path
                    AND other.valid_during && tstzrange(%(begins_at)s, %(ends_at)s)
            )
    ) AS managements
    WHERE places.path <@ %(scope)s::ltree
        AND NOT assets.is_placeholder
        AND managements.organisation_id IS NOT NULL
),
silences AS (
    SELECT
        bound.id,
        range_agg(
            tstzrange(
                alarms.raised_at,
                greatest(coalesce(alarms.returned_at, alarms.closed_at, 'infinity'), alarms.raised_at)
            )
        ) AS silent
    FROM looked_after AS bound
    JOIN alarms ON alarms.asset_id = bound.id AND alarms.event = 'asset_silent'
    WHERE alarms.raised_at < %(ends_at)s
        AND coalesce(alarms.returned_at, alarms.closed_at, 'infinity') > %(begins_at)s
    GROUP BY bound.id
)
SELECT
    looked_after.organisation_id AS company,
    looked_after.id AS asset,
    looked_after.class = 'lift' AS is_lift,
    coalesce(looked_after.commissioned_at < %(ends_at)s, false) AS is_commissioned,
    coalesce(looked_after.contract_until >= (%(ends_at)s AT TIME ZONE 'UTC')::date, false) AS is_in_contract,
    CASE
        WHEN asset_contacts.asset_id IS NULL THEN 0.0
        ELSE 1.0 - coalesce(
            (
                SELECT sum(extract(epoch FROM upper(part) - lower(part)))
                FROM unnest(silences.silent * tstzmultirange(looked_after.during)) AS part
            ) / extract(epoch FROM upper(looked_after.during) - lower(looked_after.during)),
            0.0
        )
    END::double precision AS reported,
    EXISTS (
        SELECT
        FROM alarms
        WHERE alarms.asset_id = looked_after.id
            AND alarms.confirmation = 'false'
            AND NOT alarms.is_drill
            AND alarms.opened_at <@ looked_after.during
    ) AS has_false_alarm
FROM looked_after
LEFT JOIN silences ON silences.id = looked_after.id
LEFT JOIN asset_contacts ON asset_contacts.asset_id = looked_after.id
WHERE NOT isempty(looked_after.during)
ORDER BY 1, 2;

-- name: rating_facts
-- Answers of the period, by company.
SELECT
    organisation_id AS company, count(*) AS answers, avg(stars)::double precision AS stars
FROM owner_ratings
WHERE answered_at >= %(begins_at)s AND answered_at < %(ends_at)s AND place_path <@ %(scope)s::ltree
GROUP BY organisation_id
ORDER BY organisation_id;

-- name: inspection_facts
-- Mean marks of inspections of the period, by company and aspect.
SELECT organisation_id AS company, aspect, avg(marks)::double precision AS marks
FROM inspections
WHERE inspected_at >= %(begins_at)s AND inspected_at < %(ends_at)s AND place_path <@ %(scope)s::ltree
GROUP BY organisation_id, aspect
ORDER BY organisation_id, aspect;

-- name: add_rating
-- One answer; the same ballot is taken once.
INSERT INTO owner_ratings (organisation_id, place_path, giver, stars, note, ballot, order_id, answered_at)
VALUES (
    %(organisation)s, %(place_path)s::ltree, %(giver)s, %(stars)s, %(note)s, %(ballot)s, %(order_id)s,
    %(now)s
)
ON CONFLICT (ballot) DO NOTHING
RETURNING id;

-- name: add_inspection
-- Marks that an inspector gave.
INSERT INTO inspections (organisation_id, place_path, aspect, marks, note, actor, inspected_at)
VALUES (
    %(organisation)s, %(place_path)s::ltree, %(aspect)s, %(marks)s, %(note)s, %(actor)s, %(now)s
);

-- name: add_score
-- A published score.
INSERT INTO scores (
    period, place_path, company_id, rank, measured_by, equipment, total, answers, coverage, lines,
    digest, actor, published_at
)
VALUES (
    %(period)s, %(place_path)s::ltree, %(company)s, %(rank)s, %(measured_by)s, %(equipment)s,
    %(total)s, %(answers)s, %(coverage)s, %(lines)s::jsonb, %(digest)s, %(actor)s, %(now)s
);

-- name: published
-- The newest published digest of each company for a period and place.
SELECT DISTINCT ON (company_id) company_id AS company, digest
FROM scores
WHERE period = %(period)s AND place_path = %(place_path)s::ltree
ORDER BY company_id, id DESC;

-- name: propose_measure
-- A measure that nobody has decided on yet; one of a kind for a company and a period.
INSERT INTO measures (
    number, kind, company_id, place_path, period, subject, evidence, stage, opened_at
)
VALUES (
    %(prefix)s || lpad(nextval('measure_numbers')::text, 5, '0'), %(kind)s, %(company)s,
    %(place_path)s::ltree, %(period)s, %(subject)s, %(evidence)s::jsonb, 'proposed', %(now)s
)
ON CONFLICT (kind, company_id, period, place_path) WHERE period <> '' AND stage <> 'withdrawn' DO NOTHING
RETURNING id;

-- name: lock_measure
-- One measure, held until the step is written.
SELECT id, kind, company_id AS company, stage, due, appeal_until, version
FROM measures
WHERE number = %(number)s
FOR UPDATE;

-- name: save_measure
-- A measure after a step.
UPDATE measures
SET stage = %(stage)s,
    due = %(due)s,
    appeal_until = %(appeal_until)s,
    version = %(version)s,
    closed_at = %(closed_at)s
WHERE id = %(id)s;

-- name: add_measure_step
-- A line of a measure's history.
INSERT INTO measure_steps (
    measure_id, at, step, from_stage, to_stage, version, actor, actor_role, reason, due,
    appeal_until, digest
)
VALUES (
    %(measure)s, %(at)s, %(step)s, %(from_stage)s, %(to_stage)s, %(version)s, %(actor)s,
    %(actor_role)s, %(reason)s, %(due)s, %(appeal_until)s, %(digest)s
);

-- name: measures
-- Measures, those that wait first, then the newest; all of a company or all open ones.
SELECT
    measures.number, measures.kind, organisations.code AS company_code,
    organisations.name_zh AS company_zh, measures.period, measures.subject, measures.stage,
    measures.due, measures.appeal_until, measures.version, measures.opened_at
FROM measures
JOIN organisations ON organisations.id = measures.company_id
WHERE (%(company)s::text IS NULL OR organisations.code = %(company)s)
    AND (%(company)s::text IS NOT NULL OR measures.closed_at IS NULL)
ORDER BY measures.closed_at IS NULL DESC, measures.due NULLS LAST, measures.id DESC
LIMIT %(limit)s;

-- name: measure
-- One measure with all that its sheet says.
SELECT
    measures.number, measures.kind, organisations.name_zh, organisations.name_en, places.name_zh,
    measures.subject, measures.evidence::text, measures.stage, measures.due, measures.appeal_until,
    measures.version
FROM measures
JOIN organisations ON organisations.id = measures.company_id
LEFT JOIN places ON places.path = measures.place_path
WHERE measures.number = %(number)s;

-- name: measure_steps
-- The history of one measure.
SELECT
    measure_steps.at, measure_steps.step, measure_steps.to_stage, measure_steps.actor,
    measure_steps.actor_role, measure_steps.reason, measure_steps.due, measure_steps.appeal_until
FROM measure_steps
JOIN measures ON measures.id = measure_steps.measure_id
WHERE measures.number = %(number)s
ORDER BY measure_steps.version;

-- name: place
-- A place by its code.
SELECT path::text AS path, name_zh, name_en FROM places WHERE code = %(code)s;

-- name: top_place
-- The place above all others, when there is one.
SELECT code FROM places WHERE nlevel(path) = 1 AND closed_at IS NULL ORDER BY id LIMIT 1;

-- name: streets
-- Streets below a place, or the place itself when it is one.
SELECT path::text AS path, name_zh, name_en
FROM places
WHERE level = 'street' AND path <@ %(scope)s::ltree AND closed_at IS NULL
ORDER BY path;

-- name: districts
-- Districts below a place, or the place itself when it is one.
SELECT path::text AS path, name_zh, name_en
FROM places
WHERE level = 'district' AND path <@ %(scope)s::ltree AND closed_at IS NULL
ORDER BY path;

-- name: reviewed
-- Places whose review of a period has taken place.
SELECT place_path::text FROM period_reviews WHERE period = %(period)s AND kind = %(kind)s ORDER BY 1;

-- name: note_review
-- The end of a period was looked at, once.
INSERT INTO period_reviews (period, place_path, kind, reviewed_at, companies, proposals)
VALUES (%(period)s, %(place_path)s::ltree, %(kind)s, %(now)s, %(companies)s, %(proposals)s)
ON CONFLICT DO NOTHING;

-- name: organisation
-- An organisation by its code.
SELECT id FROM organisations WHERE code = %(code)s;
