"""Knocks at the platform's doors now and then, and keeps what they show."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from gateway.errors import BadCertificate
from ingest.commit import Session
from ingest.database import in_transaction
from ingest.door import Door, knock
from ingest.door_store import Looked, store_look
from ingest.errors import DoorShut
from ingest.metrics import Metrics
from ingest.rounds import SOON_S, Rounds

LOOK_S: Final = 600.0
_PROBLEM: Final = 300
"""Characters that are kept of a reason."""


class DoorWatch:
    """Looks at doors until it is stopped; without doors it forgets those of a former start, and ends.

    Args:
        doors: Where to knock, one after the other.
    """

    def __init__(self, doors: Sequence[Door], database_url: str, metrics: Metrics) -> None:
        self._doors = doors
        self._session = Session(database_url, "towerwatch ingest doors")
        self._metrics = metrics
        self._rounds = Rounds("doors", self._round)

    def start(self) -> None:
        """Begin."""
        self._rounds.start()

    def stop(self) -> None:
        """End after the look in hand."""
        self._rounds.stop()

    def look(self, now: datetime) -> bool:
        """Knock at every door and keep what is seen; whether all were open.

        Raises:
            StoreUnavailable: What was seen is not kept.
        """
        looked = [self._look_at(door) for door in self._doors]
        try:
            in_transaction(self._session(), lambda inside: store_look(inside, looked, now))
        finally:
            self._session.close()  # until the next look nobody needs it
        return not any(one.problem for one in looked)

    def _look_at(self, door: Door) -> Looked:
        try:
            shown = knock(door)
        except (DoorShut, BadCertificate) as error:
            return Looked(door=str(door), shown=None, problem=str(error)[:_PROBLEM])
        self._metrics.certificate_seen(str(door), shown.ends_at)
        return Looked(door=str(door), shown=shown)

    def _round(self, now: datetime) -> float | None:
        are_open = self.look(now)
        if not self._doors:
            return None
        return LOOK_S if are_open else SOON_S
