"""Backtests against the simulators' truth: the one place that knows both."""
