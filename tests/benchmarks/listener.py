"""A page that listens: notes when each asset's alarm came over the console's live stream."""

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from time import monotonic
from typing import Final
from urllib.parse import urlencode

from towerwatch.process import wait_until

_ASSET: Final = re.compile(rb"bench-\d{4}-[LWE]-\d{4}")
_TIMEOUT_S: Final = 20.0


@dataclass(slots=True, kw_only=True)
class Listener:
    """One reader of the stream.

    Attributes:
        seen_s: When an asset's code came first (monotonic clock) [s].
        resyncs: How often the console told the page to take a snapshot instead.
    """

    port: int
    name: str
    password: str
    seen_s: dict[str, float] = field(default_factory=dict)
    resyncs: int = 0
    _is_ready: threading.Event = field(default_factory=threading.Event)
    _is_over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen while the block runs."""
        thread = threading.Thread(target=self._run, args=(self._log_in(),), daemon=True)
        thread.start()
        assert self._is_ready.wait(_TIMEOUT_S), "the live stream did not begin"
        try:
            yield
        finally:
            self._is_over.set()
            thread.join(timeout=_TIMEOUT_S)

    def wait_for(self, assets: Sequence[str], *, within_s: float) -> bool:
        """Wait until all of some assets were seen."""
        wanted = set(assets)
        return wait_until(lambda: wanted <= self.seen_s.keys(), within_s=within_s)

    def _log_in(self) -> str:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=_TIMEOUT_S)
        form = urlencode({"name": self.name, "password": self.password})
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://127.0.0.1:{self.port}",
        }
        connection.request("POST", "/login", form, headers)
        answer = connection.getresponse()
        cookies = [text.partition(";")[0] for text in answer.headers.get_all("Set-Cookie", [])]
        connection.close()
        assert cookies, f"the console refuses the log-in: {answer.status}"
        return "; ".join(cookies)

    def _run(self, cookie: str) -> None:
        while not self._is_over.is_set():
            with suppress(OSError, HTTPException):
                self._listen(cookie)

    def _listen(self, cookie: str) -> None:
        """Read lines as they come; the console's heartbeat every second lets us end."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=_TIMEOUT_S)
        connection.request("GET", "/api/v1/live", headers={"Cookie": cookie})
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        while line := answer.readline():
            if line.startswith(b"event: ready"):
                self._is_ready.set()
            elif line.startswith(b"event: resync"):
                self.resyncs += 1
            elif line.startswith(b"data:"):
                self._note(line)
            if self._is_over.is_set():
                break
        connection.close()

    def _note(self, line: bytes) -> None:
        now = monotonic()
        for found in _ASSET.findall(line):
            self.seen_s.setdefault(found.decode(), now)
