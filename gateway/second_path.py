"""The alarm lane's second road: HTTPS to the platform's intake, the very same bytes.

The answer 200 carries a receipt; anything else is no delivery.
"""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import niquests
import structlog

from gateway import clock, wire
from gateway.errors import BadMessage, OutboxUnusable
from gateway.metrics import Metrics
from gateway.outbox import Outbox, Stored
from gateway.patience import Pace, backoff
from gateway.topic import GatewayId, Lane

_TIMEOUT_S = 5.0
_AT_ONCE = 20
_FRESH = 5
"""Newest messages posted before each of those parts: a fire of this moment waits for no backlog."""
_NOISE = random.SystemRandom()
_OUR_FAULT = frozenset({401, 403, 404, 408, 429})
"""Refusals that concern every message; another 4xx concerns one, and the next is tried."""
_LOG = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Where the second path ends.

    Attributes:
        url: Base address, `https://host:port`.
        ca_file: Authority that signed the intake's certificate; None trusts the system's.
    """

    url: str
    gateway: GatewayId
    secret: str = field(repr=False)
    ca_file: Path | None = None


class SecondPath:
    """Posts what waits in the alarm outbox, in parts: some of the newest, then the oldest."""

    def __init__(
        self,
        intake: Intake,
        outbox: Outbox,
        metrics: Metrics,
        on_receipt: Callable[[wire.Receipt], None],
    ) -> None:
        self._intake = intake
        self._outbox = outbox
        self._metrics = metrics
        self._on_receipt = on_receipt
        self._asked = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._failures = 0
        self._not_before_s = 0.0
        self._pace = Pace()

    def ask(self) -> None:
        """Post whatever waits; does nothing while a former try still backs off."""
        if clock.steady_s() < self._not_before_s:
            return
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="second-path", daemon=True)
            self._thread.start()
        self._asked.set()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._asked.set()
        if self._thread is not None:
            self._thread.join(_TIMEOUT_S + 1)

    def _run(self) -> None:
        session = niquests.Session()
        session.auth = (f"{self._intake.gateway}.{Lane.ALARM}", self._intake.secret)
        session.trust_env = False
        session.verify = str(self._intake.ca_file) if self._intake.ca_file else True
        try:
            while not self._stop.is_set():
                self._asked.wait()
                self._asked.clear()
                self._post_waiting(session)
        finally:
            session.close()

    def _post_waiting(self, session: niquests.Session) -> None:
        cursor = newest = 0
        while not self._stop.is_set():
            try:
                waiting = self._outbox.fetch_after(cursor, _AT_ONCE)
                cursor = waiting[-1].id if waiting else cursor
                fresh = self._outbox.fetch_after(max(cursor, newest), _FRESH, newest_first=True)
            except OutboxUnusable as error:
                self._failed(str(error))
                return
            if not waiting:
                return
            newest = fresh[0].id if fresh else newest
            for stored in fresh:
                if self._stop.is_set() or not self._post(session, stored):
                    return
            for stored in waiting:
                pause_s = self._pace.pause(clock.steady_s())
                if self._stop.wait(pause_s) or not self._post(session, stored):
                    return

    def _post(self, session: niquests.Session, stored: Stored) -> bool:
        url = f"{self._intake.url}/v1/{self._intake.gateway}/alarm"
        try:
            answer = session.post(
                url,
                data=stored.payload,
                headers={"Content-Type": "application/json"},
                timeout=_TIMEOUT_S,
                allow_redirects=False,
            )
            status = answer.status_code or 0
            if status != HTTPStatus.OK:
                self._failed(f"{url} answered {status} to {stored.stream}/{stored.seq}")
                return 400 <= status < 500 and status not in _OUR_FAULT
            receipt = wire.decode_receipt(answer.content or b"")
        except (niquests.exceptions.RequestException, OSError, BadMessage) as error:
            self._failed(f"{url}: {error}")
            return False
        if self._failures:
            _LOG.info("second path works again", url=url)
        self._failures = 0
        self._metrics.second_path.labels(Lane.ALARM, "delivered").inc()
        self._on_receipt(receipt)
        return True

    def _failed(self, reason: str) -> None:
        if self._failures == 0:
            _LOG.error("second path failed", reason=reason)
        pause_s = backoff(self._failures, _NOISE.random())
        self._not_before_s = clock.steady_s() + pause_s
        self._failures += 1
        self._metrics.second_path.labels(Lane.ALARM, "failed").inc()
