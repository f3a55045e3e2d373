-- name: events
-- Every event of some gateways, and when it was decided: the first line of an alarm's history
-- that names it, else the time at which its condition changed last.
SELECT
    events.raw,
    coalesce(bindings.code, regexp_replace(assets.code, '^@[^/]+/', '')),
    events.event,
    events.state,
    events.stream,
    events.seq,
    (extract(epoch FROM events.received_at) * 1000)::bigint,
    (extract(epoch FROM decided.at) * 1000)::bigint,
    events.condition,
    coalesce(events.age, events.stream)
FROM events
JOIN assets ON assets.id = events.asset_id
LEFT JOIN bindings ON bindings.asset_id = assets.id
LEFT JOIN (
    SELECT event_id, min(at) AS at FROM alarm_transitions GROUP BY event_id
) AS decided ON decided.event_id = events.id
WHERE events.gateway = ANY (%(gateways)s)
ORDER BY events.id;

-- name: samples
-- Every frame of the lifts, with the metrics that the source fills.
SELECT
    bindings.code,
    (extract(epoch FROM lift_samples.at) * 1000)::bigint,
    lift_samples.floor,
    lift_samples.speed,
    lift_samples.door_closed,
    lift_samples.run_count
FROM lift_samples
JOIN bindings ON bindings.asset_id = lift_samples.asset_id
ORDER BY lift_samples.at;

-- name: quarantine
-- Messages that were refused as a whole or in part.
SELECT lane, stream, seq
FROM quarantine
WHERE gateway = ANY (%(gateways)s) AND stream IS NOT NULL
ORDER BY id;

-- name: ledgers
-- What the platform counts of each stream.
SELECT
    lane,
    stream,
    next_seq,
    stored,
    quarantined,
    shed_messages,
    missing,
    next_seq - 1 - (
        SELECT coalesce(sum(upper(part) - lower(part)), 0) FROM unnest(received) AS part
    ),
    duplicates,
    shed::text
FROM ledgers
WHERE gateway = ANY (%(gateways)s)
ORDER BY lane, stream;

-- name: conditions
-- The newest word on each condition.
SELECT
    coalesce(bindings.code, regexp_replace(assets.code, '^@[^/]+/', '')),
    conditions.condition,
    conditions.is_active
FROM conditions
JOIN assets ON assets.id = conditions.asset_id
LEFT JOIN bindings ON bindings.asset_id = conditions.asset_id
WHERE conditions.gateway = ANY (%(gateways)s)
ORDER BY 1, 2;

-- name: alarms
-- How many alarms each condition ever had, and how many are open.
SELECT
    coalesce(bindings.code, regexp_replace(assets.code, '^@[^/]+/', '')),
    alarms.condition,
    count(*),
    count(*) FILTER (WHERE alarms.closed_at IS NULL)
FROM alarms
JOIN assets ON assets.id = alarms.asset_id
LEFT JOIN bindings ON bindings.asset_id = alarms.asset_id
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: leftovers
-- What still waits somewhere, and what was shown or told to nobody.
SELECT
    (SELECT count(*) FROM event_work),
    (SELECT count(*) FROM live_work),
    (
        SELECT count(*)
        FROM alarms
        WHERE id NOT IN (
            SELECT subject_id FROM live_events WHERE kind = 'alarm' AND subject_id IS NOT NULL
        )
    ),
    (
        SELECT count(*)
        FROM alarms
        WHERE is_life_safety
            AND NOT is_drill
            AND NOT EXISTS (
                SELECT FROM notices WHERE notices.alarm_id = alarms.id AND target = 'bureau'
            )
    );

-- name: notices
-- Every notice for the bureau, and whether it is said to hold it.
SELECT id::text, state = 'delivered'
FROM notices
WHERE target = 'bureau'
ORDER BY created_at, id;

-- name: progress
-- How many events wait for a decision, how many changes for their number, and how many messages
-- of true streams (poison makes up small numbers) are not settled by the ledger.
SELECT
    (SELECT count(*) FROM event_work),
    (SELECT count(*) FROM live_work),
    (
        SELECT coalesce(sum(ledgers.next_seq - 1 - counted.settled), 0)::bigint
        FROM ledgers
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(upper(part) - lower(part)), 0) AS settled
            FROM unnest(ledgers.received) AS part
        ) AS counted
        WHERE ledgers.stream > 1000000
    );

-- name: arrivals
-- When telemetry came, by the times that it is about.
SELECT
    (extract(epoch FROM min_at) * 1000)::bigint,
    (extract(epoch FROM max_at) * 1000)::bigint,
    (extract(epoch FROM received_at) * 1000)::bigint
FROM arrivals
ORDER BY received_at;

-- name: kill_backends
-- End every connection of the platform's roles.
SELECT count(pg_terminate_backend(pid))
FROM pg_stat_activity
WHERE usename IN ('tw_ingest', 'tw_analytics', 'tw_console');

-- name: hold_hours
-- Lock what a transaction of ingest writes last.
SELECT hour FROM ledger_hours ORDER BY hour FOR UPDATE;

-- name: hold_ledgers
-- Lock what a transaction of ingest locks first.
SELECT stream FROM ledgers ORDER BY gateway, lane, stream FOR UPDATE;

-- name: patient_deadlock
-- Let the other side of a circle be the one that is chosen.
SET deadlock_timeout = '3s';

-- name: blocked
-- Who waits for a lock.
SELECT count(*)
FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND usename = 'tw_ingest';

-- name: backends
-- The processes of the database that serve ingest and the alarm process.
SELECT pid FROM pg_stat_activity WHERE usename IN ('tw_ingest', 'tw_analytics') ORDER BY pid;

-- name: noticed
-- Whether the platform raised something of a kind since a time.
SELECT EXISTS (
    SELECT
    FROM events
    WHERE event = %(event)s
        AND state = 'raise'
        AND received_at >= timestamptz 'epoch' + %(since_ms)s * INTERVAL '1 millisecond'
);

-- name: decided_since
-- Whether an event that was received since then is decided.
SELECT EXISTS (
    SELECT
    FROM events
    WHERE received_at >= timestamptz 'epoch' + %(since_ms)s * INTERVAL '1 millisecond'
        AND gateway <> 'platform'
        AND NOT EXISTS (SELECT FROM event_work WHERE event_work.event_id = events.id)
);

-- name: running_acknowledge
-- Alarms that wait for an acknowledgement with a deadline.
SELECT count(*) FROM clocks WHERE state = 'running' AND kind = 'acknowledge';

-- name: running_first_steps
-- Those of them whose first link has not been told.
SELECT count(*) FROM clocks WHERE state = 'running' AND kind = 'acknowledge' AND step = 0
    AND due_at <= clock_timestamp();

-- name: longest_deadline
-- How long the last deadline of an acknowledgement still runs, by a clock that is off [s].
SELECT coalesce(max(extract(
    epoch FROM due_at - (clock_timestamp() + %(offset_ms)s * INTERVAL '1 millisecond')
)), 0)::int
FROM clocks
JOIN alarms ON alarms.id = clocks.alarm_id
WHERE clocks.state = 'running' AND clocks.kind = 'acknowledge' AND alarms.is_life_safety;

-- name: silences
-- How often anybody was called silent.
SELECT count(*) FROM events
WHERE event IN ('gateway_silent', 'asset_silent') AND state = 'raise';

-- name: deadlines_twice
-- Deadlines of one alarm and one link of the chain that were missed more than once.
SELECT count(*)
FROM (
    SELECT alarm_id, kind, step
    FROM clocks
    WHERE state = 'missed' AND alarm_id IS NOT NULL
    GROUP BY alarm_id, kind, step
    HAVING count(*) > 1
) AS twice;
