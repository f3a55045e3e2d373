-- name: begin_hold
-- A hold begins; a rule holds one for each cause at most.
INSERT INTO holds (
    kind, place_path, condition, rule, cause, groups, reason, begun_at, begun_by, approved_by, due_at
)
VALUES (
    %(kind)s, %(place_path)s::ltree, %(condition)s, %(rule)s, %(cause)s, %(groups)s, %(reason)s,
    %(now)s, %(begun_by)s, %(approved_by)s, %(due_at)s
)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: add_assets
-- The assets that a hold covers.
INSERT INTO hold_assets (hold_id, asset_id)
SELECT %(hold_id)s, named.asset_id
FROM unnest(%(assets)s::int[]) AS named (asset_id)
ORDER BY named.asset_id
ON CONFLICT (hold_id, asset_id) DO NOTHING
RETURNING asset_id;

-- name: start_clock
-- The clock that ends a hold.
INSERT INTO clocks (kind, hold_id, due_at, started_at)
VALUES ('hold', %(hold_id)s, %(due_at)s, %(now)s)
ON CONFLICT DO NOTHING;

-- name: stop_clock
-- A hold ended before its clock.
UPDATE clocks
SET state = 'stopped', ended_at = %(now)s
WHERE hold_id = %(hold_id)s AND state = 'running';

-- name: end_hold
-- A hold ends, once.
UPDATE holds
SET ended_at = %(now)s, ended_by = %(ended_by)s, end_reason = %(reason)s, needs_sweep = true
WHERE id = %(hold_id)s AND ended_at IS NULL
RETURNING id;

-- name: release_assets
-- The assets of a hold that has ended.
UPDATE hold_assets SET ended_at = %(now)s WHERE hold_id = %(hold_id)s AND ended_at IS NULL;

-- name: running_holds
-- Holds of assets that run, kept as they are until this transaction ends: whoever wants to end one
-- waits, and then finds the alarms that it hid.
SELECT
    holds.id, holds.kind, hold_assets.asset_id, holds.reason, holds.due_at, holds.condition,
    holds.groups
FROM hold_assets
JOIN holds ON holds.id = hold_assets.hold_id
WHERE hold_assets.asset_id = ANY (%(assets)s::int[])
    AND hold_assets.ended_at IS NULL
    AND holds.ended_at IS NULL
ORDER BY holds.id, hold_assets.asset_id
FOR SHARE OF holds;

-- name: claim_unswept
-- Holds whose alarms may not yet be what they say.
SELECT id, ended_at IS NULL
FROM holds
WHERE needs_sweep AND NOT id = ANY (%(set_aside)s::bigint[])
ORDER BY id
LIMIT %(limit)s
FOR UPDATE SKIP LOCKED;

-- name: set_swept
-- Every alarm of the hold is what it says.
UPDATE holds SET needs_sweep = false WHERE id = %(hold_id)s;

-- name: alarms_to_hide
-- Alarms on the desk that a running hold covers, as far as columns can tell.
SELECT alarms.id
FROM alarms
JOIN hold_assets ON hold_assets.asset_id = alarms.asset_id
JOIN holds ON holds.id = hold_assets.hold_id
WHERE holds.id = %(hold_id)s
    AND hold_assets.ended_at IS NULL
    AND alarms.closed_at IS NULL
    AND alarms.state <> holds.kind
    AND alarms.state <> 'out_of_service'
    AND (holds.kind = 'out_of_service' OR alarms.state NOT IN ('shelved', 'suppressed'))
    AND (holds.kind = 'out_of_service' OR NOT alarms.is_life_safety)
    AND (holds.kind = 'out_of_service' OR alarms.state NOT IN ('latched_unacknowledged', 'latched_acknowledged'))
    AND (holds.condition IS NULL OR holds.condition = alarms.condition)
    AND (holds.groups IS NULL OR alarms.alarm_group = ANY (holds.groups))
ORDER BY alarms.id
LIMIT %(limit)s;

-- name: alarms_to_resume
-- Hidden alarms of a hold that has ended.
SELECT id
FROM alarms
WHERE hold_id = %(hold_id)s
    AND closed_at IS NULL
    AND state IN ('shelved', 'suppressed', 'out_of_service')
ORDER BY id
LIMIT %(limit)s;

-- name: be_the_sweeper
-- Whether this transaction alone may go over holds: two that hide and bring back the alarms of one
-- asset would wait for each other's holds.
SELECT pg_try_advisory_xact_lock(hashtextextended('towerwatch.sweeper', 0));

-- name: set_hold
-- What hides these alarms.
UPDATE alarms SET hold_id = %(hold_id)s WHERE id = ANY (%(alarms)s::bigint[]);

-- name: forgotten
-- Holds that have ended while an alarm is still hidden by them: none, unless something went wrong.
UPDATE holds
SET needs_sweep = true
WHERE ended_at IS NOT NULL
    AND NOT needs_sweep
    AND id IN (
        SELECT alarms.hold_id
        FROM alarms
        WHERE alarms.closed_at IS NULL AND alarms.state IN ('shelved', 'suppressed', 'out_of_service')
    )
RETURNING id;

-- name: lock_hold
-- One hold, locked.
SELECT kind, place_path::text, ended_at IS NULL, reason, begun_by, approved_by, due_at
FROM holds
WHERE id = %(hold_id)s
FOR UPDATE;

-- name: hold_of_alarm
-- The running shelving of an alarm's condition.
SELECT holds.id
FROM hold_assets
JOIN holds ON holds.id = hold_assets.hold_id
WHERE hold_assets.asset_id = %(asset_id)s
    AND hold_assets.ended_at IS NULL
    AND holds.ended_at IS NULL
    AND holds.kind = 'shelved'
    AND holds.condition = %(condition)s
ORDER BY holds.id
LIMIT 1;

-- name: hold_of_asset
-- The running time out of service of an asset.
SELECT holds.id
FROM hold_assets
JOIN holds ON holds.id = hold_assets.hold_id
WHERE hold_assets.asset_id = %(asset_id)s
    AND hold_assets.ended_at IS NULL
    AND holds.ended_at IS NULL
    AND holds.kind = 'out_of_service'
ORDER BY holds.id
LIMIT 1;

-- name: was_told
-- Whether anybody was told of an alarm, or work was given out for it.
SELECT EXISTS (SELECT FROM notices WHERE alarm_id = %(alarm_id)s AND kind IN ('alarm.opened', 'alarm.raised_again'))
    OR EXISTS (SELECT FROM work_orders WHERE alarm_id = %(alarm_id)s);

-- name: look_at_again
-- An alarm that is back on the desk: incidents look at it, and whether its work is given out.
INSERT INTO fold_work (alarm_id) VALUES (%(alarm_id)s);

-- name: asset_place
-- Where an asset stands, and whether it is still there; locked, so that one proposal is made at a time.
SELECT places.path::text, assets.retired_at IS NOT NULL, assets.is_placeholder
FROM assets
JOIN places ON places.id = assets.place_id
WHERE assets.id = %(asset_id)s;

-- name: propose
-- What one person proposes; the same thing is proposed once at a time.
INSERT INTO proposals (
    kind, asset_id, alarm_id, place_path, minutes, reason, proposed_at, proposed_by, lapses_at
)
VALUES (
    %(kind)s, %(asset_id)s, %(alarm_id)s, %(place_path)s::ltree, %(minutes)s, %(reason)s, %(now)s,
    %(by)s, %(lapses_at)s
)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: lapse
-- Proposals that nobody approved in time.
UPDATE proposals
SET state = 'lapsed', settled_at = %(now)s
WHERE state = 'open' AND lapses_at <= %(now)s
RETURNING id;

-- name: lock_proposal
-- One proposal, locked.
SELECT kind, asset_id, alarm_id, place_path::text, minutes, reason, proposed_by, proposed_at, lapses_at, state
FROM proposals
WHERE id = %(proposal_id)s
FOR UPDATE;

-- name: settle_proposal
-- A second person has decided.
UPDATE proposals
SET state = %(state)s, settled_at = %(now)s, settled_by = %(by)s
WHERE id = %(proposal_id)s;

-- name: due_re_alarms
-- Acknowledged alarms of a severity that have stood since before a time, and life safety that has gone
-- and was found neither real nor false; locked in one order.
SELECT id
FROM alarms
WHERE id = ANY (ARRAY(
        (
            SELECT standing.id
            FROM alarms AS standing
            WHERE standing.closed_at IS NULL
                AND standing.state = 'acknowledged'
                AND standing.severity = %(severity)s
                AND standing.acknowledged_at <= %(before)s
            ORDER BY standing.acknowledged_at, standing.id
            LIMIT %(limit)s
        )
        UNION ALL
        (
            SELECT gone.id
            FROM alarms AS gone
            WHERE gone.closed_at IS NULL
                AND gone.is_life_safety
                AND NOT gone.is_drill
                AND gone.state = 'latched_acknowledged'
                AND gone.confirmation IN ('unconfirmed', 'unanswered')
                AND gone.severity = %(severity)s
                AND gone.acknowledged_at <= %(before)s
            ORDER BY gone.acknowledged_at, gone.id
            LIMIT %(limit)s
        )
    ))
    AND state IN ('acknowledged', 'latched_acknowledged')
ORDER BY acknowledged_at, id
LIMIT %(limit)s
FOR UPDATE SKIP LOCKED;

-- name: due_unseen
-- Of each compound and group the oldest alarm of life safety that nobody has acknowledged though its
-- whole chain was told, where nobody was told of any of them since a time. Whoever is in a lift has a
-- rescue, whose clock never ends. Of very many the newest are looked at.
WITH unseen AS (
    SELECT alarms.id, alarms.alarm_group, alarms.place_path
    FROM alarms
    WHERE alarms.closed_at IS NULL
        AND alarms.is_life_safety
        AND NOT alarms.is_drill
        AND alarms.state IN ('unacknowledged', 'returned_unacknowledged', 'latched_unacknowledged')
        AND alarms.confirmation <> 'false'
        AND NOT EXISTS (
            SELECT FROM rescues
            WHERE rescues.asset_id = alarms.asset_id
                AND alarms.alarm_group = 'entrapment'
                AND (rescues.closed_at IS NULL OR rescues.closed_at >= alarms.opened_at)
        )
    ORDER BY alarms.severity, alarms.opened_at DESC, alarms.id DESC
    LIMIT 500
)
SELECT min(unseen.id) AS id
FROM unseen
LEFT JOIN places AS compound ON compound.path @> unseen.place_path AND compound.level = 'compound'
GROUP BY coalesce(compound.path, unseen.place_path), unseen.alarm_group
HAVING NOT bool_or(
    EXISTS (
        SELECT FROM notices
        WHERE notices.alarm_id = unseen.id AND notices.created_at > %(before)s::timestamptz
    )
    OR EXISTS (
        SELECT FROM clocks
        WHERE clocks.alarm_id = unseen.id
            AND clocks.state = 'running'
            AND clocks.kind IN ('acknowledge', 'confirm', 'onward')
    )
    OR EXISTS (SELECT FROM life_safety_work WHERE life_safety_work.alarm_id = unseen.id)
)
ORDER BY id
LIMIT %(limit)s;

-- name: active_causes
-- Assets on which a condition holds now, the words that end it not having come since.
SELECT conditions.asset_id, places.path::text
FROM conditions
JOIN assets ON assets.id = conditions.asset_id
JOIN places ON places.id = assets.place_id
WHERE conditions.condition = %(event)s
    AND conditions.is_active
    AND (%(asset_class)s::text IS NULL OR assets.class = %(asset_class)s)
    AND assets.retired_at IS NULL
    AND NOT EXISTS (
        SELECT
        FROM conditions AS ending
        WHERE ending.asset_id = conditions.asset_id
            AND ending.condition = ANY (%(ended_by)s::text[])
            AND ending.stream >= 0
            AND ending.changed_at >= conditions.changed_at
    )
ORDER BY conditions.asset_id
LIMIT 10000;

-- name: active_orders
-- Assets with an open work order of a source in one of the states.
SELECT work_orders.id, work_orders.asset_id, places.path::text
FROM work_orders
JOIN assets ON assets.id = work_orders.asset_id
JOIN places ON places.id = assets.place_id
WHERE work_orders.closed_at IS NULL
    AND work_orders.source = ANY (%(sources)s::text[])
    AND work_orders.state = ANY (%(states)s::text[])
ORDER BY work_orders.id
LIMIT 10000;

-- name: known_suppressions
-- What rules hold now, and causes that still stand though their hold was ended by limit or person.
SELECT id, rule, cause, ended_at IS NULL
FROM holds
WHERE kind = 'suppressed' AND cause_ended_at IS NULL
ORDER BY id;

-- name: free_holds
-- Those of some holds that nobody else holds, locked in one order.
SELECT id FROM holds WHERE id = ANY (%(holds)s::bigint[]) ORDER BY id FOR UPDATE SKIP LOCKED;

-- name: end_cause
-- The cause of a suppression is over.
UPDATE holds SET cause_ended_at = %(now)s WHERE id = %(hold_id)s;

-- name: assets_of_gateway
-- Assets that report through the gateway which an asset stands for, that one left out.
SELECT DISTINCT bindings.asset_id
FROM assets
JOIN bindings ON bindings.gateway_id = substr(assets.code, 5)
WHERE assets.id = %(asset_id)s
    AND assets.code LIKE '@gw/%%'
    AND bindings.valid_during @> %(now)s::timestamptz
    AND bindings.asset_id <> assets.id
ORDER BY bindings.asset_id;

-- name: assets_beside
-- Other assets of some classes that report through a gateway of an asset.
SELECT DISTINCT other.asset_id
FROM bindings AS own
JOIN bindings AS other ON other.gateway_id = own.gateway_id
JOIN assets ON assets.id = other.asset_id
WHERE own.asset_id = %(asset_id)s
    AND own.valid_during @> %(now)s::timestamptz
    AND other.valid_during @> %(now)s::timestamptz
    AND other.asset_id <> own.asset_id
    AND assets.class = ANY (%(classes)s::text[])
ORDER BY other.asset_id;
