-- The newest word on a condition is judged by the age of its stream, no longer by its number.

COMMENT ON COLUMN conditions.stream IS 'Age of the stream of the newest word (events.age, else its number); -1: never heard';
COMMENT ON TABLE conditions IS 'Newest word on each condition: (age, seq, position) decides, whichever path brought it';
