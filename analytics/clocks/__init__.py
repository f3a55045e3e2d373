"""Clocks: deadlines that run, and what follows when one is missed."""
