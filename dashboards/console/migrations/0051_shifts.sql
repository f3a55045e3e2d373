-- Shifts of the desk 交接班: the list of what was open is fixed when somebody hands over, and both
-- sign; nothing of it ends an alarm or a clock.

CREATE TABLE shift_handovers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    desk text NOT NULL,
    place_paths ltree[] NOT NULL,
    begun_at timestamptz,
    offered_at timestamptz NOT NULL,
    given_by text NOT NULL REFERENCES users,
    taken_by text REFERENCES users,
    taken_at timestamptz,
    notes text NOT NULL DEFAULT '',
    reply text NOT NULL DEFAULT '',
    summary jsonb NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT shift_handovers_are_signed_by_two CHECK (taken_by IS NULL OR taken_by <> given_by),
    CONSTRAINT shift_handovers_are_signed_with_time CHECK ((taken_by IS NULL) = (taken_at IS NULL))
);
COMMENT ON TABLE shift_handovers IS 'Handing over of the desk: what was open then, notes, and both signatures';
COMMENT ON COLUMN shift_handovers.place_paths IS 'The scope that was handed over; who takes it must see all of it';
COMMENT ON COLUMN shift_handovers.summary IS 'What was open, held, silent and waiting when it was offered';
COMMENT ON COLUMN shift_handovers.digest IS 'SHA-256 of what was signed';
CREATE INDEX shift_handovers_open ON shift_handovers (desk, offered_at DESC);

GRANT SELECT, INSERT, UPDATE (taken_by, taken_at, reply) ON shift_handovers TO tw_console;
ALTER TABLE shift_handovers ENABLE ROW LEVEL SECURITY;
CREATE POLICY shift_handovers_in_scope ON shift_handovers TO tw_console
    USING (NOT EXISTS (
        SELECT FROM unnest(place_paths) AS part (path)
        WHERE NOT part.path <@ ANY ((SELECT visible_scope())::ltree[])
    ));
