-- name: index_first
-- Whole tables are read only where no index would do: a plan over few rows then shows what it would be over many.
SET enable_seqscan = off;

-- name: plain
-- Plan as always.
RESET enable_seqscan;

-- name: plan
-- How the database would answer a panel's question.
EXPLAIN (FORMAT JSON) {statement};
