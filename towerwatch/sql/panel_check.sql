-- name: ask_panels
-- Ask the fire panels behind a gateway whether anybody is at their desk; no row when the person may not or it is not there.
INSERT INTO commands (gateway, command, body, expires_at)
SELECT
    gateways.id,
    'duty_check',
    jsonb_build_object('minutes', %(minutes)s::int, 'by', %(by)s::text),
    now() + interval '2 min'
FROM gateways
JOIN places ON places.id = gateways.place_id
WHERE gateways.id = %(gateway)s
    AND gateways.revoked_at IS NULL
    AND places.path <@ ANY (%(scope)s::ltree[])
RETURNING id::text;

-- name: panel_checks
-- The newest duty checks of gateways, each with who answered in its minutes and who did not.
SELECT
    commands.gateway,
    commands.created_at AS asked_at,
    coalesce(commands.body ->> 'by', '') AS asked_by,
    commands.state,
    (commands.body ->> 'minutes')::int AS minutes,
    coalesce(answers.answered, '{}') AS answered,
    coalesce(answers.unanswered, '{}') AS unanswered
FROM commands
LEFT JOIN LATERAL (
    SELECT
        array_agg(DISTINCT assets.code) FILTER (WHERE events.event = 'duty_check_answer') AS answered,
        array_agg(DISTINCT assets.code) FILTER (WHERE events.event = 'duty_check_unanswered') AS unanswered
    FROM events
    JOIN assets ON assets.id = events.asset_id
    WHERE events.gateway = commands.gateway
        AND events.event IN ('duty_check_answer', 'duty_check_unanswered')
        AND events.state = 'raise'
        AND events.received_at >= commands.created_at
        AND events.received_at < commands.created_at + make_interval(
            mins => (commands.body ->> 'minutes')::int + 2
        )
) AS answers ON true
WHERE commands.command = 'duty_check'
ORDER BY commands.created_at DESC, commands.id
LIMIT %(limit)s;
