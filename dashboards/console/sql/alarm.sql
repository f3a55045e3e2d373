-- name: alarm_lines
-- Open alarms as a list shows them, most urgent first; a page ends at a row and the next begins
-- after it (NULLs: the first page). `life_safety` picks the fire queue (true), the rest (false)
-- or both (NULL). `shown` picks a state, what stands behind the head of an incident (folded), what
-- the desk has before it (desk: life safety always), or all (NULL). `turn` picks what waits for
-- somebody (0), what somebody has (1), or lifts whose people are out (2); NULL: all.
WITH page AS (
    SELECT alarms.id
    FROM alarms
    WHERE alarms.closed_at IS NULL
        AND (%(life_safety)s::boolean IS NULL OR alarms.is_life_safety = %(life_safety)s)
        AND (%(drill)s::boolean IS NULL OR alarms.is_drill = %(drill)s)
        AND (%(group)s::text IS NULL OR alarms.alarm_group = %(group)s)
        AND (%(unacknowledged)s::boolean IS NOT TRUE OR alarms.state IN (
            'unacknowledged', 'returned_unacknowledged', 'latched_unacknowledged'
        ))
        AND (%(severity)s::text IS NULL OR alarms.severity = %(severity)s)
        AND (%(place)s::ltree IS NULL OR alarms.place_path <@ %(place)s::ltree)
        AND (%(working)s::boolean IS NOT TRUE OR alarms.state IN ('acknowledged', 'latched_acknowledged'))
        AND (%(returned)s::boolean IS NOT TRUE OR alarms.returned_at IS NOT NULL)
        AND (
            %(shown)s::text IS NULL
            OR alarms.state = %(shown)s
            OR (%(shown)s = 'folded' AND alarms.is_folded)
            OR (
                %(shown)s = 'desk'
                AND NOT alarms.is_folded
                AND (
                    alarms.is_life_safety
                    OR alarms.state NOT IN ('shelved', 'suppressed', 'out_of_service')
                )
            )
        )
        AND (
            %(turn)s::int IS NULL
            OR %(turn)s = CASE
                WHEN {freed} IS NOT NULL THEN 2
                WHEN alarms.state IN (
                    'unacknowledged', 'returned_unacknowledged', 'latched_unacknowledged'
                ) THEN 0
                ELSE 1
            END
        )
        AND (
            %(after_id)s::bigint IS NULL
            OR alarms.is_life_safety < %(after_life_safety)s
            OR (alarms.is_life_safety = %(after_life_safety)s AND alarms.severity > %(after_severity)s)
            OR (
                alarms.is_life_safety = %(after_life_safety)s
                AND alarms.severity = %(after_severity)s
                AND (alarms.opened_at, alarms.id) < (%(after_opened_at)s, %(after_id)s)
            )
        )
    ORDER BY alarms.is_life_safety DESC, alarms.severity, alarms.opened_at DESC, alarms.id DESC
    LIMIT %(limit)s
)
{lines}
WHERE alarms.id = ANY (ARRAY(SELECT page.id FROM page))
ORDER BY alarms.is_life_safety DESC, alarms.severity, alarms.opened_at DESC, alarms.id DESC
LIMIT %(limit)s;

-- name: alarm_lines_by_id
-- The named alarms, open or closed, as a list shows them.
{lines}
WHERE alarms.id = ANY (%(ids)s)
ORDER BY alarms.id
LIMIT 1000;

-- name: alarm_lines_behind
-- Open alarms that stand behind the head of an incident, most urgent first.
{lines}
WHERE alarms.id = ANY (ARRAY(
    SELECT behind.id
    FROM incidents AS shared
    JOIN alarms AS behind ON behind.incident_id = shared.id
    WHERE shared.head_id = %(head_id)s
        AND shared.closed_at IS NULL
        AND behind.is_folded
        AND behind.closed_at IS NULL
    ORDER BY behind.severity, behind.opened_at DESC
    LIMIT %(limit)s
))
ORDER BY alarms.severity, alarms.opened_at DESC, alarms.id DESC
LIMIT %(limit)s;

-- name: alarm_lines_for_bureau
-- What the bureau looks at: every open life-safety alarm first, whatever was sent since; then what was
-- sent to it, newest first.
{lines}
WHERE alarms.id = ANY (ARRAY(
    (
        SELECT standing_open.id
        FROM alarms AS standing_open
        WHERE NOT standing_open.is_drill AND standing_open.closed_at IS NULL AND standing_open.is_life_safety
        ORDER BY standing_open.opened_at DESC, standing_open.id DESC
        LIMIT %(limit)s
    )
    UNION
    (
        SELECT told.id
        FROM alarms AS told
        WHERE NOT told.is_drill AND EXISTS (
            SELECT FROM notices
            WHERE notices.alarm_id = told.id AND notices.target = 'bureau'
        )
        ORDER BY told.opened_at DESC, told.id DESC
        LIMIT %(limit)s
    )
))
ORDER BY (alarms.closed_at IS NULL AND alarms.is_life_safety) DESC, (alarms.closed_at IS NULL) DESC,
    alarms.opened_at DESC, alarms.id DESC
LIMIT %(limit)s;

-- name: alarm_lines_of_asset
-- The last alarms of an asset, newest first.
{lines}
WHERE alarms.id = ANY (ARRAY(
    SELECT own.id
    FROM alarms AS own
    WHERE own.asset_id = %(asset_id)s
    ORDER BY own.id DESC
    LIMIT %(limit)s
))
ORDER BY alarms.id DESC
LIMIT %(limit)s;

-- name: freed
-- How far the lift's last rescue is if all are out of it: released, or closed (the lift is checked).
-- NULL: somebody may be in it, as where the alarm came, or was raised anew, after they were out.
(
    SELECT latest.stage
    FROM (
        SELECT rescues.stage, rescues.released_at
        FROM rescues
        WHERE rescues.asset_id = alarms.asset_id AND alarms.alarm_group = 'entrapment'
        ORDER BY (rescues.closed_at IS NULL) DESC, rescues.opened_at DESC, rescues.id DESC
        LIMIT 1
    ) AS latest
    WHERE latest.stage IN ('released', 'closed')
        AND latest.released_at >= alarms.opened_at
        AND NOT EXISTS (
            SELECT
            FROM alarm_transitions
            WHERE alarm_transitions.alarm_id = alarms.id
                AND alarm_transitions.trigger IN ('raise', 'missed_raise')
                AND alarm_transitions.at > latest.released_at
        )
);

-- name: lines
-- The columns of a line of an alarm list, without its WHERE: filled into the queries above.
SELECT
    alarms.id,
    alarms.version,
    alarms.state,
    alarms.alarm_group,
    alarms.severity,
    alarms.is_life_safety,
    alarms.is_drill,
    alarms.confirmation,
    alarms.event,
    alarms.condition,
    alarms.text,
    alarms.raised_at,
    alarms.opened_at,
    alarms.returned_at,
    alarms.acknowledged_at,
    alarms.acknowledged_by,
    alarms.closed_at,
    alarms.raises,
    alarms.place_path::text AS place_path,
    assets.id AS asset_id,
    assets.code AS asset_code,
    assets.class AS asset_class,
    assets.name_zh AS asset_name_zh,
    assets.name_en AS asset_name_en,
    standing.names_zh AS place_names_zh,
    standing.names_en AS place_names_en,
    work.id AS order_id,
    work.number AS order_number,
    work.state AS order_state,
    coalesce(work.open_version, 0) AS order_version,
    coalesce(owner.name_zh, maintainer.name_zh, '') AS responsible_zh,
    coalesce(owner.name_en, maintainer.name_en, '') AS responsible_en,
    coalesce(owner.phone, maintainer.phone, '') AS responsible_phone,
    sightings.seen_at,
    bureau.state AS bureau_state,
    bureau.receipt AS bureau_receipt,
    alarms.is_folded,
    incidents.id AS incident_id,
    coalesce(incidents.cause, '') AS incident_zh,
    coalesce(incidents.cause_en, '') AS incident_en,
    incidents.head_id,
    CASE WHEN incidents.head_id = alarms.id THEN (
        SELECT count(*)
        FROM alarms AS behind
        WHERE behind.incident_id = incidents.id AND behind.is_folded AND behind.closed_at IS NULL
    ) ELSE 0 END AS folded_count,
    CASE WHEN holds.ended_at IS NULL THEN holds.reason END AS hold_reason,
    CASE WHEN holds.ended_at IS NULL THEN concat_ws(' + ', holds.begun_by, holds.approved_by) END AS hold_by,
    CASE WHEN holds.ended_at IS NULL THEN holds.due_at END AS hold_until,
    ARRAY(
        SELECT alarm_marks.mark
        FROM alarm_marks
        WHERE alarm_marks.alarm_id = alarms.id AND alarm_marks.ended_at IS NULL
        ORDER BY alarm_marks.mark
    ) AS marks,
    {freed} AS freed,
    CASE WHEN alarms.alarm_group = 'entrapment' THEN (
        SELECT coalesce(sum(rescues.version), 0)::int
        FROM rescues
        WHERE rescues.asset_id = alarms.asset_id
    ) ELSE 0 END AS rescues_version
FROM alarms
JOIN assets ON assets.id = alarms.asset_id
LEFT JOIN organisations AS maintainer ON maintainer.id = assets.maintainer_id
{standing}
LEFT JOIN LATERAL (
    SELECT
        work_orders.id, work_orders.number, work_orders.state, work_orders.owner_id,
        CASE WHEN work_orders.closed_at IS NULL THEN work_orders.version END AS open_version
    FROM work_orders
    WHERE work_orders.alarm_id = alarms.id
    ORDER BY work_orders.id DESC
    LIMIT 1
) AS work ON true
LEFT JOIN organisations AS owner ON owner.id = work.owner_id
LEFT JOIN incidents ON incidents.id = alarms.incident_id AND incidents.closed_at IS NULL
LEFT JOIN holds ON holds.id = alarms.hold_id
LEFT JOIN sightings ON sightings.alarm_id = alarms.id
LEFT JOIN LATERAL (
    SELECT notices.state, notices.receipt
    FROM notices
    WHERE notices.alarm_id = alarms.id AND notices.target = 'bureau'
    ORDER BY (notices.receipt IS NOT NULL) DESC, notices.created_at DESC
    LIMIT 1
) AS bureau ON true;

-- name: bare_lines
-- The same of alarms of which something cannot be read: what a person must see, without what hangs on
-- it, and times brought into the years that a calendar has.
SELECT
    alarms.id,
    alarms.version,
    alarms.state,
    alarms.alarm_group,
    alarms.severity,
    alarms.is_life_safety,
    alarms.is_drill,
    alarms.confirmation,
    alarms.event,
    alarms.condition,
    alarms.text,
    least(greatest(alarms.raised_at, '1970-01-01Z'), '9999-12-30Z') AS raised_at,
    least(greatest(alarms.opened_at, '1970-01-01Z'), '9999-12-30Z') AS opened_at,
    CASE WHEN alarms.returned_at IS NOT NULL THEN
        least(greatest(alarms.returned_at, '1970-01-01Z'), '9999-12-30Z')
    END AS returned_at,
    CASE WHEN alarms.acknowledged_at IS NOT NULL THEN
        least(greatest(alarms.acknowledged_at, '1970-01-01Z'), '9999-12-30Z')
    END AS acknowledged_at,
    alarms.acknowledged_by,
    CASE WHEN alarms.closed_at IS NOT NULL THEN
        least(greatest(alarms.closed_at, '1970-01-01Z'), '9999-12-30Z')
    END AS closed_at,
    alarms.raises,
    alarms.place_path::text AS place_path,
    assets.id AS asset_id,
    assets.code AS asset_code,
    assets.class AS asset_class,
    assets.name_zh AS asset_name_zh,
    assets.name_en AS asset_name_en,
    ARRAY(
        SELECT above.name_zh FROM places AS above WHERE above.path @> alarms.place_path ORDER BY nlevel(above.path)
    ) AS place_names_zh,
    ARRAY(
        SELECT above.name_en FROM places AS above WHERE above.path @> alarms.place_path ORDER BY nlevel(above.path)
    ) AS place_names_en,
    NULL::bigint AS order_id,
    NULL AS order_number,
    NULL AS order_state,
    '' AS responsible_zh,
    '' AS responsible_en,
    '' AS responsible_phone,
    NULL::timestamptz AS seen_at,
    NULL AS bureau_state,
    NULL AS bureau_receipt,
    alarms.is_folded,
    false AS is_readable
FROM alarms
JOIN assets ON assets.id = alarms.asset_id;

-- name: count_open
-- Open alarms: fire queue, rest, those of both that nobody has acknowledged; and what is kept from
-- the desk, which is never less than counted.
WITH sorts AS (
    -- Few kinds of rows are summed, not every row eight times.
    SELECT is_life_safety, is_folded, state, count(*) AS alarms
    FROM alarms
    WHERE closed_at IS NULL
    GROUP BY is_life_safety, is_folded, state
)
SELECT
    coalesce(sum(alarms) FILTER (WHERE is_life_safety), 0)::bigint AS life_safety,
    coalesce(sum(alarms) FILTER (WHERE NOT is_life_safety AND NOT is_folded
        AND state NOT IN ('shelved', 'suppressed', 'out_of_service')), 0)::bigint AS other,
    coalesce(sum(alarms) FILTER (WHERE state = 'shelved'), 0)::bigint AS shelved,
    coalesce(sum(alarms) FILTER (WHERE state = 'suppressed'), 0)::bigint AS suppressed,
    coalesce(sum(alarms) FILTER (WHERE state = 'out_of_service'), 0)::bigint AS out_of_service,
    coalesce(sum(alarms) FILTER (WHERE is_folded), 0)::bigint AS folded,
    (SELECT count(*) FROM proposals WHERE state = 'open' AND lapses_at > now()) AS proposals,
    coalesce(sum(alarms) FILTER (WHERE NOT is_folded AND state IN (
        'unacknowledged', 'returned_unacknowledged', 'latched_unacknowledged'
    )), 0)::bigint AS unacknowledged
FROM sorts;

-- name: count_bureau
-- Open life-safety alarms that are no drill.
SELECT count(*)
FROM alarms
WHERE closed_at IS NULL AND is_life_safety AND NOT is_drill;

-- name: sounding
-- Open alarms that nobody has acknowledged: they are what a control room hears. Those of drills are
-- read apart: however many there are, what is real goes on sounding.
(
    SELECT id, alarm_group, severity, is_drill
    FROM alarms
    WHERE closed_at IS NULL
        AND NOT is_drill
        AND NOT is_folded
        AND state IN ('unacknowledged', 'returned_unacknowledged', 'latched_unacknowledged')
    ORDER BY is_life_safety DESC, severity, opened_at DESC, id DESC
    LIMIT 50
)
UNION ALL
(
    SELECT id, alarm_group, severity, is_drill
    FROM alarms
    WHERE closed_at IS NULL
        AND is_drill
        AND NOT is_folded
        AND state IN ('unacknowledged', 'returned_unacknowledged', 'latched_unacknowledged')
    ORDER BY drill_id DESC, id DESC
    LIMIT 50
);

-- name: last_closed
-- When the last alarm ended, so that an empty list says since when.
SELECT closed_at
FROM alarms
WHERE closed_at IS NOT NULL
ORDER BY closed_at DESC
LIMIT 1;

-- name: timeline
-- What happened to an alarm and what was said about it, oldest first: of more than a thousand lines
-- the newest, on which the next act depends. Of one moment a step stands before what it brought about.
WITH said AS (
    SELECT at, 'step' AS kind, trigger AS what, from_state, to_state, actor AS who, actor AS who_en,
        reason AS note, NULL AS receipt
    FROM alarm_transitions
    WHERE alarm_id = %(alarm_id)s
    UNION ALL
    SELECT
        notices.created_at, 'notice', notices.target, notices.state, notices.kind,
        coalesce(organisations.name_zh, ''),
        coalesce(nullif(organisations.name_en, ''), organisations.name_zh, ''),
        coalesce(notices.last_error, ''), notices.receipt
    FROM notices
    LEFT JOIN organisations ON organisations.id = notices.organisation_id
    WHERE notices.alarm_id = %(alarm_id)s
    UNION ALL
    SELECT
        notices.delivered_at, 'receipt', notices.target, notices.state, notices.kind,
        coalesce(organisations.name_zh, ''),
        coalesce(nullif(organisations.name_en, ''), organisations.name_zh, ''), '', notices.receipt
    FROM notices
    LEFT JOIN organisations ON organisations.id = notices.organisation_id
    WHERE notices.alarm_id = %(alarm_id)s AND notices.receipt IS NOT NULL
    UNION ALL
    SELECT
        order_steps.at, 'order', order_steps.trigger, order_steps.from_state, order_steps.to_state,
        order_steps.actor, order_steps.actor, order_steps.note, work_orders.number
    FROM work_order_transitions AS order_steps
    JOIN work_orders ON work_orders.id = order_steps.order_id
    WHERE work_orders.alarm_id = %(alarm_id)s
    UNION ALL
    SELECT
        told.at, 'message', told.channel, told.state, told.role, coalesce(organisations.name_zh, ''),
        coalesce(nullif(organisations.name_en, ''), organisations.name_zh, ''),
        told.last_error, told.receipt
    FROM (
        SELECT
            coalesce(delivered_at, created_at) AS at, channel, state, role, organisation_id,
            coalesce(last_error, '') AS last_error, receipt
        FROM notice_messages
        WHERE alarm_id = %(alarm_id)s
            AND state <> 'unneeded' AND (state <> 'waiting' OR attempts > 0)
        UNION ALL
        SELECT read_at, channel, 'read', role, organisation_id, '', NULL
        FROM notice_messages
        WHERE alarm_id = %(alarm_id)s AND read_at IS NOT NULL
        UNION ALL
        SELECT taken_at, channel, 'taken', role, organisation_id, '', NULL
        FROM notice_messages
        WHERE alarm_id = %(alarm_id)s AND taken_at IS NOT NULL
    ) AS told
    LEFT JOIN organisations ON organisations.id = told.organisation_id
    UNION ALL
    SELECT min(notice_messages.created_at), 'roster', 'hole', '', '', coalesce(organisations.name_zh, ''),
        coalesce(nullif(organisations.name_en, ''), organisations.name_zh, ''), '', NULL
    FROM notice_messages
    LEFT JOIN organisations ON organisations.id = notice_messages.organisation_id
    WHERE notice_messages.alarm_id = %(alarm_id)s AND notice_messages.duty = 'hole'
    GROUP BY notice_messages.notice_id, organisations.name_zh, organisations.name_en
    UNION ALL
    SELECT sightings.seen_at, 'seen', 'seen', '', '', sightings.user_name, sightings.user_name, '', NULL
    FROM sightings
    WHERE sightings.alarm_id = %(alarm_id)s
),
newest AS (
    SELECT
        at, kind, what, from_state, to_state, who, who_en, note, receipt,
        array_position(
            ARRAY['step', 'order', 'roster', 'notice', 'message', 'receipt', 'seen'], kind
        ) AS turn
    FROM said
    ORDER BY at DESC, turn DESC
    LIMIT 1000
)
SELECT at, kind, what, from_state, to_state, who, who_en, note, receipt
FROM newest
ORDER BY at, turn;

-- name: running_clocks
-- Deadlines that are running on an alarm and its orders, nearest first.
SELECT clocks.kind, clocks.due_at
FROM clocks
LEFT JOIN work_orders ON work_orders.id = clocks.order_id
WHERE clocks.state = 'running'
    AND clocks.kind NOT IN ('off_delay', 'on_delay')
    AND (clocks.alarm_id = %(alarm_id)s OR work_orders.alarm_id = %(alarm_id)s)
ORDER BY clocks.due_at
LIMIT 20;

-- name: record_sightings
-- The first time that an alarm was shown on somebody's screen; only alarms of the scope count.
INSERT INTO sightings (alarm_id, user_name, seen_at)
SELECT alarms.id, %(user_name)s, %(now)s
FROM alarms
WHERE alarms.id = ANY (%(ids)s)
ON CONFLICT (alarm_id) DO NOTHING;
