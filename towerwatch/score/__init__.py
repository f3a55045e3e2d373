"""Score a table of numbers with the detectors of early warning, outside any database."""
