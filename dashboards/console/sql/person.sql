-- name: persons
-- Responsible persons of the scope that hold today, by place.
SELECT
    responsible_persons.id,
    places.code AS place,
    places.name_zh AS place_zh,
    coalesce(nullif(places.name_en, ''), places.name_zh) AS place_en,
    responsible_persons.role,
    responsible_persons.name,
    responsible_persons.phone
FROM responsible_persons
JOIN places ON places.id = responsible_persons.place_id
WHERE responsible_persons.valid_during @> %(now)s::timestamptz
    AND (%(id)s::int IS NULL OR responsible_persons.id = %(id)s)
ORDER BY places.path, responsible_persons.role
LIMIT %(limit)s;

-- name: contracts
-- Equipment whose maintenance contract has ended or ends soon, or that has none; the first to end first.
SELECT
    visible_assets.id,
    visible_assets.code,
    visible_assets.class AS asset_class,
    visible_assets.name_zh,
    visible_assets.name_en,
    coalesce(organisations.name_zh, '') AS firm_zh,
    coalesce(nullif(organisations.name_en, ''), organisations.name_zh, '') AS firm_en,
    visible_assets.contract_until
FROM visible_assets
LEFT JOIN organisations ON organisations.id = visible_assets.maintainer_id
WHERE visible_assets.contract_until IS NULL OR visible_assets.contract_until <= %(until)s
ORDER BY visible_assets.contract_until NULLS FIRST, visible_assets.code
LIMIT %(limit)s;
