-- What stands on the public notice board 公示栏 of a compound, beside what the loop itself knows.

CREATE TABLE board_posts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    place_path ltree NOT NULL,
    field text NOT NULL CONSTRAINT board_posts_field_is_known CHECK (
        field IN (
            'project_manager', 'complaint_phone', 'services', 'fees', 'parking', 'shared_power',
            'fee_account', 'common_revenue', 'lift_spending'
        )
    ),
    asset_id int REFERENCES assets,
    period text NOT NULL DEFAULT '',
    text text NOT NULL,
    amount_fen bigint CONSTRAINT board_posts_amount_is_no_debt CHECK (amount_fen >= 0),
    posted_by text NOT NULL,
    posted_at timestamptz NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT board_posts_lift_spending_is_of_a_lift CHECK (
        (field = 'lift_spending') = (asset_id IS NOT NULL)
        AND (field <> 'lift_spending' OR (amount_fen IS NOT NULL AND period <> ''))
    )
);
COMMENT ON TABLE board_posts IS 'Append-only: the newest row of a field (of a lift and period) stands on the board; the digest is over the row''s content (SHA-256)';
COMMENT ON COLUMN board_posts.period IS 'What it is about, such as 2026-11, 2026-Q4 or 2026; empty: as of now';
COMMENT ON COLUMN board_posts.amount_fen IS 'fen (1/100 yuan)';
CREATE INDEX board_posts_newest ON board_posts (place_path, field, asset_id, period, id DESC);

GRANT SELECT, INSERT ON board_posts TO tw_analytics;
GRANT SELECT ON board_posts TO tw_console;
ALTER TABLE board_posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY board_posts_of_the_platform ON board_posts TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY board_posts_in_scope ON board_posts FOR SELECT TO tw_console
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
