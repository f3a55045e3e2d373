"""LoRaWAN devices through ChirpStack v4: its events at the site's broker, as JSON."""
