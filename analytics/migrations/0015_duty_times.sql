-- When a line of the matrix holds, how a version tells time, and versions that were taken back.

ALTER TABLE duties ADD COLUMN calendar text NOT NULL DEFAULT 'always';
COMMENT ON COLUMN duties.calendar IS 'Calendar of its version, or always';

ALTER TABLE duty_versions
    ADD COLUMN loaded_by text NOT NULL DEFAULT '',
    ADD COLUMN withdrawn_at timestamptz,
    ADD COLUMN withdrawn_by text NOT NULL DEFAULT '',
    DROP CONSTRAINT duty_versions_checksum_key;
COMMENT ON COLUMN duty_versions.valid_from IS 'From then on it is in force by itself, until a newer one is';
COMMENT ON COLUMN duty_versions.withdrawn_at IS 'Taken back before it came into force; it never was in force';
-- A version that was taken back may be loaded again.
CREATE UNIQUE INDEX duty_versions_checksum_key ON duty_versions (checksum) WHERE withdrawn_at IS NULL;

CREATE TABLE duty_calendars (
    version_id int NOT NULL REFERENCES duty_versions,
    name text NOT NULL,
    day_kinds text[] NOT NULL,
    dates date[] NOT NULL,
    begin_minutes int[] NOT NULL,
    end_minutes int[] NOT NULL,
    PRIMARY KEY (version_id, name),
    CONSTRAINT duty_calendars_know_their_days CHECK (day_kinds <@ ARRAY['workday', 'weekend', 'holiday']),
    CONSTRAINT duty_calendars_hours_have_ends CHECK (cardinality(begin_minutes) = cardinality(end_minutes))
);
COMMENT ON TABLE duty_calendars IS 'Named sets of moments of a version: nights, weekends, public holidays';
COMMENT ON COLUMN duty_calendars.dates IS 'Days beside those kinds of days';
COMMENT ON COLUMN duty_calendars.begin_minutes IS 'First minute of each part of the day, by the clock on the wall [min]';
COMMENT ON COLUMN duty_calendars.end_minutes IS 'First minute after each part [min]; before its begin: over midnight';

CREATE TABLE duty_zones (
    version_id int NOT NULL REFERENCES duty_versions,
    place_path ltree NOT NULL,
    zone text NOT NULL,
    PRIMARY KEY (version_id, place_path)
);
COMMENT ON TABLE duty_zones IS 'The clock on the wall at a place and all below it; without a row, Asia/Shanghai';

CREATE TABLE duty_holidays (
    version_id int NOT NULL REFERENCES duty_versions,
    year int NOT NULL,
    is_published boolean NOT NULL,
    basis text NOT NULL,
    holidays date[] NOT NULL,
    workdays date[] NOT NULL,
    PRIMARY KEY (version_id, year)
);
COMMENT ON TABLE duty_holidays IS 'Years of public holidays that a version brings, before those that come with the product';
COMMENT ON COLUMN duty_holidays.workdays IS 'Weekend days on which people work (调休)';

GRANT SELECT, INSERT ON duty_calendars, duty_zones, duty_holidays TO tw_analytics;
GRANT SELECT ON duty_calendars, duty_zones, duty_holidays TO tw_console, tw_grafana;
GRANT UPDATE (withdrawn_at, withdrawn_by) ON duty_versions TO tw_analytics;
