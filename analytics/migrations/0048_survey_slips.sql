-- Codes by which a household or an owners' committee rates its company once a month.

CREATE TABLE survey_slips (
    token_hash bytea PRIMARY KEY,
    place_path ltree NOT NULL,
    giver text NOT NULL CONSTRAINT survey_slips_giver_is_known CHECK (giver IN ('owner', 'committee')),
    household text NOT NULL CONSTRAINT survey_slips_household_is_not_empty CHECK (household <> ''),
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    revoked_at timestamptz
);
COMMENT ON TABLE survey_slips IS 'One code in force for each household of a compound; it rates once in a month';
COMMENT ON COLUMN survey_slips.token_hash IS 'SHA-256 of the token in the QR code';
COMMENT ON COLUMN survey_slips.household IS 'Door number, such as 3-1-1102; nobody''s name';
CREATE UNIQUE INDEX survey_slips_one ON survey_slips (place_path, giver, household) WHERE revoked_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON survey_slips TO tw_analytics;
GRANT SELECT ON survey_slips TO tw_console;
ALTER TABLE survey_slips ENABLE ROW LEVEL SECURITY;
CREATE POLICY survey_slips_of_the_platform ON survey_slips TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY survey_slips_in_scope ON survey_slips FOR SELECT TO tw_console
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
