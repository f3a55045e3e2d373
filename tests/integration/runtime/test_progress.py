"""What a process says of its own progress is believed only while its time is near ours."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from towerwatch.supervise.movement import HANGS_S, is_recent, is_young

NAME = "towerwatch_progress"


@contextmanager
def saying(value: float) -> Iterator[int]:
    """A process whose metrics hold one gauge; its port."""
    text = f"{NAME} {value}\n".encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.mark.parametrize(
    ("age_s", "moves"), [(1, True), (HANGS_S + 5, False), (3600, False), (-3600, False)]
)
def test_a_time_far_from_ours_is_no_progress_on_either_side(age_s: float, moves: bool) -> None:
    with saying(time.time_ns() / 1e9 - age_s) as port:
        assert is_recent(port, NAME) is moves


@pytest.mark.parametrize(("age_s", "moves"), [(0.5, True), (HANGS_S + 5, False)])
def test_an_age_is_taken_as_it_is_said(age_s: float, moves: bool) -> None:
    with saying(age_s) as port:
        assert is_young(port, NAME) is moves


def test_nobody_there_is_no_progress() -> None:
    with saying(1) as port:
        pass
    assert not is_recent(port, NAME)
    assert not is_young(port, NAME)
