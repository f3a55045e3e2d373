-- name: steady_view
-- All reads of a page see the same moment; nothing is written.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;

-- name: set_scope
-- The places that row-level security lets this transaction see, and the firm that binds it.
SELECT set_config('towerwatch.scope', %(scope)s, true),
    set_config('towerwatch.organisation', %(organisation)s, true);

-- name: set_session_scope
-- The same for a connection that is used for one purpose only.
SELECT set_config('towerwatch.scope', %(scope)s, false);
