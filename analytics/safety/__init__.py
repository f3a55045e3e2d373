"""Life safety: fire, rescue, drills and duty checks."""
