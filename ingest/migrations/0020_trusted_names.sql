-- Where a database lets a reader make temporary tables, these are found before all others: a table of
-- his own called reader_scopes would say what he may see. In functions that have their owner's rights
-- they come last.
ALTER FUNCTION scope_of_reader(name) SET search_path = public, pg_temp;
ALTER FUNCTION commission_asset(int, timestamptz) SET search_path = public, pg_temp;
ALTER FUNCTION prune_canary(timestamptz) SET search_path = public, pg_temp;
ALTER FUNCTION drop_old_samples(text, timestamptz) SET search_path = public, pg_temp;
