"""JSON terminals that push over TCP, each message between a start and an end mark."""
