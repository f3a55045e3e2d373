"""A dead man's signal: an outsider hears every 30 s that alarms come through, or complains.

It asks the console whether the path's self-test has just come by its live stream, and posts only
then. Whatever breaks, this process, the machine or the whole site included, ends the signal.
"""

from threading import Event
from typing import Final

import niquests
import structlog

from dashboards.feeds.settings import Settings
from gateway.clock import steady_s

ASK_LIMIT_S: Final = 5.0
TELL_LIMIT_S: Final = 10.0
AGAIN_S: Final = 5.0
"""Pause before another try when the path is broken or the receiver does not answer [s]."""

_log = structlog.get_logger("feeds.deadman")


class Deadman:
    """Gives the sign of life.

    Args:
        settings: Whom to ask and whom to tell.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session = niquests.Session()
        self._session.trust_env = False
        self._is_silent = False

    def run(self, stop: Event) -> None:
        """Give the sign until told to stop."""
        while not stop.is_set():
            began_s = steady_s()
            every_s = self._settings.deadman_every_s if self.turn() else AGAIN_S
            stop.wait(max(0.0, every_s - (steady_s() - began_s)))
        self._session.close()

    def turn(self) -> bool:
        """Give the sign once if the path is whole; whether it was given and taken."""
        try:
            return self._ask() and self._tell()
        except Exception as error:  # noqa: BLE001 - the edge of the loop
            self._note(f"{type(error).__name__}: {error}")
            return False

    def _ask(self) -> bool:
        answer = self._session.get(
            f"{self._settings.console_url}/health/line",
            headers={"Accept": "application/json"},
            timeout=ASK_LIMIT_S,
            allow_redirects=False,
        )
        if answer.status_code == 200:
            return True
        self._note(f"the console answers {answer.status_code}: {(answer.text or '')[:200]}")
        return False

    def _tell(self) -> bool:
        answer = self._session.post(
            self._settings.deadman_url, data=b"", timeout=TELL_LIMIT_S, allow_redirects=False
        )
        if answer.status_code is not None and answer.status_code < 300:
            if self._is_silent:
                _log.info("sign_of_life_goes_on")
            self._is_silent = False
            return True
        self._note(f"the receiver answers {answer.status_code}")
        return False

    def _note(self, reason: str) -> None:
        if not self._is_silent:
            _log.error("no_sign_of_life_given", reason=reason)
        self._is_silent = True
