-- A compound passes from one organisation to another 交接: when, what moved, who signed.

CREATE TABLE handovers (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    place_id int NOT NULL REFERENCES places,
    place_path ltree NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    from_id int REFERENCES organisations,
    to_id int REFERENCES organisations,
    reason text NOT NULL,
    planned_at timestamptz NOT NULL,
    planned_by text NOT NULL,
    state text NOT NULL DEFAULT 'planned' CONSTRAINT handovers_state_is_known CHECK (
        state IN ('planned', 'done', 'cancelled')
    ),
    done_at timestamptz,
    checklist_digest bytea NOT NULL,
    unsigned_reason text NOT NULL DEFAULT '',
    CONSTRAINT handovers_are_done_once CHECK ((state = 'done') = (done_at IS NOT NULL))
);
COMMENT ON TABLE handovers IS 'A compound passes to another organisation; open alarms, orders and clocks move, history stays';
COMMENT ON COLUMN handovers.at IS 'The instant from which the new organisation answers';
COMMENT ON COLUMN handovers.kind IS 'Kind of the management from then on';
COMMENT ON COLUMN handovers.from_id IS 'Who stood for the company until then, the community where nobody managed; NULL: nobody';
COMMENT ON COLUMN handovers.to_id IS 'Who stands for it from then on; NULL: nobody was found';
COMMENT ON COLUMN handovers.done_at IS 'When what was open was moved; later than at where the process was down: the difference is the delay';
COMMENT ON COLUMN handovers.unsigned_reason IS 'Why it was planned without both signatures';
CREATE UNIQUE INDEX handovers_once ON handovers (place_id, at) WHERE state <> 'cancelled';
CREATE INDEX handovers_due ON handovers (at) WHERE state = 'planned';
CREATE INDEX handovers_swept ON handovers (done_at) WHERE state = 'done';

CREATE TABLE handover_items (
    handover_id int NOT NULL REFERENCES handovers,
    position int NOT NULL,
    asset text NOT NULL DEFAULT '',
    item text NOT NULL,
    condition text NOT NULL CONSTRAINT handover_items_condition_is_known CHECK (
        condition IN ('good', 'defect', 'missing', 'not_checked')
    ),
    note text NOT NULL DEFAULT '',
    PRIMARY KEY (handover_id, position)
);
COMMENT ON TABLE handover_items IS 'The check list of equipment as it was handed over';
COMMENT ON COLUMN handover_items.asset IS 'Code of an asset; empty for keys, drawings, files';

CREATE TABLE handover_signatures (
    handover_id int NOT NULL REFERENCES handovers,
    side text NOT NULL CONSTRAINT handover_signatures_side_is_known CHECK (side IN ('from', 'to', 'witness')),
    signer text NOT NULL,
    role text NOT NULL,
    signed_at timestamptz NOT NULL,
    digest bytea NOT NULL,
    PRIMARY KEY (handover_id, side)
);
COMMENT ON TABLE handover_signatures IS 'Who signed the check list for which side; append-only';
COMMENT ON COLUMN handover_signatures.digest IS 'SHA-256 over the check list''s digest, side, signer, role and time';

CREATE TABLE handover_moves (
    handover_id int NOT NULL REFERENCES handovers,
    what text NOT NULL CONSTRAINT handover_moves_what_is_known CHECK (what IN ('alarm', 'order')),
    subject_id bigint NOT NULL,
    from_id int REFERENCES organisations,
    to_id int REFERENCES organisations,
    effective_at timestamptz NOT NULL,
    moved_at timestamptz NOT NULL,
    clocks int NOT NULL,
    PRIMARY KEY (handover_id, what, subject_id)
);
COMMENT ON TABLE handover_moves IS 'Each open alarm and order that passed to the new organisation; append-only';
COMMENT ON COLUMN handover_moves.clocks IS 'Clocks that were running on it and run on';

GRANT SELECT, INSERT ON handovers, handover_items, handover_signatures, handover_moves TO tw_analytics;
GRANT UPDATE (state, done_at, from_id, to_id) ON handovers TO tw_analytics;
GRANT SELECT ON handovers, handover_items, handover_signatures, handover_moves TO tw_console;
ALTER TABLE handovers ENABLE ROW LEVEL SECURITY;
CREATE POLICY handovers_of_the_platform ON handovers TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY handovers_in_scope ON handovers FOR SELECT TO tw_console
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
ALTER TABLE handover_items ENABLE ROW LEVEL SECURITY;
CREATE POLICY handover_items_of_the_platform ON handover_items TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY handover_items_in_scope ON handover_items FOR SELECT TO tw_console
    USING (EXISTS (SELECT FROM handovers WHERE handovers.id = handover_items.handover_id));
ALTER TABLE handover_signatures ENABLE ROW LEVEL SECURITY;
CREATE POLICY handover_signatures_of_the_platform ON handover_signatures TO tw_analytics
    USING (true) WITH CHECK (true);
CREATE POLICY handover_signatures_in_scope ON handover_signatures FOR SELECT TO tw_console
    USING (EXISTS (SELECT FROM handovers WHERE handovers.id = handover_signatures.handover_id));
ALTER TABLE handover_moves ENABLE ROW LEVEL SECURITY;
CREATE POLICY handover_moves_of_the_platform ON handover_moves TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY handover_moves_in_scope ON handover_moves FOR SELECT TO tw_console
    USING (EXISTS (SELECT FROM handovers WHERE handovers.id = handover_moves.handover_id));
