"""The private database and the private broker: how they are prepared, configured and started."""
