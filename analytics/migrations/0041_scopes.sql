-- What analytics keeps of assets, places and people shows the reader's own, by the database itself.

-- The console asks for an act and reads how it ended; what others said in theirs is not its business.
REVOKE SELECT ON acts FROM tw_console;
GRANT SELECT (id, request, state, outcome) ON acts TO tw_console;

ALTER TABLE conditions ENABLE ROW LEVEL SECURITY;
CREATE POLICY conditions_of_the_platform ON conditions TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY conditions_in_scope ON conditions FOR SELECT TO tw_console
    USING (EXISTS (SELECT FROM assets WHERE assets.id = conditions.asset_id));

ALTER TABLE plans ENABLE ROW LEVEL SECURITY;
CREATE POLICY plans_of_the_platform ON plans TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY plans_in_scope ON plans FOR SELECT TO tw_console, tw_grafana USING (
    EXISTS (SELECT FROM assets WHERE assets.id = plans.asset_id)
    OR EXISTS (
        SELECT FROM places
        WHERE places.id = plans.place_id AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
    )
);

ALTER TABLE plan_periods ENABLE ROW LEVEL SECURITY;
CREATE POLICY periods_of_the_platform ON plan_periods TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY periods_in_scope ON plan_periods FOR SELECT TO tw_console, tw_grafana
    USING (EXISTS (SELECT FROM plans WHERE plans.id = plan_periods.plan_id));

ALTER TABLE checkpoints ENABLE ROW LEVEL SECURITY;
CREATE POLICY checkpoints_of_the_platform ON checkpoints TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY checkpoints_in_scope ON checkpoints FOR SELECT TO tw_console USING (
    EXISTS (
        SELECT FROM places
        WHERE places.id = checkpoints.place_id
            AND places.path <@ ANY ((SELECT visible_scope())::ltree[])
    )
);

-- A line of the matrix that names a place is for who sees that place or stands below it.
ALTER TABLE duties ENABLE ROW LEVEL SECURITY;
CREATE POLICY duties_of_the_platform ON duties TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY duties_in_scope ON duties FOR SELECT TO tw_console, tw_grafana USING (
    place_path IS NULL
    OR place_path <@ ANY ((SELECT visible_scope())::ltree[])
    OR place_path @> ANY ((SELECT visible_scope())::ltree[])
);
ALTER TABLE duty_zones ENABLE ROW LEVEL SECURITY;
CREATE POLICY zones_of_the_platform ON duty_zones TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY zones_in_scope ON duty_zones FOR SELECT TO tw_console, tw_grafana USING (
    place_path <@ ANY ((SELECT visible_scope())::ltree[])
    OR place_path @> ANY ((SELECT visible_scope())::ltree[])
);

ALTER TABLE period_reviews ENABLE ROW LEVEL SECURITY;
CREATE POLICY reviews_of_the_platform ON period_reviews TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY reviews_in_scope ON period_reviews FOR SELECT TO tw_console, tw_grafana
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));

-- Technicians: the reader's own firm's, or those of firms that maintain something it sees.
ALTER TABLE technicians ENABLE ROW LEVEL SECURITY;
CREATE POLICY technicians_of_the_platform ON technicians TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY technicians_in_scope ON technicians FOR SELECT TO tw_console USING (
    organisation_id = (SELECT bound_organisation())
    OR ((SELECT bound_organisation()) IS NULL AND organisation_id IN (SELECT assets.maintainer_id FROM assets))
);
ALTER TABLE technician_certificates ENABLE ROW LEVEL SECURITY;
CREATE POLICY certificates_of_the_platform ON technician_certificates TO tw_analytics
    USING (true) WITH CHECK (true);
CREATE POLICY certificates_in_scope ON technician_certificates FOR SELECT TO tw_console
    USING (EXISTS (SELECT FROM technicians WHERE technicians.name = technician_certificates.technician));
ALTER TABLE technician_shifts ENABLE ROW LEVEL SECURITY;
CREATE POLICY shifts_of_the_platform ON technician_shifts TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY shifts_in_scope ON technician_shifts FOR SELECT TO tw_console
    USING (EXISTS (SELECT FROM technicians WHERE technicians.name = technician_shifts.technician));

-- People of a firm see the firm's own orders, wherever in their places.
CREATE POLICY orders_of_own_firm ON work_orders AS RESTRICTIVE FOR SELECT TO tw_console
    USING ((SELECT bound_organisation()) IS NULL OR owner_id = (SELECT bound_organisation()));
