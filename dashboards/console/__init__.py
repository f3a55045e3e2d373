"""The control-room console: pages, API and the live stream. It holds no rule and writes no alarm."""
