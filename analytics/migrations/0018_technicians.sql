-- Who can do the work, who was given which order, and where an order came from.

CREATE TABLE technicians (
    name text PRIMARY KEY CONSTRAINT technicians_name_is_a_word CHECK (name ~ '^[a-z0-9._-]{2,40}$'),
    organisation_id int NOT NULL REFERENCES organisations,
    display_name text NOT NULL,
    latitude double precision CONSTRAINT technicians_latitude_is_on_earth CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision CONSTRAINT technicians_longitude_is_on_earth CHECK (longitude BETWEEN -180 AND 180),
    capacity int NOT NULL CONSTRAINT technicians_capacity_is_sensible CHECK (capacity BETWEEN 1 AND 20),
    left_at timestamptz
);
COMMENT ON TABLE technicians IS 'People who work orders off; the name is the one they log in with';
COMMENT ON COLUMN technicians.latitude IS 'degrees, WGS 84: where the person sets out from; nobody''s movements are followed';
COMMENT ON COLUMN technicians.longitude IS 'degrees, WGS 84';
COMMENT ON COLUMN technicians.capacity IS 'Most open orders at a time';

CREATE TABLE technician_certificates (
    technician text NOT NULL REFERENCES technicians,
    skill text NOT NULL CONSTRAINT technician_certificates_skill_is_known CHECK (
        skill IN ('lift', 'fire', 'electrical')
    ),
    number text NOT NULL,
    valid_until date NOT NULL,
    PRIMARY KEY (technician, skill)
);
COMMENT ON TABLE technician_certificates IS 'What somebody may work on, and until when; without a valid one no order of the kind is given';

CREATE TABLE technician_shifts (
    technician text NOT NULL REFERENCES technicians,
    weekday smallint NOT NULL CONSTRAINT technician_shifts_weekday_is_iso CHECK (weekday BETWEEN 1 AND 7),
    starts_at time NOT NULL,
    ends_at time NOT NULL,
    PRIMARY KEY (technician, weekday, starts_at)
);
COMMENT ON TABLE technician_shifts IS 'Weekly roster in the zone of the places (1 Monday); a shift that ends before it starts goes over midnight';

ALTER TABLE work_orders ALTER COLUMN asset_id DROP NOT NULL;
ALTER TABLE work_orders ADD COLUMN source text NOT NULL DEFAULT 'alarm'
    CONSTRAINT work_orders_source_is_known CHECK (
        source IN ('alarm', 'plan', 'resident', 'hotline', 'round', 'joint_call', 'supervision')
    );
ALTER TABLE work_orders ADD COLUMN source_key text CONSTRAINT work_orders_source_key_key UNIQUE;
ALTER TABLE work_orders ADD COLUMN cause text NOT NULL DEFAULT '';
ALTER TABLE work_orders ADD COLUMN detail text NOT NULL DEFAULT '';
ALTER TABLE work_orders ADD COLUMN linked_at timestamptz;
ALTER TABLE work_orders ADD COLUMN merged_into bigint REFERENCES work_orders;
ALTER TABLE work_orders ADD COLUMN repeat_of bigint REFERENCES work_orders;
ALTER TABLE work_orders ADD COLUMN not_fixed_at timestamptz;
ALTER TABLE work_orders ADD COLUMN parent_id bigint REFERENCES work_orders;
ALTER TABLE work_orders ADD COLUMN no_technician_at timestamptz;
ALTER TABLE work_orders ADD CONSTRAINT work_orders_merge_names_its_survivor
    CHECK (merged_into IS NULL OR state = 'merged');
COMMENT ON COLUMN work_orders.asset_id IS 'NULL: it is about a place, such as a blocked fire lane';
COMMENT ON COLUMN work_orders.source_key IS 'What it came from, so that the same thing opens one order only';
COMMENT ON COLUMN work_orders.cause IS 'Condition, kind of report or kind of duty: same asset and cause again within 30 days is a repeat';
COMMENT ON COLUMN work_orders.linked_at IS 'When it was compared with the orders before it';
COMMENT ON COLUMN work_orders.merged_into IS 'The open order that does the same work';
COMMENT ON COLUMN work_orders.repeat_of IS 'The former order on the same asset and cause, which counts as not fixed';
COMMENT ON COLUMN work_orders.not_fixed_at IS 'When the same fault came back within 30 days';
COMMENT ON COLUMN work_orders.parent_id IS 'The joint call that it is a part of';
COMMENT ON COLUMN work_orders.no_technician_at IS 'Since when nobody suitable was found; the organisation keeps it';
CREATE INDEX work_orders_unlinked ON work_orders (id) WHERE linked_at IS NULL;
CREATE INDEX work_orders_same_cause ON work_orders (asset_id, cause, id DESC);
CREATE INDEX work_orders_parent ON work_orders (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE order_assignments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES work_orders,
    technician text NOT NULL REFERENCES technicians,
    assigned_at timestamptz NOT NULL,
    assigned_by text NOT NULL,
    travel_s int,
    ended_at timestamptz,
    ending text CONSTRAINT order_assignments_ending_is_known CHECK (
        ending IN ('declined', 'silent', 'reassigned', 'moved', 'done', 'reopened')
    ),
    reason text NOT NULL DEFAULT '',
    CONSTRAINT order_assignments_end_with_a_word CHECK ((ended_at IS NULL) = (ending IS NULL))
);
COMMENT ON TABLE order_assignments IS 'Which technician had which order, from when until when, and how it ended';
COMMENT ON COLUMN order_assignments.travel_s IS 'Estimated way [s]; NULL: no coordinates are known';
CREATE UNIQUE INDEX order_assignments_one ON order_assignments (order_id) WHERE ended_at IS NULL;
CREATE INDEX order_assignments_technician ON order_assignments (technician, assigned_at DESC);

GRANT SELECT, INSERT, UPDATE ON technicians TO tw_analytics;
GRANT SELECT, INSERT, UPDATE, DELETE ON technician_certificates, technician_shifts TO tw_analytics;
GRANT SELECT, INSERT, UPDATE ON order_assignments TO tw_analytics;
GRANT SELECT ON technicians, technician_certificates, technician_shifts, order_assignments TO tw_console;

ALTER TABLE order_assignments ENABLE ROW LEVEL SECURITY;
CREATE POLICY assignments_of_the_platform ON order_assignments TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY assignments_in_scope ON order_assignments FOR SELECT TO tw_console
    USING (EXISTS (SELECT FROM work_orders WHERE work_orders.id = order_assignments.order_id));
