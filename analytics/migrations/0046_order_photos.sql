-- What the people on site took of the work: photos of an order.

CREATE TABLE order_photos (
    order_id bigint NOT NULL REFERENCES work_orders,
    digest text NOT NULL CONSTRAINT order_photos_digest_is_sha256 CHECK (digest ~ '^[0-9a-f]{64}$'),
    added_by text NOT NULL,
    added_at timestamptz NOT NULL,
    CONSTRAINT order_photos_key PRIMARY KEY (order_id, digest)
);
COMMENT ON TABLE order_photos IS 'Photos of the work on an order: the file is named by its SHA-256';
CREATE INDEX order_photos_digest ON order_photos (digest);

GRANT SELECT, INSERT ON order_photos TO tw_analytics;
GRANT SELECT ON order_photos TO tw_console;
ALTER TABLE order_photos ENABLE ROW LEVEL SECURITY;
CREATE POLICY order_photos_of_the_platform ON order_photos TO tw_analytics USING (true) WITH CHECK (true);
CREATE POLICY order_photos_in_scope ON order_photos FOR SELECT TO tw_console
    USING (EXISTS (SELECT FROM work_orders WHERE work_orders.id = order_photos.order_id));
