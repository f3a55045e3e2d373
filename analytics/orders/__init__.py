"""Work orders beside the alarms: who does them, where they come from, whether they were worth it."""
