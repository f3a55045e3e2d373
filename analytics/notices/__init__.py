"""Notices: who is told, by which way, until somebody takes it."""
