-- Which worker of the alarm process decides an event: by its compound, so that what one compound
-- says is decided by one worker in its order, and several compounds side by side.

CREATE FUNCTION place_slice(path ltree) RETURNS smallint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (hashtextextended(subpath(path, 0, least(nlevel(path), 5))::text, 0) & 15)::smallint
$$;
COMMENT ON FUNCTION place_slice IS 'Slice 0 to 15 of a place''s compound (level 5 of the tree), the same for everything inside it';

ALTER TABLE event_work ADD COLUMN slice smallint NOT NULL DEFAULT 0
    CONSTRAINT event_work_slice_is_known CHECK (slice BETWEEN 0 AND 15);
COMMENT ON COLUMN event_work.slice IS 'Whose lease the event falls under; 0 where the writer did not say';
