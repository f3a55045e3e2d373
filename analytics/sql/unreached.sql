-- name: unreached
-- The name of an organisation of which a notice has reached nobody and no way is left that might: each
-- was given up or not answered, or has failed so often in a row, nor has anybody of it read or answered
-- another word on the alarm lately; with whether the desk was told a moment ago. Never of the word itself
-- that somebody could not be reached.
SELECT
    organisations.name_zh,
    EXISTS (
        SELECT FROM notices AS told
        WHERE told.alarm_id = notices.alarm_id
            AND told.kind = 'contact.not_reached'
            AND told.created_at > %(now)s - %(quiet)s::interval
            AND told.body #>> '{data,note}' = organisations.name_zh
    ) AS is_told
FROM notices
JOIN organisations ON organisations.id = %(organisation_id)s
WHERE notices.id = %(notice_id)s::uuid
    AND notices.kind <> 'contact.not_reached'
    AND NOT EXISTS (
        SELECT FROM notice_messages AS way
        WHERE way.notice_id = notices.id
            AND way.organisation_id = organisations.id
            AND (
                way.state = 'delivered'
                OR (way.state = 'waiting' AND (way.last_error IS NULL OR way.attempts < %(after)s))
            )
    )
    AND NOT EXISTS (
        SELECT FROM notice_messages AS heard
        WHERE heard.alarm_id = notices.alarm_id
            AND heard.organisation_id = organisations.id
            AND heard.created_at >= notices.created_at - %(quiet)s::interval
            AND (heard.read_at IS NOT NULL OR heard.taken_at IS NOT NULL)
    );

-- name: hasten_rescue
-- The rescuers who were sent cannot be reached: the next ones are due now. Only by the word that sent
-- them: where there are no next ones, the same are told again, and that must not go round and round.
UPDATE rescues
SET due_at = %(now)s
FROM notices
WHERE notices.id = %(notice_id)s::uuid
    AND notices.kind IN ('rescue.dispatched', 'rescue.taken_over')
    AND rescues.alarm_id = notices.alarm_id
    AND owner_id = %(organisation_id)s
    AND stage = 'dispatched'
    AND accepted_at IS NULL
    AND due_at > %(now)s;

-- name: hasten_order
-- Whoever was given the order cannot be reached: its chain goes on now.
UPDATE clocks
SET due_at = %(now)s
FROM work_orders, notices
WHERE notices.id = %(notice_id)s::uuid
    AND notices.kind = 'order.dispatched'
    AND work_orders.id = notices.order_id
    AND work_orders.owner_id = %(organisation_id)s
    AND work_orders.state = 'dispatched'
    AND clocks.order_id = work_orders.id
    AND clocks.kind = 'accept'
    AND clocks.state = 'running'
    AND clocks.due_at > %(now)s;
