-- Emergency repairs paid by the maintenance fund. The system records; it pays nothing.

CREATE TABLE fund_applications (
    order_id bigint PRIMARY KEY REFERENCES work_orders,
    place_path ltree NOT NULL,
    list_version text NOT NULL,
    item text NOT NULL,
    reason text NOT NULL,
    applied_by text NOT NULL,
    applied_at timestamptz NOT NULL,
    decided_by text,
    decided_at timestamptz,
    is_approved boolean,
    amount_fen bigint CONSTRAINT fund_applications_amount_is_positive CHECK (amount_fen > 0),
    settled_by text,
    settled_at timestamptz,
    published_by text,
    published_at timestamptz,
    CONSTRAINT fund_applications_in_order CHECK (
        (settled_at IS NULL OR is_approved) AND (published_at IS NULL OR settled_at IS NOT NULL)
        AND (settled_at IS NULL) = (amount_fen IS NULL)
    )
);
COMMENT ON TABLE fund_applications IS 'Orders on the emergency repair list: application, approval, final amount, publication; the order is not closed before the amount is public';
COMMENT ON COLUMN fund_applications.amount_fen IS 'Final amount, fen (1/100 yuan)';
COMMENT ON COLUMN fund_applications.list_version IS 'Version of the emergency repair list that the item stands on';

GRANT SELECT, INSERT, UPDATE ON fund_applications TO tw_analytics;
GRANT SELECT ON fund_applications TO tw_console;
ALTER TABLE fund_applications ENABLE ROW LEVEL SECURITY;
CREATE POLICY fund_of_the_platform ON fund_applications TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY fund_in_scope ON fund_applications FOR SELECT TO tw_console
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
