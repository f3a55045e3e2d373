"""A private PostgreSQL, TimescaleDB and Mosquitto, unpacked beside the system without root."""
