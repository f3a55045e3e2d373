"""Battery pressure terminals on NB-IoT: a vendor's documented frame, over UDP or as hex over MQTT."""
