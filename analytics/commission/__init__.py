"""Commissioning: no device counts as monitored before somebody set it off and the platform heard it."""
