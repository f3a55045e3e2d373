"""Asks every panel's question of a real database, and makes the readers of dashboards."""
