"""The audit chain: history sealed as it is written, and verified."""
