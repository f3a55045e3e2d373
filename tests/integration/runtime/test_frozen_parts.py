"""Each part of the platform that falls silent is noticed within two of its beats; seconds measured.

A real platform, real signals, a real receiver of the sign of life.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import psycopg
import pytest

from gateway.canary import EVERY_S, LATE_S
from tests.faults import detected
from tests.integration.runtime.test_up import _up, _wait_until_up, home
from towerwatch.home import Home
from towerwatch.platform import DATABASE
from towerwatch.process import answers_http, last_lines, wait_until
from towerwatch.services.database import OWNER, ROLES, private_server
from towerwatch.services.secrets import Secrets
from towerwatch.supervise.movement import LOOK_S, TELL_AFTER
from towerwatch.supervise.state import State, read_state

__all__ = ["home"]

SIGN_EVERY_S = 3.0
SLACK_S = 6.0
"""Looks, answers that are waited for, and two busy cores."""


class Receiver:
    """An outsider who takes signs of life and remembers when."""

    def __init__(self) -> None:
        self.heard: list[float] = []
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                heard.append(time.monotonic())
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/ping"

    def silent_s(self) -> float:
        return time.monotonic() - self.heard[-1]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    Thread(target=receiver.server.serve_forever, daemon=True).start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()


def seconds_until(is_true: Callable[[], bool], within_s: float) -> float:
    began = time.monotonic()
    assert wait_until(is_true, within_s=within_s), f"not within {within_s} s"
    took_s = time.monotonic() - began
    print(f"{took_s:.1f} s")
    return took_s


class Standing:
    """A platform that runs."""

    def __init__(self, home: Home, state: State) -> None:
        self.home = home
        self.state = state
        secrets = Secrets(home.secrets)
        passwords = {name: secrets.get(f"database.{name}") for name in ("tw_admin", *ROLES)}
        self.url = private_server(state.ports["database"], passwords).url(OWNER, DATABASE)

    def pid(self, name: str) -> int:
        state = read_state(self.home)
        assert state is not None
        return next(child.pid for child in state.children if child.name == name)

    def is_whole(self) -> bool:
        return answers_http(self.state.ports["console"], "/health/line")

    def said(self, text: str) -> bool:
        return text in last_lines(self.home.root / "out.log", count=4000)

    def late_alarms(self) -> list[str]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            rows = connection.execute(
                "SELECT state FROM alarms WHERE condition = 'canary_late' ORDER BY id"
            ).fetchall()
        return [str(row[0]) for row in rows]

    def freeze(self, name: str) -> None:
        os.kill(self.pid(name), signal.SIGSTOP)


@pytest.mark.timeout(400)
def test_silent_parts_are_noticed_within_two_beats(home: Home) -> None:
    measured: dict[str, float] = {}
    with receiving() as outsider:
        settings = {
            "TOWERWATCH_DEADMAN_URL": outsider.url,
            "TOWERWATCH_DEADMAN_EVERY_S": str(SIGN_EVERY_S),
        }
        with _up(home, **settings) as process:
            platform = Standing(home, _wait_until_up(home, process))
            measured["whole after the start"] = seconds_until(platform.is_whole, 40)
            seconds_until(lambda: len(outsider.heard) > 1, 20)
            assert platform.late_alarms() == []

            platform.freeze("ingest-alarm")
            began = time.monotonic()
            told = "ingest-alarm makes no progress"
            measured["silent ingest, told by the supervisor"] = seconds_until(
                lambda: platform.said(told), TELL_AFTER * LOOK_S + SLACK_S
            )
            seconds_until(lambda: not platform.is_whole(), LATE_S + SLACK_S)
            seconds_until(lambda: bool(platform.late_alarms()), LATE_S + SLACK_S)
            measured["silent ingest, an alarm on the page"] = time.monotonic() - began
            assert time.monotonic() - began <= LATE_S + SLACK_S
            seconds_until(lambda: outsider.silent_s() > 2 * SIGN_EVERY_S, 15)
            seconds_until(platform.is_whole, 60)
            measured["silent ingest, whole again by a new process"] = time.monotonic() - began
            seconds_until(lambda: platform.late_alarms() == ["returned_unacknowledged"], 15)

            platform.freeze("analytics-alarms")
            began = time.monotonic()
            seconds_until(lambda: platform.said("analytics-alarms makes no progress"), 20)
            measured["silent analytics, told by the supervisor"] = time.monotonic() - began
            seconds_until(lambda: not platform.is_whole(), LATE_S + SLACK_S)
            measured["silent analytics, health of the line"] = time.monotonic() - began
            assert time.monotonic() - began <= LATE_S + SLACK_S
            seconds_until(platform.is_whole, 60)

            seconds_until(lambda: outsider.silent_s() < SIGN_EVERY_S, 15)
            process.send_signal(signal.SIGKILL)
            process.wait()
            heard = len(outsider.heard)
            measured["silent platform, no sign of life"] = seconds_until(
                lambda: outsider.silent_s() > 2 * SIGN_EVERY_S, 3 * SIGN_EVERY_S
            )
            assert len(outsider.heard) <= heard + 1
    for what, took_s in measured.items():
        print(f"{what}: {took_s:.1f} s")
    detected.note({what: s for what, s in measured.items() if what.startswith("silent")})
    assert measured["whole after the start"] < 2 * EVERY_S
