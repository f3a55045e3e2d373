"""From the broker to the database: admit or quarantine, store once, prove it, say so."""
