"""An operator who looks at the page: logs in, follows its stream, notes the first alarm."""

from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from threading import Event, Thread
from urllib.parse import urlencode

_TIMEOUT_S = 5.0
_AGAIN_S = 0.5
_STREAM = "/api/v1/live?after=0"


class PageWatch:
    """Follows the console's stream over HTTP in a thread of its own, as a browser would.

    Args:
        port: The console's port on loopback.
        name: Who logs in.
        password: Of that person.
    """

    def __init__(self, port: int, name: str, password: str) -> None:
        self._port = port
        self._form = urlencode({"name": name, "password": password})
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="page-watch", daemon=True)
        self.first_alarm_at: datetime | None = None

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()
        self._thread.join(timeout=2 * _TIMEOUT_S)

    def _run(self) -> None:
        while self.first_alarm_at is None and not self._stopping.is_set():
            try:
                self._follow(self._log_in())
            except (OSError, HTTPException):
                # The console starts, stops or is busy: an operator loads the page again.
                self._stopping.wait(_AGAIN_S)

    def _log_in(self) -> str:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT_S)
        try:
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", "/login", self._form, headers)
            answer = connection.getresponse()
            cookie = answer.getheader("Set-Cookie", "")
            if answer.status != HTTPStatus.SEE_OTHER or not cookie:
                raise HTTPException(f"the log-in was answered with {answer.status}")
            return cookie.partition(";")[0]
        finally:
            connection.close()

    def _follow(self, cookie: str) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT_S)
        try:
            connection.request("GET", _STREAM, headers={"Cookie": cookie})
            answer = connection.getresponse()
            if answer.status != HTTPStatus.OK:
                raise HTTPException(f"the stream was answered with {answer.status}")
            while line := answer.readline():
                if self._stopping.is_set():
                    return
                if line.strip() == b"event: alarm":
                    self.first_alarm_at = datetime.now(UTC)
                    return
        finally:
            connection.close()
