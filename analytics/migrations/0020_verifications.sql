-- Whether what was said to be repaired is repaired, and what those think who live there.

CREATE TABLE order_verifications (
    order_id bigint NOT NULL REFERENCES work_orders,
    restored_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    result text CONSTRAINT order_verifications_result_is_known CHECK (
        result IN ('verified', 'not_verified', 'silent')
    ),
    evidence jsonb,
    decided_at timestamptz,
    CONSTRAINT order_verifications_key PRIMARY KEY (order_id, restored_at),
    CONSTRAINT order_verifications_decide_with_evidence
        CHECK ((result IS NULL) = (decided_at IS NULL) AND (result IS NULL) = (evidence IS NULL))
);
COMMENT ON TABLE order_verifications IS 'What telemetry says about a repair: looked at once, some time after it was said to be done';
COMMENT ON COLUMN order_verifications.result IS 'silent: the asset says nothing, so a second person has to look';
COMMENT ON COLUMN order_verifications.evidence IS 'JSON: what was looked at and found';
CREATE INDEX order_verifications_due ON order_verifications (due_at) WHERE result IS NULL;

CREATE TABLE rating_tokens (
    token_hash bytea PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES work_orders,
    rater text NOT NULL CONSTRAINT rating_tokens_rater_is_known CHECK (rater IN ('resident', 'owner', 'owners_committee')),
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
COMMENT ON TABLE rating_tokens IS 'Links that let somebody without an account rate one order once';
COMMENT ON COLUMN rating_tokens.token_hash IS 'SHA-256 of the token in the link';
CREATE INDEX rating_tokens_order ON rating_tokens (order_id);

CREATE TABLE order_ratings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES work_orders,
    rater text NOT NULL,
    stars smallint NOT NULL CONSTRAINT order_ratings_stars_are_one_to_five CHECK (stars BETWEEN 1 AND 5),
    comment text NOT NULL DEFAULT '',
    rated_at timestamptz NOT NULL,
    digest bytea NOT NULL
);
COMMENT ON TABLE order_ratings IS 'What residents, owners and committees think of the work; the digest is over the row''s content';
CREATE INDEX order_ratings_order ON order_ratings (order_id);

GRANT SELECT, INSERT, UPDATE ON order_verifications, rating_tokens TO tw_analytics;
GRANT SELECT, INSERT ON order_ratings TO tw_analytics;
GRANT SELECT ON order_verifications, order_ratings TO tw_console, tw_grafana;

ALTER TABLE order_verifications ENABLE ROW LEVEL SECURITY;
CREATE POLICY verifications_of_the_platform ON order_verifications TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY verifications_in_scope ON order_verifications FOR SELECT TO tw_console, tw_grafana
    USING (EXISTS (SELECT FROM work_orders WHERE work_orders.id = order_verifications.order_id));
ALTER TABLE order_ratings ENABLE ROW LEVEL SECURITY;
CREATE POLICY ratings_of_the_platform ON order_ratings TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY ratings_in_scope ON order_ratings FOR SELECT TO tw_console, tw_grafana
    USING (EXISTS (SELECT FROM work_orders WHERE work_orders.id = order_ratings.order_id));
