"""The drivers at work: one driver's trouble is nobody else's."""

import threading
from typing import cast

from gateway.crew import Crew, NamedDriver
from gateway.driver import Driver, Sink
from gateway.metrics import Metrics
from gateway.sink import DriverSink


class Idle:
    def run(self, sink: Sink, stop: threading.Event) -> None:
        del sink
        stop.wait()


class Ticking:
    """A sink that counts its ticks, or fails at each."""

    def __init__(self, *, fails: bool) -> None:
        self.fails = fails
        self.ticks = 0

    def tick(self) -> None:
        self.ticks += 1
        if self.fails:
            raise ValueError("no tick")

    def flush(self) -> bool:
        return True


def test_a_sink_that_fails_does_not_stop_the_others() -> None:
    sinks = {"a": Ticking(fails=True), "b": Ticking(fails=False)}
    crew = Crew(lambda name, _stop: cast("DriverSink", sinks[name]), Metrics())
    crew.change([NamedDriver(name=name, driver=cast("Driver", Idle())) for name in sinks])
    crew.tick()
    crew.tick()
    crew.stop()
    assert [one.ticks for one in sinks.values()] == [2, 2]
