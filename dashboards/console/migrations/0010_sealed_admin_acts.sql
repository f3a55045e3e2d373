-- What administrators did is sealed into the audit chain. Only what the console writes is noted, and
-- by this function alone: a row that came by another way has no seal and shows.
CREATE FUNCTION note_admin_act_for_sealing() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF session_user <> 'tw_console' THEN
        RETURN NULL;
    END IF;
    INSERT INTO seal_work (source, row_key) SELECT 'admin', id::text FROM written ORDER BY id;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION note_admin_act_for_sealing() FROM PUBLIC;
CREATE TRIGGER admin_acts_seal AFTER INSERT ON admin_acts
REFERENCING NEW TABLE AS written
FOR EACH STATEMENT EXECUTE FUNCTION note_admin_act_for_sealing();

-- What was written before is sealed first.
INSERT INTO seal_work (source, row_key) SELECT 'admin', id::text FROM admin_acts ORDER BY id;

-- The sealer and the verifier read all of it.
GRANT SELECT ON admin_acts TO tw_analytics;
CREATE POLICY admin_acts_for_the_sealer ON admin_acts FOR SELECT TO tw_analytics USING (true);
