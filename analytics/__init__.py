"""From rows to decisions: alarms, incidents, duties, work orders, clocks, notices, early warnings."""
