"""The command line and the wiring: the one place that knows every part; nothing imports it."""
