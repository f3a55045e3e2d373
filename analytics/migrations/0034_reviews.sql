-- Ends of periods: measures are proposed once, and what is overdue is reminded of once.

CREATE TABLE period_reviews (
    period text NOT NULL,
    place_path ltree NOT NULL,
    kind text NOT NULL CONSTRAINT period_reviews_kind_is_known CHECK (kind IN ('last_five', 'lists')),
    reviewed_at timestamptz NOT NULL,
    companies int NOT NULL,
    proposals int NOT NULL,
    CONSTRAINT period_reviews_key PRIMARY KEY (period, place_path, kind)
);
COMMENT ON TABLE period_reviews IS 'Periods whose end was looked at: what the scores proposed, for persons to decide';
COMMENT ON COLUMN period_reviews.companies IS 'Companies that were compared';

CREATE TABLE reminders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    about text NOT NULL CONSTRAINT reminders_about_is_known CHECK (
        about IN ('measure', 'certificate', 'contract')
    ),
    subject text NOT NULL,
    due date NOT NULL,
    kind text NOT NULL CONSTRAINT reminders_kind_is_known CHECK (kind IN ('soon', 'over')),
    reminded_at timestamptz NOT NULL,
    CONSTRAINT reminders_come_once UNIQUE (about, subject, due, kind)
);
COMMENT ON TABLE reminders IS 'What somebody was reminded of, once for each day that it fell or falls due';
COMMENT ON COLUMN reminders.subject IS 'Number of the measure; technician and skill; organisation and asset class of a contract';

-- A company that works in two streets stands in the ranking of each.
DROP INDEX measures_once_a_period;
CREATE UNIQUE INDEX measures_once_a_period ON measures (kind, company_id, period, place_path)
    WHERE period <> '' AND stage <> 'withdrawn';

GRANT SELECT, INSERT ON period_reviews, reminders TO tw_analytics;
GRANT SELECT ON period_reviews TO tw_grafana;
