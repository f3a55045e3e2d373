"""BACnet/IP: Lift and Escalator objects, read and subscribed to, never written."""
