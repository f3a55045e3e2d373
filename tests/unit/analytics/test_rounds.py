"""A loop that fails goes on, ever more patiently, and says so once."""

from threading import Event
from typing import cast

import pytest
from structlog.testing import capture_logs

from analytics.rounds import Rounds
from ingest.database import Connection


class Closing:
    """A connection of which nothing is asked but that it is closed."""

    def __init__(self) -> None:
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True


class Waited(Event):
    """Notes how long it was waited for, and does not wait."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses_s: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses_s.append(timeout)
        return self.is_set()


def test_a_loop_that_fails_begins_anew_and_says_once_that_it_failed_and_once_that_it_goes_on() -> (
    None
):
    opened: list[Closing] = []
    stop = Waited()

    def connect() -> Connection:
        opened.append(Closing())
        return cast("Connection", opened[-1])

    rounds = Rounds("orders", connect, (0.5, 1.0))

    def serve(_connection: Connection, stop: Event) -> None:
        if len(opened) <= 3:
            raise RuntimeError("the database went away")
        rounds.went_well()
        rounds.went_well()
        stop.set()

    with capture_logs() as logs:
        rounds.run(serve, stop)
    assert stop.pauses_s == [0.5, 1.0, 1.0]
    assert [one.is_closed for one in opened] == [True] * 4
    assert [(line["event"], line["loop"]) for line in logs] == [
        ("round_failed", "orders"),
        ("rounds_go_on", "orders"),
    ]


def test_a_loop_that_cannot_connect_waits() -> None:
    stop = Waited()

    def connect() -> Connection:
        if len(stop.pauses_s) == 2:
            stop.set()
        raise OSError("nobody listens")

    def serve(_connection: Connection, _stop: Event) -> None:
        pytest.fail("served without a connection")

    Rounds("sealer", connect, (2.0,)).run(serve, stop)
    assert stop.pauses_s == [2.0, 2.0, 2.0]
