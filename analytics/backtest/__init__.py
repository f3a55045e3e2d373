"""Backtests: what warnings would have been worth, against the truth and against trivial rules."""
