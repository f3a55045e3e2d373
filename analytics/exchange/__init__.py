"""What passes between us and other platforms: cases in, their states back, records by agreement."""
