-- name: message_of_token
-- The message that a link shows.
SELECT told.body::text, told.language, told.taken_at
FROM message_of_token(%(token)s) AS told;

-- name: note_receipt
-- A receipt of a message; whether there is such a message.
SELECT note_receipt(%(token)s, %(kind)s);
