-- What other platforms may read, by an agreement; and what each of them has read.

CREATE TABLE agreements (
    code text PRIMARY KEY CONSTRAINT agreements_code_is_a_word CHECK (code ~ '^[a-z0-9-]{2,40}$'),
    party text NOT NULL CONSTRAINT agreements_party_is_not_empty CHECK (party <> ''),
    dataset text NOT NULL,
    fields text[] NOT NULL CONSTRAINT agreements_give_something CHECK (cardinality(fields) > 0),
    unmasked text[] NOT NULL DEFAULT '{}' CONSTRAINT agreements_unmask_what_they_give CHECK (unmasked <@ fields),
    purpose text NOT NULL CONSTRAINT agreements_have_a_purpose CHECK (purpose <> ''),
    legal_basis text NOT NULL CONSTRAINT agreements_have_a_basis CHECK (legal_basis <> ''),
    place_path ltree NOT NULL,
    begins_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    added_by text NOT NULL,
    added_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_by text,
    end_reason text,
    CONSTRAINT agreements_end_after_they_begin CHECK (ends_at > begins_at),
    CONSTRAINT agreements_end_with_a_reason CHECK (
        (ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (end_reason IS NULL)
    )
);
COMMENT ON TABLE agreements IS 'What another platform may read: which fields of which places, for what, on which legal basis, until when';
COMMENT ON COLUMN agreements.unmasked IS 'Fields with personal data that are given as they are; others are masked';
COMMENT ON COLUMN agreements.place_path IS 'Nothing outside this place is given';
COMMENT ON COLUMN agreements.ends_at IS 'Nothing is given from this moment on';
COMMENT ON COLUMN agreements.ended_at IS 'It was withdrawn before its end';

ALTER TABLE exchange_keys
    ADD CONSTRAINT exchange_keys_agreement_fkey FOREIGN KEY (agreement) REFERENCES agreements;

CREATE TABLE agreement_exports (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agreement text NOT NULL REFERENCES agreements,
    at timestamptz NOT NULL,
    reader text NOT NULL,
    format text NOT NULL CONSTRAINT agreement_exports_format_is_known CHECK (format IN ('ndjson', 'csv')),
    fields text[] NOT NULL,
    "rows" int NOT NULL CONSTRAINT agreement_exports_rows_are_counted CHECK ("rows" >= 0),
    sha256 bytea NOT NULL
);
COMMENT ON TABLE agreement_exports IS 'Append-only: every page that was given, written before it left';
COMMENT ON COLUMN agreement_exports.reader IS 'The key''s first characters and the address it came from';
COMMENT ON COLUMN agreement_exports.sha256 IS 'Over the bytes that were given';
CREATE INDEX agreement_exports_of ON agreement_exports (agreement, id DESC);

-- The agreement of a key, whatever has become of it; who asks with the key may know.
CREATE FUNCTION agreement_of_key(asked bytea)
RETURNS TABLE (
    code text, dataset text, fields text[], unmasked text[], place_path ltree, begins_at timestamptz,
    ends_at timestamptz, ended_at timestamptz, hint text
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT agreements.code, agreements.dataset, agreements.fields, agreements.unmasked,
        agreements.place_path, agreements.begins_at, agreements.ends_at, agreements.ended_at,
        exchange_keys.hint
    FROM exchange_keys
    JOIN agreements ON agreements.code = exchange_keys.agreement
    WHERE exchange_keys.key_hash = asked AND exchange_keys.revoked_at IS NULL
$$;
COMMENT ON FUNCTION agreement_of_key(bytea) IS 'What a key''s agreement gives, for whoever holds the key';
REVOKE ALL ON FUNCTION agreement_of_key(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agreement_of_key(bytea) TO tw_console;

GRANT SELECT, INSERT ON agreements TO tw_analytics;
GRANT UPDATE (ended_at, ended_by, end_reason) ON agreements TO tw_analytics;
GRANT SELECT ON agreement_exports TO tw_analytics;
GRANT SELECT ON agreements TO tw_console;
GRANT SELECT, INSERT ON agreement_exports TO tw_console;
ALTER TABLE agreements ENABLE ROW LEVEL SECURITY;
CREATE POLICY agreements_of_the_platform ON agreements TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY agreements_in_scope ON agreements FOR SELECT TO tw_console
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
ALTER TABLE agreement_exports ENABLE ROW LEVEL SECURITY;
CREATE POLICY agreement_exports_of_the_platform ON agreement_exports FOR SELECT TO tw_analytics USING (true);
CREATE POLICY agreement_exports_in_scope ON agreement_exports TO tw_console
    USING (EXISTS (SELECT FROM agreements WHERE agreements.code = agreement_exports.agreement))
    WITH CHECK (EXISTS (SELECT FROM agreements WHERE agreements.code = agreement_exports.agreement));
