"""Triage 研判: what an alarm means, why it probably came, and what to do first."""
