-- Several workers of the alarm process: each holds slices of places by lease rows. A lease gives
-- order and spreads work; what makes a decision happen once are the locks on the rows themselves.

CREATE TABLE alarm_leases (
    slice smallint PRIMARY KEY CONSTRAINT alarm_leases_slice_is_known CHECK (slice BETWEEN 0 AND 15),
    worker text NOT NULL,
    renewed_at timestamptz NOT NULL
);
COMMENT ON TABLE alarm_leases IS 'Which worker of the alarm process decides events of which places; those of a silent worker are taken over';

CREATE TABLE alarm_workers (
    worker text PRIMARY KEY,
    renewed_at timestamptz NOT NULL
);
COMMENT ON TABLE alarm_workers IS 'Which workers of the alarm process are alive, so that places can be shared out evenly';

GRANT SELECT, INSERT, UPDATE, DELETE ON alarm_leases, alarm_workers TO tw_analytics;
