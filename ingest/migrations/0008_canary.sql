-- How events of the platform's test of itself are forgotten.

CREATE FUNCTION prune_canary(older_than timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
    WITH forgotten AS (
        DELETE FROM events
        WHERE gateway = 'tw-canary'
            AND event = 'canary'
            AND received_at < older_than
            AND NOT EXISTS (SELECT FROM event_work WHERE event_work.event_id = events.id)
        RETURNING gateway, stream, seq
    ),
    identities AS (
        DELETE FROM alarm_messages
        USING forgotten
        WHERE alarm_messages.gateway = forgotten.gateway
            AND alarm_messages.stream = forgotten.stream
            AND alarm_messages.seq = forgotten.seq
        RETURNING 1
    )
    SELECT count(*) FROM identities
$$;
COMMENT ON FUNCTION prune_canary(timestamptz) IS 'Forget decided events of the path''s self-test received before a time; nothing else can be deleted by it';
REVOKE ALL ON FUNCTION prune_canary(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION prune_canary(timestamptz) TO tw_ingest;
