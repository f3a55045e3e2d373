-- A photo that was taken where there was no signal says when, as a step that comes late does.

ALTER TABLE order_photos ADD COLUMN note text NOT NULL DEFAULT '';
COMMENT ON COLUMN order_photos.note IS 'What was said with it; where it came late, when it was taken';
