"""Sparkplug B 3.0, the host's side: edge nodes and devices at the site's broker."""
