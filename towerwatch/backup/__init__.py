"""Backups: one consistent dump with the secrets that belong to it, and the way back."""
