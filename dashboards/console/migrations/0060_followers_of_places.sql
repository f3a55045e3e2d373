-- A place that is moved stays in the scope of whoever saw it.

INSERT INTO place_followers (relation, path_column, kind) VALUES ('users', 'scope', 'places');
