-- The alarms that ended last, without reading the open ones.

CREATE INDEX alarms_closed ON alarms (closed_at DESC) WHERE closed_at IS NOT NULL;
