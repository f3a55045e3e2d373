-- Places that were merged or split keep their duties: the lines of the matrix, the desks' rosters and
-- the hand-overs that are planned go to their heirs, by the alarm process, before the next event.

CREATE TABLE place_change_work (
    change_id int PRIMARY KEY REFERENCES place_changes
);
COMMENT ON TABLE place_change_work IS 'Merged and split places whose duties, rosters and planned hand-overs have not gone to their heirs yet';

CREATE FUNCTION note_place_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO place_change_work (change_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION note_place_change() FROM PUBLIC;
CREATE TRIGGER place_changes_leave_work AFTER INSERT ON place_changes
    FOR EACH ROW WHEN (NEW.kind IN ('merge', 'split')) EXECUTE FUNCTION note_place_change();

ALTER TABLE duties
    ADD COLUMN change_id int REFERENCES place_changes,
    ADD COLUMN replaced_by int REFERENCES duties;
COMMENT ON COLUMN duties.change_id IS 'The merger or split by which it came here; NULL: it is in the file';
COMMENT ON COLUMN duties.replaced_by IS 'The line that stands in its place since a merger: what was born under it keeps it';

-- The plan is read as it was written: what happened to its places since then is looked up.
CREATE FUNCTION newest_place_change() RETURNS int
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$ SELECT coalesce(max(id), 0) FROM place_changes $$;
ALTER TABLE safety_plans ADD COLUMN places_through int NOT NULL DEFAULT newest_place_change();
COMMENT ON COLUMN safety_plans.places_through IS 'Newest change of the tree of places when it was loaded: its paths are of that time';
UPDATE safety_plans SET places_through = coalesce(
    (SELECT max(place_changes.id) FROM place_changes WHERE place_changes.changed_at <= safety_plans.loaded_at), 0
);

GRANT SELECT, UPDATE, DELETE ON place_change_work TO tw_analytics;
GRANT SELECT ON place_change_work TO tw_console;
GRANT UPDATE (replaced_by) ON duties TO tw_analytics;
GRANT EXECUTE ON FUNCTION newest_place_change() TO tw_analytics;

-- Rows that people must go on seeing where their place is now, to end, approve, sign or carry them out.
-- A shift that is being handed over is the console's; it would be invisible to who is to take it.
INSERT INTO place_followers (relation, path_column, kind, still, step) VALUES
    ('walk_tests', 'place_path', 'asset', 'thing.state = ''open''', 5),
    ('drills', 'place_path', 'place', 'thing.ended_at IS NULL', 6),
    ('incidents', 'place_path', 'place', 'thing.closed_at IS NULL', 6),
    ('cases', 'place_path', 'place', 'thing.closed_at IS NULL', 9),
    ('case_systems', 'place_path', 'place', 'thing.removed_at IS NULL', 9),
    ('measures', 'place_path', 'place', 'thing.closed_at IS NULL', 9),
    (
        'handovers', 'place_path', 'place',
        'thing.state = ''planned'' OR thing.done_at > now() - interval ''10 minutes''', 9
    ),
    ('shift_handovers', 'place_paths', 'places', 'thing.taken_at IS NULL', 9);
UPDATE place_followers SET is_joined = true
WHERE relation IN ('holds', 'drills', 'incidents', 'cases', 'case_systems', 'measures');
