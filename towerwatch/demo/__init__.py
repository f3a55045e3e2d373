"""The demonstration: a simulated compound or a recording through the whole line, and its figures."""
