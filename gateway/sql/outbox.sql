-- The outbox of one lane: SQLite. Each block is one purpose.

-- name: schema
-- Streams with their next number, the first of their line, the gateway whose messages these are,
-- messages as they go over the wire, what was given up, and the conditions derived at the edge that are raised now.
CREATE TABLE IF NOT EXISTS streams (
    stream INTEGER PRIMARY KEY,
    next_seq INTEGER NOT NULL CHECK (next_seq >= 1),
    opened_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS line (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    origin INTEGER NOT NULL,
    newest INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS owner (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    gateway TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    stream INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    stored_ms INTEGER NOT NULL,
    payload BLOB NOT NULL,
    CONSTRAINT messages_identity UNIQUE (stream, seq)
) STRICT;
CREATE TABLE IF NOT EXISTS sheds (
    stream INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL CHECK (last_seq >= first_seq),
    CONSTRAINT sheds_identity PRIMARY KEY (stream, first_seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS conditions (
    asset TEXT NOT NULL,
    event TEXT NOT NULL,
    CONSTRAINT conditions_identity PRIMARY KEY (asset, event)
) STRICT, WITHOUT ROWID;

-- name: fetch_line
-- The first stream of this file's line and the newest; as far as known where none was kept.
SELECT coalesce((SELECT origin FROM line), min(stream)),
       coalesce((SELECT newest FROM line), max(stream))
FROM streams;

-- name: fetch_owner
-- The gateway whose messages these are; nothing in a new file, or one of an older version.
SELECT gateway FROM owner;

-- name: keep_owner
-- Remember the gateway, once.
INSERT INTO owner (only_one, gateway) VALUES (1, :gateway) ON CONFLICT (only_one) DO NOTHING;

-- name: keep_line
-- Remember the line.
INSERT INTO line (only_one, origin, newest) VALUES (1, :origin, :stream)
ON CONFLICT (only_one) DO UPDATE SET origin = excluded.origin, newest = excluded.newest;

-- name: insert_stream
-- Begin a stream.
INSERT INTO streams (stream, next_seq, opened_ms) VALUES (:stream, 1, :now_ms);

-- name: forget_streams
-- Forget streams that are drained, keeping the newest twenty, spent ones last.
DELETE FROM streams
WHERE stream NOT IN (SELECT stream FROM messages)
  AND stream NOT IN (SELECT stream FROM sheds)
  AND stream NOT IN (
      SELECT stream FROM streams ORDER BY stream < :spent DESC, stream DESC LIMIT 20
  );

-- name: update_next_seq
-- Remember the next number of the stream.
UPDATE streams SET next_seq = :next_seq WHERE stream = :stream;

-- name: insert_message
-- Keep a message until a receipt covers it.
INSERT INTO messages (stream, seq, stored_ms, payload)
VALUES (:stream, :seq, :stored_ms, :payload);

-- name: fetch_after
-- Messages behind a cursor, oldest first.
SELECT id, stream, seq, stored_ms, payload
FROM messages
WHERE id > :after
ORDER BY id
LIMIT :limit;

-- name: fetch_newest
-- Messages behind a cursor, newest first.
SELECT id, stream, seq, stored_ms, payload
FROM messages
WHERE id > :after
ORDER BY id DESC
LIMIT :limit;

-- name: fetch_id_before
-- The cursor that stands just before a message of a stream.
SELECT coalesce(min(id), 1) - 1
FROM messages
WHERE stream = :stream AND seq >= :seq;

-- name: delete_range
-- Drop what a receipt covers; answers what was really there.
DELETE FROM messages
WHERE stream = :stream AND seq BETWEEN :first_seq AND :last_seq
RETURNING id, length(payload);

-- name: delete_sheds_through
-- Forget given-up ranges that the platform has passed.
DELETE FROM sheds WHERE stream = :stream AND last_seq <= :through;

-- name: fetch_oldest
-- The oldest messages, as candidates to give up.
SELECT id, stream, seq, length(payload)
FROM messages
ORDER BY id
LIMIT :limit;

-- name: delete_message
-- Drop one message.
DELETE FROM messages WHERE id = :id;

-- name: extend_shed
-- Lengthen the range that ends just before this number.
UPDATE sheds SET last_seq = :seq WHERE stream = :stream AND last_seq = :seq - 1;

-- name: insert_shed
-- Begin a range of given-up numbers.
INSERT INTO sheds (stream, first_seq, last_seq) VALUES (:stream, :seq, :seq);

-- name: fetch_sheds
-- Given-up ranges of a stream, oldest first.
SELECT first_seq, last_seq
FROM sheds
WHERE stream = :stream
ORDER BY first_seq
LIMIT 1000;

-- name: fetch_streams
-- The streams with their next number and lowest message, the current one first.
SELECT stream, next_seq,
       coalesce((SELECT min(seq) FROM messages WHERE messages.stream = streams.stream), next_seq)
FROM streams
ORDER BY stream = :current DESC, stream DESC
LIMIT 20;

-- name: fetch_low
-- The lowest message of a stream that still waits.
SELECT min(seq) FROM messages WHERE stream = :stream;

-- name: count_messages
-- How many messages wait, from the index alone: their bytes may be a gigabyte.
SELECT count(*) FROM messages;

-- name: fetch_depth
-- How many messages wait, how many bytes they are, and when the oldest was stored.
SELECT count(*), coalesce(sum(length(payload)), 0) FROM messages;

-- name: fetch_oldest_ms
-- When the oldest waiting message was stored.
SELECT stored_ms FROM messages ORDER BY id LIMIT 1;

-- name: insert_condition
-- A derived condition is raised.
INSERT INTO conditions (asset, event) VALUES (:asset, :event)
ON CONFLICT (asset, event) DO NOTHING;

-- name: delete_condition
-- A derived condition is over.
DELETE FROM conditions WHERE asset = :asset AND event = :event;

-- name: fetch_conditions
-- Derived conditions that are raised.
SELECT asset, event FROM conditions ORDER BY asset, event LIMIT 100000;

-- name: read_streams
-- All streams, to be copied into another file.
SELECT stream, next_seq, opened_ms FROM streams ORDER BY stream;

-- name: copy_streams
-- A stream of another file.
INSERT INTO streams (stream, next_seq, opened_ms) VALUES (?, ?, ?)
ON CONFLICT (stream) DO UPDATE SET next_seq = max(next_seq, excluded.next_seq);

-- name: read_messages
-- All messages, oldest first, to be copied into another file.
SELECT stream, seq, stored_ms, payload FROM messages ORDER BY id;

-- name: read_some
-- The lowest messages, to be copied into another file part by part.
SELECT stream, seq, stored_ms, payload FROM messages ORDER BY stream, seq LIMIT :limit;

-- name: read_streams_behind
-- All streams with the lowest message behind a given one, to be copied into another file.
SELECT stream,
       coalesce((
           SELECT min(seq) FROM messages
           WHERE messages.stream = streams.stream AND (messages.stream, seq) > (:stream, :seq)
       ), next_seq),
       opened_ms
FROM streams
ORDER BY stream;

-- name: delete_through
-- Drop what was copied into another file.
DELETE FROM messages WHERE (stream, seq) <= (:stream, :seq);

-- name: copy_messages
-- A message of another file, under its own identity.
INSERT INTO messages (stream, seq, stored_ms, payload) VALUES (?, ?, ?, ?)
ON CONFLICT (stream, seq) DO NOTHING;

-- name: read_sheds
-- All given-up ranges, to be copied into another file.
SELECT stream, first_seq, last_seq FROM sheds ORDER BY stream, first_seq;

-- name: copy_sheds
-- A given-up range of another file.
INSERT INTO sheds (stream, first_seq, last_seq) VALUES (?, ?, ?)
ON CONFLICT (stream, first_seq) DO UPDATE SET last_seq = max(last_seq, excluded.last_seq);

-- name: read_conditions
-- All raised conditions, to be copied into another file.
SELECT asset, event FROM conditions ORDER BY asset, event;

-- name: forget_conditions
-- Forget what was raised by this file: another one knows better.
DELETE FROM conditions;

-- name: copy_conditions
-- A raised condition of another file.
INSERT INTO conditions (asset, event) VALUES (?, ?)
ON CONFLICT (asset, event) DO NOTHING;
