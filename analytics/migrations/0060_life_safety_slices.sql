-- Which worker of the alarm process begins a confirmation or rescue: the one that decides the events
-- of its compound. A zone is locked as a whole, and two workers at it would wait for each other.

ALTER TABLE life_safety_work ADD COLUMN slice smallint NOT NULL DEFAULT 0
    CONSTRAINT life_safety_work_slice_is_known CHECK (slice BETWEEN 0 AND 15);
COMMENT ON COLUMN life_safety_work.slice IS 'Whose lease the alarm falls under; 0 where the writer did not say';
