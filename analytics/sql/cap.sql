-- name: formers
-- The documents of an alarm so far, oldest first.
SELECT identifier, msg_type, sent_at
FROM cap_messages
WHERE alarm_id = %(alarm_id)s
ORDER BY number
LIMIT 1000;

-- name: place
-- Where a place's compound lies, and what the place is called in English, as far as it has names.
SELECT
    (array_agg(places.latitude) FILTER (WHERE places.level = 'compound'))[1],
    (array_agg(places.longitude) FILTER (WHERE places.level = 'compound'))[1],
    coalesce(
        string_agg(coalesce(nullif(places.name_en, ''), places.name_zh), ' ' ORDER BY nlevel(places.path)),
        ''
    )
FROM places
WHERE places.path @> %(path)s::ltree AND places.level IN ('compound', 'building', 'floor')
LIMIT 1;

-- name: add_document
-- One document, once for its notice.
INSERT INTO cap_messages (
    identifier, notice_id, alarm_id, number, place_path, msg_type, status, sent_at, headline, document
) VALUES (
    %(identifier)s, %(notice_id)s::uuid, %(alarm_id)s, %(number)s, %(path)s::ltree, %(msg_type)s,
    %(status)s, %(sent_at)s, %(headline)s, %(document)s
)
ON CONFLICT (notice_id) DO NOTHING;
