-- Functions that have their owner's rights look for temporary tables last.
ALTER FUNCTION message_of_token(text) SET search_path = public, pg_temp;
ALTER FUNCTION note_receipt(text, text) SET search_path = public, pg_temp;
ALTER FUNCTION exchange_party(bytea) SET search_path = public, pg_temp;
ALTER FUNCTION agreement_of_key(bytea) SET search_path = public, pg_temp;
