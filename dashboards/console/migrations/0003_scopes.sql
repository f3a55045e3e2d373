-- Who saw which alarm is seen by whoever sees the alarm.

ALTER TABLE sightings ENABLE ROW LEVEL SECURITY;
CREATE POLICY sightings_in_scope ON sightings TO tw_console, tw_grafana
    USING (EXISTS (SELECT FROM alarms WHERE alarms.id = sightings.alarm_id))
    WITH CHECK (EXISTS (SELECT FROM alarms WHERE alarms.id = sightings.alarm_id));
