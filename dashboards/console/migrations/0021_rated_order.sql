-- Whoever holds a link reads what it rates, before the stars; nobody lists the links.
CREATE FUNCTION rated_order(hash bytea, at timestamptz) RETURNS TABLE (number text, title text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT work_orders.number, work_orders.title
    FROM rating_tokens
    JOIN work_orders ON work_orders.id = rating_tokens.order_id
    WHERE rating_tokens.token_hash = hash AND rating_tokens.used_at IS NULL AND rating_tokens.expires_at > at
$$;
COMMENT ON FUNCTION rated_order(bytea, timestamptz) IS 'The order of a rating link that is still good';
REVOKE EXECUTE ON FUNCTION rated_order(bytea, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rated_order(bytea, timestamptz) TO tw_console;
