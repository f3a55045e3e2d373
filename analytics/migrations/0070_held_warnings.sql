-- A model that meets another world than it was trained on still tells what it sees, but opens no orders.

ALTER TABLE warnings ADD COLUMN held_since timestamptz;
COMMENT ON COLUMN warnings.held_since IS 'Its model had drifted: told since then, without an alarm or an order; NULL: not held';
