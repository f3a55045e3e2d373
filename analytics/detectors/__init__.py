"""Detectors of early warning: arrays in, scores out; each stands in a module of its own."""
