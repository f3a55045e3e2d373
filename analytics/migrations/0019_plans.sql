-- Duties by the calendar: maintenance of lifts, test calls, fire rounds.

CREATE TABLE plans (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CONSTRAINT plans_kind_is_known CHECK (
        kind IN ('lift_maintenance', 'alarm_test_call', 'fire_round')
    ),
    asset_id int REFERENCES assets,
    place_id int REFERENCES places,
    every text NOT NULL CONSTRAINT plans_every_is_known CHECK (
        every IN ('half_month', 'three_days', 'day', 'week', 'month')
    ),
    starts_on date NOT NULL,
    ended_at timestamptz,
    CONSTRAINT plans_have_one_subject CHECK (num_nonnulls(asset_id, place_id) = 1)
);
COMMENT ON TABLE plans IS 'What has to be done again and again, on an asset or in a place, and from when on';
CREATE UNIQUE INDEX plans_one_of_asset ON plans (kind, asset_id) WHERE ended_at IS NULL AND asset_id IS NOT NULL;
CREATE UNIQUE INDEX plans_one_of_place ON plans (kind, place_id, every) WHERE ended_at IS NULL AND place_id IS NOT NULL;

CREATE TABLE plan_periods (
    plan_id int NOT NULL REFERENCES plans,
    number int NOT NULL,
    class text NOT NULL DEFAULT '',
    begins_on date NOT NULL,
    due_at timestamptz NOT NULL,
    order_id bigint REFERENCES work_orders,
    evidence text NOT NULL DEFAULT '',
    done_at timestamptz,
    CONSTRAINT plan_periods_key PRIMARY KEY (plan_id, number)
);
COMMENT ON TABLE plan_periods IS 'One turn of a plan: planned once, whoever plans and however often';
COMMENT ON COLUMN plan_periods.number IS 'Periods since the plan began, from 0';
COMMENT ON COLUMN plan_periods.class IS 'half_month, quarter, half_year or year; each deeper class contains the lower';
COMMENT ON COLUMN plan_periods.done_at IS 'When the evidence came; where a person did it, the order says when';
COMMENT ON COLUMN plan_periods.evidence IS 'What did it without a person, such as the test call that was received';
CREATE INDEX plan_periods_order ON plan_periods (order_id);

CREATE VIEW assets_under_work WITH (security_invoker = true) AS
SELECT work_orders.asset_id, work_orders.id AS order_id, work_orders.number, work_orders.arrived_at AS since
FROM work_orders
WHERE work_orders.asset_id IS NOT NULL AND work_orders.state = 'on_site' AND work_orders.closed_at IS NULL;
COMMENT ON VIEW assets_under_work IS 'Assets that somebody works on now, with the order: what they report meanwhile may be suppressed, life safety never';
GRANT SELECT ON assets_under_work TO tw_analytics, tw_console;

GRANT SELECT, INSERT, UPDATE ON plans, plan_periods TO tw_analytics;
GRANT SELECT ON plans, plan_periods TO tw_console, tw_grafana;
