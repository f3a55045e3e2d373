-- What is open at a place goes with it when it is moved, merged or split, and so does who may see it. What
-- is over keeps the path that it had. Each package says here which of its tables are meant.

CREATE TABLE place_followers (
    relation text PRIMARY KEY,
    path_column text NOT NULL,
    kind text NOT NULL CONSTRAINT place_followers_kind_is_known CHECK (kind IN ('asset', 'place', 'places')),
    still text NOT NULL DEFAULT 'true',
    step smallint NOT NULL DEFAULT 0
);
COMMENT ON TABLE place_followers IS 'Tables whose open rows go where their asset or place goes; written by migrations alone';
COMMENT ON COLUMN place_followers.kind IS 'asset: the row has an asset_id and stands where that stands; place: its path names a place; places: an array of such paths';
COMMENT ON COLUMN place_followers.still IS 'Which rows are not over, as a condition on `thing`';
COMMENT ON COLUMN place_followers.step IS 'Tables are written in this order, which is that of the alarm process';

INSERT INTO place_followers (relation, path_column, kind) VALUES ('reader_scopes', 'path', 'place');

-- Alarms that are born while a place moves are waited for: none stays behind with the former path.
CREATE FUNCTION follow_assets() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    follower place_followers;
    moved bigint;
    total bigint := 0;
BEGIN
    FOR follower IN
        SELECT * FROM place_followers
        WHERE kind = 'asset' AND to_regclass(relation) IS NOT NULL
        ORDER BY step, relation
    LOOP
        EXECUTE format('LOCK TABLE %I IN SHARE ROW EXCLUSIVE MODE', follower.relation);
        EXECUTE format(
            'UPDATE %1$I AS thing SET %2$I = places.path FROM assets JOIN places ON places.id = assets.place_id'
            ' WHERE assets.id = thing.asset_id AND thing.%2$I <> places.path AND (%3$s)',
            follower.relation, follower.path_column, follower.still
        );
        GET DIAGNOSTICS moved = ROW_COUNT;
        total := total + moved;
    END LOOP;
    RETURN total;
END $$;
COMMENT ON FUNCTION follow_assets() IS 'Open rows go where their assets stand now; how many';

CREATE FUNCTION path_after(path ltree, former ltree, latter ltree) RETURNS ltree
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
    SELECT CASE
        WHEN NOT path <@ former THEN path
        WHEN path = former THEN latter
        ELSE latter || subpath(path, nlevel(former))
    END
$$;
COMMENT ON FUNCTION path_after(ltree, ltree, ltree) IS 'A path after the place `former` was moved to `latter`';

CREATE FUNCTION follow_place(former ltree, latter ltree) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    follower place_followers;
    moved bigint;
    total bigint := 0;
BEGIN
    FOR follower IN
        SELECT * FROM place_followers
        WHERE kind <> 'asset' AND to_regclass(relation) IS NOT NULL
        ORDER BY step, relation
    LOOP
        IF follower.kind = 'place' THEN
            EXECUTE format(
                'UPDATE %1$I AS thing SET %2$I = path_after(thing.%2$I, $1, $2) WHERE thing.%2$I <@ $1 AND (%3$s)',
                follower.relation, follower.path_column, follower.still
            ) USING former, latter;
        ELSE
            EXECUTE format(
                'UPDATE %1$I AS thing SET %2$I = ARRAY('
                ' SELECT path_after(one.path, $1, $2) FROM unnest(thing.%2$I) WITH ORDINALITY AS one (path, n) ORDER BY one.n'
                ') WHERE EXISTS (SELECT FROM unnest(thing.%2$I) AS one (path) WHERE one.path <@ $1) AND (%3$s)',
                follower.relation, follower.path_column, follower.still
            ) USING former, latter;
        END IF;
        GET DIAGNOSTICS moved = ROW_COUNT;
        total := total + moved;
    END LOOP;
    RETURN total;
END $$;
COMMENT ON FUNCTION follow_place(ltree, ltree) IS 'What names a place that was moved, or one below it, names it where it is now; how many rows';

-- Whoever saw the whole place sees its parts, and nothing more.
CREATE FUNCTION share_place(origin ltree, part ltree) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    follower place_followers;
    shared bigint;
    total bigint := 0;
BEGIN
    FOR follower IN
        SELECT * FROM place_followers
        WHERE kind = 'places' AND to_regclass(relation) IS NOT NULL
        ORDER BY step, relation
    LOOP
        EXECUTE format(
            'UPDATE %1$I AS thing SET %2$I = thing.%2$I || $2'
            ' WHERE $1 = ANY (thing.%2$I) AND NOT $2 = ANY (thing.%2$I) AND (%3$s)',
            follower.relation, follower.path_column, follower.still
        ) USING origin, part;
        GET DIAGNOSTICS shared = ROW_COUNT;
        total := total + shared;
    END LOOP;
    INSERT INTO reader_scopes (role_name, path)
    SELECT role_name, part FROM reader_scopes WHERE path = origin
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS shared = ROW_COUNT;
    RETURN total + shared;
END $$;
COMMENT ON FUNCTION share_place(ltree, ltree) IS 'Whoever may see a place that was split may see the part; how many';

REVOKE ALL ON FUNCTION follow_assets(), follow_place(ltree, ltree), share_place(ltree, ltree) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION follow_assets(), follow_place(ltree, ltree), share_place(ltree, ltree) TO tw_ingest;
