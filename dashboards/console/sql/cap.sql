-- name: entries
-- CAP documents of the scope, newest first; a page begins after a document.
SELECT
    cap_messages.identifier,
    cap_messages.sent_at,
    cap_messages.msg_type,
    cap_messages.status,
    cap_messages.headline
FROM cap_messages
WHERE %(after_sent_at)s::timestamptz IS NULL
    OR (cap_messages.sent_at, cap_messages.identifier)
        < (%(after_sent_at)s::timestamptz, %(after_identifier)s::text)
ORDER BY cap_messages.sent_at DESC, cap_messages.identifier DESC
LIMIT %(limit)s;

-- name: newest
-- When the newest document of the scope was sent.
SELECT cap_messages.sent_at
FROM cap_messages
ORDER BY cap_messages.sent_at DESC, cap_messages.identifier DESC
LIMIT 1;

-- name: document
-- One document of the scope.
SELECT document FROM cap_messages WHERE identifier = %(identifier)s;
