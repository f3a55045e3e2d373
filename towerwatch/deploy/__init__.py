"""A platform of containers or services on servers of one's own: its folder, its schema, its health."""
