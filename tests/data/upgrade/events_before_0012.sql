-- Statements of the former release, as they were before ingest's migration 0012: never changed again.

-- name: insert_events
-- Store events and put each before the alarm process as a pending row.
WITH stored AS (
    INSERT INTO events (
        asset_id, place_path, gateway, stream, age, seq, position, event, condition, state, at,
        device_ms, received_at, code_system, code, text, raw, flags
    )
    SELECT
        came.asset_id,
        came.path::ltree,
        came.gateway,
        came.stream,
        came.age,
        came.seq,
        came.position,
        came.event,
        came.condition,
        came.state,
        timestamptz 'epoch' + came.at_ms * INTERVAL '1 millisecond',
        came.device_ms,
        timestamptz 'epoch' + came.received_ms * INTERVAL '1 millisecond',
        came.code_system,
        came.code,
        came.text,
        came.raw,
        string_to_array(came.flags, ',')
    FROM unnest(
        %(assets)s::int[], %(paths)s::text[], %(gateways)s::text[], %(streams)s::bigint[],
        %(ages)s::bigint[], %(seqs)s::bigint[], %(positions)s::smallint[], %(events)s::text[], %(conditions)s::text[],
        %(states)s::text[], %(at_ms)s::bigint[], %(device_ms)s::bigint[], %(received_ms)s::bigint[],
        %(code_systems)s::text[], %(codes)s::text[], %(texts)s::text[], %(raws)s::text[],
        %(flags)s::text[]
    ) WITH ORDINALITY AS came (
        asset_id, path, gateway, stream, age, seq, position, event, condition, state, at_ms, device_ms,
        received_ms, code_system, code, text, raw, flags, place
    )
    ORDER BY came.place
    RETURNING id
)
INSERT INTO event_work (event_id)
SELECT id FROM stored;
