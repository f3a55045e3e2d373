"""Limits that administrators set in place of the catalogue's, or where it has none."""
