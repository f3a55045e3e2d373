"""A person at the console, by HTTP: logs in, reads, acts, and listens to the live stream."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import niquests

from gateway import clock
from towerwatch.process import wait_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One event of the live stream."""

    id: int
    kind: str
    body: dict[str, Any]
    at_s: float
    """When it came, by the steady clock [s]."""


class Visitor:
    """A logged-in user of the console."""

    def __init__(self, address: str, name: str, password: str) -> None:
        self._address = address
        self._session = niquests.Session()
        answer = self._session.post(
            f"{address}/login",
            data={"name": name, "password": password},
            headers={"Origin": address},
            timeout=20,
        )
        assert answer.status_code == 200, answer.text

    def close(self) -> None:
        """Leave."""
        self._session.close()

    def get(self, path: str) -> Any:
        """A JSON document of the API."""
        answer = self._session.get(f"{self._address}{path}", timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def page(self, path: str) -> str:
        """A page as HTML."""
        answer = self._session.get(f"{self._address}{path}", timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.text or ""

    def alarms(self) -> list[dict[str, Any]]:
        """The open alarms."""
        found: list[dict[str, Any]] = self.get("/api/v1/alarms")["items"]
        return found

    @contextmanager
    def listening(self, after: int = 0) -> Iterator[list[Heard]]:
        """The live stream, collected by a thread while the block runs."""
        heard: list[Heard] = []
        answer = self._session.get(
            f"{self._address}/api/v1/live", params={"after": str(after)}, stream=True, timeout=60
        )
        assert answer.status_code == 200
        reader = threading.Thread(target=_collect, args=(answer, heard), daemon=True)
        reader.start()
        try:
            yield heard
        finally:
            answer.close()
            reader.join(timeout=10)


def _collect(answer: niquests.Response, heard: list[Heard]) -> None:
    fields: dict[str, str] = {}
    try:
        for line in answer.iter_lines(decode_unicode=True):
            text = line if isinstance(line, str) else line.decode()
            if text:
                name, _, value = text.partition(": ")
                fields[name] = value
            elif fields:
                if "id" in fields and "data" in fields:
                    heard.append(
                        Heard(
                            id=int(fields["id"]),
                            kind=fields.get("event", ""),
                            body=json.loads(fields["data"]),
                            at_s=clock.steady_s(),
                        )
                    )
                fields = {}
    except (niquests.RequestException, OSError, AttributeError):
        return


def until(is_true: Any, *, within_s: float) -> bool:
    """Ask until something is true, or the time is over."""
    return wait_until(is_true, within_s=within_s)
