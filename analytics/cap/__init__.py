"""CAP 1.2 documents of life-safety alarms: written, and judged by the rules of the standard."""
