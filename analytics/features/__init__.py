"""Features: what an hour or a day of an asset looked like, from the hourly statistics alone."""
