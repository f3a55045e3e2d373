"""Holds: shelving, suppression by design and taking out of service."""
