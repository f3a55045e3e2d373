-- What was never tried goes before what an outage has left, without a sort of all that waits.
CREATE INDEX notices_next ON notices (target, is_life_safety DESC, (attempts > 0), next_at, id)
    WHERE state = 'waiting';
CREATE INDEX notice_messages_next ON notice_messages (is_life_safety DESC, (attempts > 0), next_at, id)
    WHERE state = 'waiting';
-- What is told of one alarm goes in its order.
CREATE INDEX notices_of_alarm ON notices (alarm_id, target, created_at, id) WHERE state = 'waiting';
