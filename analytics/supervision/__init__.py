"""Supervision 监督: indicators, scores, lists and measures, each point traced to an event."""
