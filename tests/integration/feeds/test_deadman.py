"""The sign of life, to a real receiver, asked of a real small server in the console's place."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from dashboards.feeds.deadman import Deadman
from dashboards.feeds.settings import Settings


class Answering:
    """A server that answers every request with a status, and counts them by method."""

    def __init__(self) -> None:
        self.status = 200
        self.counts = {"GET": 0, "POST": 0}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                outer.counts[self.command] += 1
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = _answer  # noqa: N815 - the library's name
            do_POST = _answer  # noqa: N815 - the library's name

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@contextmanager
def answering() -> Iterator[Answering]:
    made = Answering()
    Thread(target=made.server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()


def test_the_sign_is_given_only_while_the_path_is_whole() -> None:
    with answering() as console, answering() as outsider:
        settings = Settings(deadman_url=outsider.url, console_url=console.url, deadman_every_s=30)
        deadman = Deadman(settings)
        assert deadman.turn()
        assert outsider.counts["POST"] == 1
        console.status = 503
        assert not deadman.turn()
        assert not deadman.turn()
        assert outsider.counts["POST"] == 1
        console.status = 200
        assert deadman.turn()
        assert outsider.counts["POST"] == 2


def test_a_receiver_that_refuses_has_not_heard_it() -> None:
    with answering() as console, answering() as outsider:
        outsider.status = 500
        settings = Settings(deadman_url=outsider.url, console_url=console.url, deadman_every_s=30)
        assert not Deadman(settings).turn()


def test_a_console_that_is_away_is_no_sign_of_life() -> None:
    with answering() as outsider:
        away = Settings(
            deadman_url=outsider.url, console_url="http://127.0.0.1:9", deadman_every_s=30
        )
        assert not Deadman(away).turn()
        assert outsider.counts["POST"] == 0


@pytest.mark.parametrize("url", ["", "ftp://there"])
def test_wrong_settings_are_one_sentence_and_status_2(url: str) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "dashboards.feeds"],
        env={"PATH": os.environ["PATH"], "TOWERWATCH_DEADMAN_URL": url},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert found.returncode == 2
    assert "TOWERWATCH_DEADMAN_URL" in found.stderr
