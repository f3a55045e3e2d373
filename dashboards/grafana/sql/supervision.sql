-- name: newest
-- The newest period whose scores are published.
SELECT max(period) AS newest FROM scores WHERE place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: open_measures
-- Measures of supervision that are not done.
SELECT count(*) AS open_measures
FROM measures
WHERE closed_at IS NULL AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: overdue_measures
-- Of these, whose last day (UTC+8) is over.
SELECT count(*) AS overdue_measures
FROM measures
WHERE closed_at IS NULL
    AND due < (now() + INTERVAL '8 hours')::date
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: stars
-- Mean of the stars that owners and owners' committees gave.
SELECT avg(stars)::double precision AS stars
FROM owner_ratings
WHERE $__timeFilter(answered_at) AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: answers
-- How many answered, so that the mean beside it can be judged.
SELECT count(*) AS answers
FROM owner_ratings
WHERE $__timeFilter(answered_at) AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: unanswered_posts
-- Share of duty checks that nobody answered.
SELECT
    (count(*) FILTER (WHERE state = 'unanswered'))::double precision / nullif(count(*), 0) AS unanswered_posts
FROM post_checks
WHERE $__timeFilter(asked_at)
    AND state IN ('answered', 'unanswered')
    AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree;

-- name: ranking
-- Companies by their newest published score, best first; the last five are the last five rows.
SELECT
    newest.rank AS rank,
    coalesce(nullif(organisations.name_${language:raw}, ''), organisations.name_zh) AS company,
    newest.period AS period,
    newest.total AS total,
    newest.equipment AS equipment,
    newest.answers AS answers,
    newest.coverage AS coverage,
    newest.measured_by AS measured_by
FROM (
    SELECT DISTINCT ON (place_path, company_id)
        company_id, place_path, period, rank, total, equipment, answers, coverage, measured_by
    FROM scores
    WHERE place_path <@ replace(${place:sqlstring}, '*', '')::ltree
        AND period = (SELECT max(period) FROM scores WHERE place_path <@ replace(${place:sqlstring}, '*', '')::ltree)
    ORDER BY place_path, company_id, id DESC
) AS newest
JOIN organisations ON organisations.id = newest.company_id
ORDER BY newest.place_path, newest.rank, 2
LIMIT 200;

-- name: history
-- Scores of the equipment, month by month: the best, the middle and the worst company.
SELECT
    min(published_at) AS "time",
    max(equipment) AS best,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY equipment) AS middle,
    min(equipment) AS worst
FROM (
    SELECT DISTINCT ON (period, place_path, company_id) period, published_at, equipment
    FROM scores
    WHERE $__timeFilter(published_at) AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
    ORDER BY period, place_path, company_id, id DESC
) AS newest
GROUP BY period
ORDER BY 1
LIMIT 200;

-- name: open_list
-- Measures that are not done, the most overdue first.
SELECT
    measures.number AS number,
    measures.kind AS kind,
    coalesce(nullif(organisations.name_${language:raw}, ''), organisations.name_zh) AS company,
    measures.subject AS subject,
    measures.stage AS stage,
    measures.due AS due,
    measures.opened_at AS opened_at
FROM measures
JOIN organisations ON organisations.id = measures.company_id
WHERE measures.closed_at IS NULL AND measures.place_path <@ replace(${place:sqlstring}, '*', '')::ltree
ORDER BY measures.due NULLS LAST, measures.id
LIMIT 200;

-- name: by_kind
-- Measures by kind: opened in the chosen time, and how many of those are done or withdrawn.
SELECT
    kind,
    count(*) AS opened,
    count(*) FILTER (WHERE stage = 'done') AS done,
    count(*) FILTER (WHERE stage = 'withdrawn') AS withdrawn
FROM measures
WHERE $__timeFilter(opened_at) AND place_path <@ replace(${place:sqlstring}, '*', '')::ltree
GROUP BY kind
ORDER BY kind
LIMIT 10;

-- name: rated
-- What owners and committees said of each company, worst first.
SELECT
    coalesce(nullif(organisations.name_${language:raw}, ''), organisations.name_zh) AS company,
    count(*) AS answers,
    avg(owner_ratings.stars)::double precision AS stars,
    count(*) FILTER (WHERE owner_ratings.giver = 'committee') AS committees
FROM owner_ratings
JOIN organisations ON organisations.id = owner_ratings.organisation_id
WHERE $__timeFilter(owner_ratings.answered_at) AND owner_ratings.place_path <@ replace(${place:sqlstring}, '*', '')::ltree
GROUP BY organisations.id
ORDER BY 3, 2 DESC, 1
LIMIT 200;
