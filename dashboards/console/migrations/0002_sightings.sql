-- The second of an alarm's three ticks: when it was first shown on a person's screen.

CREATE TABLE sightings (
    alarm_id bigint PRIMARY KEY,
    user_name text NOT NULL REFERENCES users,
    seen_at timestamptz NOT NULL
);
COMMENT ON TABLE sightings IS 'First time that an alarm stood on a visible page; written by the console alone';
GRANT SELECT, INSERT ON sightings TO tw_console;
GRANT SELECT ON sightings TO tw_grafana;
