-- Incidents by rule, marks on alarms, and the load of desks.

ALTER TABLE incidents ADD COLUMN rule text NOT NULL DEFAULT '';
ALTER TABLE incidents ADD COLUMN scope text NOT NULL DEFAULT '';
ALTER TABLE incidents ADD COLUMN head_id bigint REFERENCES alarms;
ALTER TABLE incidents ADD COLUMN cause_en text NOT NULL DEFAULT '';
COMMENT ON COLUMN incidents.cause IS 'What it is, in Chinese';
COMMENT ON COLUMN incidents.rule IS 'The rule of the playbook that joined its alarms';
COMMENT ON COLUMN incidents.scope IS 'What its alarms share: a gateway, a building, a fire zone';
COMMENT ON COLUMN incidents.head_id IS 'The alarm that stands for all; others of it may stand behind it';
CREATE UNIQUE INDEX incidents_one_open ON incidents (rule, scope) WHERE closed_at IS NULL;
CREATE INDEX incidents_head ON incidents (head_id) WHERE closed_at IS NULL;

ALTER TABLE alarms ADD COLUMN is_folded boolean NOT NULL DEFAULT false;
ALTER TABLE alarms ADD CONSTRAINT alarms_never_fold_life_safety CHECK (NOT (is_folded AND is_life_safety));
COMMENT ON COLUMN alarms.incident_id IS 'The incident that it belongs to';
COMMENT ON COLUMN alarms.is_folded IS 'Stands behind the head of its incident; counted and listed with it';
CREATE INDEX alarms_incident ON alarms (incident_id, id) WHERE incident_id IS NOT NULL;
CREATE INDEX alarms_opened ON alarms (opened_at);

CREATE TABLE fold_work (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alarm_id bigint NOT NULL
);
COMMENT ON TABLE fold_work IS 'Alarms that were born, ended or hidden and that no incident has looked at since; whoever writes the alarm writes the row';

CREATE FUNCTION note_for_folding() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO fold_work (alarm_id) SELECT id FROM born;
    ELSE
        INSERT INTO fold_work (alarm_id) VALUES (NEW.id);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER alarms_fold_born AFTER INSERT ON alarms
REFERENCING NEW TABLE AS born
FOR EACH STATEMENT EXECUTE FUNCTION note_for_folding();
CREATE TRIGGER alarms_fold_changed AFTER UPDATE OF state ON alarms
FOR EACH ROW
WHEN (
    NEW.incident_id IS NOT NULL
    AND OLD.state <> NEW.state
    AND NEW.state IN ('normal', 'shelved', 'suppressed', 'out_of_service')
)
EXECUTE FUNCTION note_for_folding();

CREATE TABLE alarm_marks (
    alarm_id bigint NOT NULL REFERENCES alarms,
    mark text NOT NULL CONSTRAINT alarm_marks_mark_is_known CHECK (
        mark IN ('chattering', 'fleeting', 'stale')
    ),
    place_path ltree NOT NULL,
    since timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (alarm_id, mark)
);
COMMENT ON TABLE alarm_marks IS 'What is wrong with an alarm as an alarm: it chatters, is over too soon to act, or stands for too long';
CREATE INDEX alarm_marks_running ON alarm_marks (mark, since) WHERE ended_at IS NULL;
CREATE INDEX alarm_transitions_at ON alarm_transitions USING brin (at);

CREATE VIEW alarm_load WITH (security_invoker = true) AS
SELECT
    date_bin(INTERVAL '10 minutes', alarms.opened_at, timestamptz 'epoch') AS bucket,
    alarms.responsible_id,
    count(*) AS raised,
    count(*) FILTER (WHERE NOT alarms.is_folded) AS shown,
    count(*) FILTER (WHERE alarms.is_life_safety) AS life_safety
FROM alarms
WHERE NOT alarms.is_drill
GROUP BY 1, 2;
COMMENT ON VIEW alarm_load IS 'Alarms per desk and 10 minutes, before and after folding; up to 1 is manageable and more than 10 a flood (EEMUA 191, ISA-18.2; unverified)';

GRANT INSERT, SELECT, UPDATE, DELETE ON fold_work TO tw_analytics;
GRANT SELECT, INSERT, UPDATE ON alarm_marks TO tw_analytics;
GRANT SELECT ON alarm_marks TO tw_console, tw_grafana;
GRANT SELECT ON alarm_load TO tw_analytics, tw_console, tw_grafana;
ALTER TABLE alarm_marks ENABLE ROW LEVEL SECURITY;
CREATE POLICY marks_of_the_platform ON alarm_marks TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY marks_in_scope ON alarm_marks FOR SELECT TO tw_console, tw_grafana
    USING (place_path <@ ANY ((SELECT visible_scope())::ltree[]));
