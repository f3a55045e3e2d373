"""Alarms: from what a device said to what stands at the desk."""
