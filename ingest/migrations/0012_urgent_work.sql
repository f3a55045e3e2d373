-- Which undecided events are of life safety, so that a flood of others is not read to find them.

ALTER TABLE event_work ADD COLUMN is_life_safety boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN event_work.is_life_safety IS 'Decided before all others; true where the writer did not say';
CREATE INDEX event_work_order ON event_work (is_life_safety DESC, event_id);
