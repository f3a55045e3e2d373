-- A line of openings is more often new than an outbox: also when a clock lies behind the last one.

COMMENT ON TABLE ledger_origins IS 'One row per line of openings of a gateway''s outbox: where the order of its streams begins anew';
COMMENT ON COLUMN ledger_origins.origin IS 'The first stream of the line, as its messages say';
