"""What the console reads from the database and the little that it writes."""
