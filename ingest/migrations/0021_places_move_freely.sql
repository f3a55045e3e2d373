-- A file of the registry that moves a compound lets alarms of unregistered devices there through. A
-- changed column of a unique constraint counts as the row's key, so that whoever refers to the place
-- (a placeholder of such a device) waited until the whole file was applied; one of a partial index
-- does not. Where a place stands is no key: everything refers to its number.
CREATE UNIQUE INDEX places_path_once ON places (path) WHERE path IS NOT NULL;
ALTER TABLE places DROP CONSTRAINT places_path_key;
