"""Looks each minute at the room that the platform's disks have, and tells when one fills."""

import os
import shutil
from collections.abc import Collection
from datetime import datetime
from typing import Final

import structlog

from ingest.commit import Session
from ingest.database import Connection, in_transaction
from ingest.disk import Room, findings_of, low_of
from ingest.event_store import announce, tell
from ingest.metrics import Metrics
from ingest.rounds import Rounds

log = structlog.get_logger(__name__)

LOOK_S: Final = 60.0


def folders_of(text: str) -> tuple[str, ...]:
    """The folders of a setting, separated as in PATH; each once."""
    return tuple(dict.fromkeys(word for word in text.split(os.pathsep) if word))


class DiskWatch:
    """Looks until it is stopped; without folders it says that none fills, and ends."""

    def __init__(self, folders: tuple[str, ...], database_url: str, metrics: Metrics) -> None:
        self._folders = folders
        self._session = Session(database_url, "towerwatch ingest disks")
        self._metrics = metrics
        self._told: Collection[str] | None = None
        self._rounds = Rounds("disks", self._round)

    def start(self) -> None:
        """Begin."""
        self._rounds.start()

    def stop(self) -> None:
        """End after the look in hand."""
        self._rounds.stop()

    def tell_of(self, rooms: list[Room], now: datetime) -> None:
        """Keep what was seen.

        Raises:
            StoreUnavailable: It is not kept; the next look tells it.
        """
        low = low_of(rooms, self._told or ())
        if {one.folder for one in low} == self._told:
            return
        found = findings_of(low, self._told)

        def store(inside: Connection) -> None:
            if tell(inside, found, round(now.timestamp() * 1000)):
                announce(inside)

        try:
            in_transaction(self._session(), store)
        finally:
            self._session.close()  # until the next look nobody needs it
        self._told = {one.folder for one in low}

    def _round(self, now: datetime) -> float | None:
        rooms = [room for folder in self._folders if (room := self._look_at(folder)) is not None]
        if len(rooms) == len(self._folders) or low_of(rooms, self._told or ()):
            self.tell_of(rooms, now)
        return LOOK_S if self._folders else None

    def _look_at(self, folder: str) -> Room | None:
        """The room of a folder; None where it cannot be looked at, which says nothing."""
        try:
            usage = shutil.disk_usage(folder)
        except OSError as error:
            log.warning("disk_not_seen", folder=folder, error=str(error))
            return None
        self._metrics.disk_free.labels(folder).set(usage.free)
        return Room(folder=folder, free=usage.free, total=usage.total)
