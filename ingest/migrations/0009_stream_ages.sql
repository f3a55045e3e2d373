-- In which order the streams of a gateway were opened, where their numbers cannot tell it: a new
-- outbox whose clock is behind begins below what its predecessor had reached.

CREATE TABLE ledger_origins (
    gateway text NOT NULL,
    lane text NOT NULL CONSTRAINT ledger_origins_lane_is_known CHECK (lane IN ('alarm', 'data')),
    origin bigint NOT NULL,
    shift bigint NOT NULL CONSTRAINT ledger_origins_shift_is_forward CHECK (shift >= 0),
    first_at timestamptz NOT NULL,
    PRIMARY KEY (gateway, lane, origin)
);
COMMENT ON TABLE ledger_origins IS 'One row per outbox that a gateway ever had: where the order of its streams begins';
COMMENT ON COLUMN ledger_origins.origin IS 'The first stream of the outbox, as its messages say';
COMMENT ON COLUMN ledger_origins.shift IS 'Added to the numbers of its streams, so that they are younger than all that was known when it was heard first; decided once';

ALTER TABLE ledgers ADD COLUMN age bigint;
COMMENT ON COLUMN ledgers.age IS 'Place of the stream in the order of the gateway''s openings: its number plus the shift of its origin; NULL: its number';

ALTER TABLE events ADD COLUMN age bigint;
COMMENT ON COLUMN events.age IS 'Age of the stream: (age, seq, position) is the order in which things happened; NULL: the stream''s number';

GRANT SELECT, INSERT ON ledger_origins TO tw_ingest;
GRANT SELECT ON ledger_origins TO tw_analytics, tw_console;
