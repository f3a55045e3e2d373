-- What is open at a place that is merged away, and not below it, is open at its successor: somebody
-- has to see it to end it. Who may see is another question; a merger widens nobody's scope.

ALTER TABLE place_followers ADD COLUMN is_joined boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN place_followers.is_joined IS 'Whether rows of a merged place itself become rows of its successor; kind place only';

CREATE FUNCTION join_place(former ltree, latter ltree) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    follower place_followers;
    joined bigint;
    total bigint := 0;
BEGIN
    FOR follower IN
        SELECT * FROM place_followers
        WHERE kind = 'place' AND is_joined AND to_regclass(relation) IS NOT NULL
        ORDER BY step, relation
    LOOP
        EXECUTE format(
            'UPDATE %1$I AS thing SET %2$I = $2 WHERE thing.%2$I = $1 AND (%3$s)',
            follower.relation, follower.path_column, follower.still
        ) USING former, latter;
        GET DIAGNOSTICS joined = ROW_COUNT;
        total := total + joined;
    END LOOP;
    RETURN total;
END $$;
COMMENT ON FUNCTION join_place(ltree, ltree) IS 'What is open at a merged place itself is open at its successor; how many rows';

REVOKE ALL ON FUNCTION join_place(ltree, ltree) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION join_place(ltree, ltree) TO tw_ingest;
