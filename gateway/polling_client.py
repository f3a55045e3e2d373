"""The library's client where many devices are connected.

The library waits by select(), which knows no descriptor past 1023: a gateway with a thousand
connections of devices would never be connected to its broker again, and nothing would say why.
"""

import select
import ssl
from contextlib import suppress

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTErrorCode

_DRAINED_BYTES = 10_000


class PollingClient(mqtt.Client):
    """The client, waiting by poll()."""

    def _loop(self, timeout: float = 1.0) -> MQTTErrorCode:
        """One turn, as the library's: wait, read, write, look after the connection [s]."""
        sock, waker = self.socket(), self._sockpairR
        if sock is None:
            return MQTTErrorCode.MQTT_ERR_NO_CONN
        is_unread = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
        waiting = select.poll()
        try:
            waiting.register(sock, select.POLLIN | (select.POLLOUT if self.want_write() else 0))
            if waker is not None:
                waiting.register(waker, select.POLLIN)
            ready = dict(waiting.poll(0.0 if is_unread else timeout * 1000))
        except (OSError, ValueError):
            return MQTTErrorCode.MQTT_ERR_CONN_LOST
        found = ready.get(sock.fileno(), 0)
        is_woken = waker is not None and waker.fileno() in ready
        code = MQTTErrorCode.MQTT_ERR_SUCCESS
        if is_unread or found & ~select.POLLOUT:
            code = self.loop_read()
        if is_woken and waker is not None:
            with suppress(OSError):
                waker.recv(_DRAINED_BYTES)
        is_over = bool(code) or self.socket() is None
        if not is_over and (is_woken or found & select.POLLOUT):
            code = self.loop_write()
        return code if code or self.socket() is None else self.loop_misc()
