-- name: begin_verifications
-- Repairs that were said to be done and are not looked at yet: each will be, after its time.
INSERT INTO order_verifications (order_id, restored_at, due_at)
SELECT work_orders.id, work_orders.restored_at, work_orders.restored_at + %(after)s::interval
FROM work_orders
LEFT JOIN alarms ON alarms.id = work_orders.alarm_id
WHERE work_orders.closed_at IS NULL AND work_orders.state IN ('restored', 'verified') AND work_orders.restored_at IS NOT NULL
    AND work_orders.asset_id IS NOT NULL AND work_orders.source <> 'joint_call'
    AND NOT coalesce(alarms.is_drill, false)
ON CONFLICT DO NOTHING;

-- name: due
-- Verifications whose time has come and that nobody else decides.
SELECT
    order_verifications.order_id,
    order_verifications.restored_at,
    work_orders.asset_id,
    assets.class,
    work_orders.cause,
    work_orders.source,
    coalesce(alarms.condition, ''),
    work_orders.arrived_at
FROM order_verifications
JOIN work_orders ON work_orders.id = order_verifications.order_id
JOIN assets ON assets.id = work_orders.asset_id
LEFT JOIN alarms ON alarms.id = work_orders.alarm_id
WHERE order_verifications.result IS NULL AND order_verifications.due_at <= %(now)s
ORDER BY order_verifications.due_at, order_verifications.order_id
LIMIT 1
FOR UPDATE OF order_verifications SKIP LOCKED;

-- name: condition_now
-- The newest word on a condition.
SELECT is_active, changed_at FROM conditions WHERE asset_id = %(asset_id)s AND condition = %(condition)s;

-- name: raises_since
-- How often the asset said the condition again, and when last.
SELECT count(*), max(at)
FROM events
WHERE asset_id = %(asset_id)s AND condition = %(condition)s AND state = 'raise' AND at > %(since)s;

-- name: events_since
-- How many events of any kind an asset has sent since a time.
SELECT count(*) FROM events WHERE asset_id = %(asset_id)s AND received_at > %(since)s;

-- name: lift_run_since
-- How a lift moved since a time: samples, the counter of runs, and floors that it stood on.
SELECT
    count(*),
    count(*) FILTER (WHERE abs(speed) > 0.1),
    max(run_count) - min(run_count),
    count(DISTINCT floor)
FROM lift_samples
WHERE asset_id = %(asset_id)s AND at > %(since)s AND at <= %(until)s;

-- name: decide
-- What telemetry says about a repair.
UPDATE order_verifications
SET result = %(result)s, evidence = %(evidence)s::jsonb, decided_at = %(now)s
WHERE order_id = %(order_id)s AND restored_at = %(restored_at)s AND result IS NULL;

-- name: make_token
-- A link to rate an order.
INSERT INTO rating_tokens (token_hash, order_id, rater, made_at, expires_at)
VALUES (%(token_hash)s, %(order_id)s, %(rater)s, %(now)s, %(expires_at)s);

-- name: use_token
-- The order of a link that was not used and has not ended; from now on it is used.
UPDATE rating_tokens
SET used_at = %(now)s
WHERE token_hash = %(token_hash)s AND used_at IS NULL AND expires_at > %(now)s
RETURNING order_id, rater;

-- name: add_rating
-- What somebody thinks of the work.
INSERT INTO order_ratings (order_id, rater, stars, comment, rated_at, digest)
VALUES (%(order_id)s, %(rater)s, %(stars)s, %(comment)s, %(now)s, %(digest)s);
