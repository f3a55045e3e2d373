"""Keep a set of processes running: ordered start, restart, one log stream, ordered stop."""
