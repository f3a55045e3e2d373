"""What the gateway counts about itself, for Prometheus."""

from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server


class Metrics:
    """The gateway's metrics in a registry of their own, so that tests can make many."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._port = 0
        self._server: WSGIServer | None = None
        self.outbox_messages = self._gauge("outbox_messages", "Messages without a receipt")
        self.outbox_bytes = self._gauge("outbox_bytes", "Payload bytes without a receipt")
        self.outbox_oldest_seconds = self._gauge(
            "outbox_oldest_seconds", "Age of the oldest message without a receipt"
        )
        self.is_connected = self._gauge("connected", "1 while the lane is connected to the broker")
        self.certificate_seconds = self._gauge(
            "certificate_seconds", "Time until the lane's own certificate ends; negative: over"
        )
        self.published = self._counter("published_total", "Messages handed to the broker")
        self.resent = self._counter("resent_total", "Of these, sent before")
        self.not_delivered = self._counter(
            "not_delivered_total", "Messages the broker acknowledged without a reader, or refused"
        )
        self.receipted = self._counter("receipted_total", "Messages covered by a receipt")
        self.shed = self._counter("shed_total", "Messages given up for want of room")
        self.connections = self._counter("connections_total", "Connections made to the broker")
        self.second_path = self._counter(
            "second_path_total", "Messages posted over HTTPS", ("lane", "result")
        )
        self.sounded = self._counter("sounded_total", "Times the local sounder was run")
        self.samples = self._counter("samples_total", "Samples read by a driver", ("driver",))
        self.frames_held = self._counter(
            "samples_held_total", "Samples not sent because nothing changed", ("driver",)
        )
        self.events = self._counter("events_total", "Events stored for sending", ("driver",))
        self.driver_failures = self._counter(
            "driver_failures_total", "Times a driver ended with an error", ("driver",)
        )
        self.device_frames = self._counter(
            "device_frames_total",
            "What a driver counted at its devices: frames, refused, unanswered, lost, repeated",
            ("driver", "what"),
        )
        self.reloads = self._counter(
            "reloads_total", "Times the configuration was read anew: done, refused", ("result",)
        )
        self.stuck = Counter(
            "towerwatch_gateway_stuck_total",
            "Times the process ended because something made no progress",
            registry=self.registry,
        )
        self.clock_steps = Counter(
            "towerwatch_gateway_clock_steps_total",
            "Times the wall clock was set while running",
            registry=self.registry,
        )

    def serve(self, port: int) -> None:
        """Answer Prometheus on the loopback address; 0: no longer. A port in use goes on."""
        if port == self._port:
            return
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        self._port = port
        if port:
            self._server, _ = start_http_server(port, addr="127.0.0.1", registry=self.registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"towerwatch_gateway_{name}", text, ("lane",), registry=self.registry)

    def _counter(self, name: str, text: str, labels: tuple[str, ...] = ("lane",)) -> Counter:
        return Counter(f"towerwatch_gateway_{name}", text, labels, registry=self.registry)
