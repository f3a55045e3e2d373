-- Open alarms, work and rescues go with their assets; what names a place goes with the place.

INSERT INTO place_followers (relation, path_column, kind, still, step) VALUES
    ('alarms', 'place_path', 'asset', 'thing.closed_at IS NULL', 1),
    ('work_orders', 'place_path', 'asset', 'thing.closed_at IS NULL', 2),
    ('rescues', 'place_path', 'asset', 'thing.closed_at IS NULL', 3),
    ('proposals', 'place_path', 'asset', 'thing.state = ''open''', 4),
    ('warnings', 'place_path', 'asset', 'thing.settled_at IS NULL', 5),
    ('holds', 'place_path', 'place', 'thing.ended_at IS NULL', 6),
    ('duties', 'place_path', 'place', 'true', 7),
    ('duty_zones', 'place_path', 'place', 'true', 7),
    ('post_checks', 'place_path', 'place', 'thing.state IN (''planned'', ''waiting'')', 8),
    ('agreements', 'place_path', 'place', 'thing.ended_at IS NULL', 9);
