"""What waits in outboxes of another folder, which nobody would read, is taken along.

Alarms at once: they are few, and what stands must be known before the drivers begin. Telemetry in
small parts beside the work: a week's outage is hundreds of megabytes, and nobody is deaf meanwhile.
A part is in the new file before it leaves the former one; what a kill leaves in both has one
identity, and counts once.
"""

import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import structlog

from gateway import clock
from gateway.errors import OutboxForeign, OutboxUnusable
from gateway.outbox import Outbox, Part
from gateway.outbox_file import (
    SQL,
    OutboxFile,
    can_open,
    leave_file,
    open_file,
    require_owner,
    transaction,
)
from gateway.topic import Lane

_AT_ONCE: Final = 400
_BYTES_AT_ONCE: Final = 1024 * 1024
"""A part ends with the message that brings it here [B]."""
_PAUSE_S: Final = 0.02
_NO_ROOM_S: Final = 5.0
"""Pause before another try while the new file has no room [s]."""
_LOG: Final = structlog.get_logger(__name__)


def take_over(outboxes: Mapping[Lane, Outbox], former: Mapping[Lane, Path]) -> None:
    """Open outboxes with what waits in files of another folder.

    A disk that is left because it is broken must not keep the gateway on it.

    Raises:
        OutboxUnusable: The new folder does not take it; every former file is as it was.
    """
    taken: list[tuple[Path, Outbox]] = []
    for lane, path in former.items():
        if path == outboxes[lane].home:
            continue
        try:
            outboxes[lane].open(adopted=path)
        except OutboxUnusable as error:
            if not isinstance(error, OutboxForeign) and can_open(path):
                raise
            _LOG.critical("former outbox cannot be read, left behind", reason=str(error))
        else:
            taken.append((path, outboxes[lane]))
    for path, outbox in taken:  # Not before all are safe: the old settings may be tried again.
        leave_file(path, is_whole=outbox.took_all)
        _LOG.warning("what waited in the former outbox is taken over", file=str(path))


class DataLane:
    """The data lane's file: opened beside the drivers' work, then what former ones hold is taken along.

    To check a file that a long outage filled takes a small box's disk a minute.
    """

    def __init__(
        self, outbox: Outbox, begin: Callable[[], None], stored: Callable[[], None]
    ) -> None:
        """Nothing is touched yet.

        Args:
            begin: Lets the lane be sent, once its file is open.
            stored: Says that something was stored.
        """
        self._outbox = outbox
        self._begin = begin
        self._stored = stored
        self._former: list[Path] = []

    @property
    def former(self) -> Sequence[Path]:
        """Files whose messages are not all taken along yet."""
        return tuple(self._former)

    def expect(self, former: Sequence[Path]) -> None:
        """Former files, before the run."""
        self._former = [path for path in former if path != self._outbox.home]

    def run(self, stop: threading.Event) -> None:
        """Open the file, however often it has to be tried; end when all is taken along."""
        reason = ""
        while not self._outbox.is_open and not stop.is_set():
            try:
                aside = self._outbox.open()
            except OutboxUnusable as error:
                if str(error) != reason:
                    reason = str(error)
                    _LOG.critical("data outbox is not open, trying again", reason=reason)
                if stop.wait(_NO_ROOM_S):
                    return
            else:
                say_broken(Lane.DATA, aside)
        self._begin()
        for path in tuple(self._former):
            try:
                is_done = self._take(path, stop)
            except Exception as error:  # noqa: BLE001 - edge of what is done beside the work
                # Noted where it lies; the next start tries again.
                _LOG.critical("former outbox is left behind", file=str(path), reason=repr(error))
                continue
            if not is_done:
                return
            self._former.remove(path)

    def _take(self, path: Path, stop: threading.Event) -> bool:
        """Take one file along; False when told to stop."""
        source = open_file(path, synchronous="NORMAL", now_ms=clock.now_ms())
        is_whole = source.moved_aside is None
        count = 0
        try:
            require_owner(source, path, self._outbox.owner)
            part = _part(source, is_first=True)
            while self._put(part, stop):
                if not part.messages:
                    break
                count += len(part.messages)
                self._stored()
                _forget(source, path, part)
                part = _part(source, is_first=False)
            else:
                return False
        except sqlite3.Error as error:
            _LOG.critical("what waits in the former outbox cannot all be read", reason=str(error))
            is_whole = False
        finally:
            source.close()
        leave_file(path, is_whole=is_whole)
        _LOG.warning("former outbox is taken over", file=str(path), messages=count)
        return True

    def _put(self, part: Part, stop: threading.Event) -> bool:
        """Keep a part, however long there is no room for it; False when told to stop."""
        reason = ""
        while not stop.wait(_PAUSE_S):
            try:
                if self._outbox.take_in(part):
                    return True
                error = "no room"
            except OutboxUnusable as unusable:
                error = str(unusable)
            if error != reason:
                reason = error
                _LOG.warning("former outbox waits", reason=reason)
            if stop.wait(_NO_ROOM_S):
                break
        return False


def say_broken(lane: Lane, aside: Path | None) -> None:
    """Say where a broken file was kept, if it was."""
    if aside is not None:
        kept = str(aside)
        _LOG.critical("outbox was broken: kept aside, a new one begun", lane=lane, kept=kept)


def _part(source: OutboxFile, *, is_first: bool) -> Part:
    """The lowest messages of a file, and its streams as they are then; the last part has no messages."""
    messages: list[tuple[int, int, int, bytes]] = []
    size = 0
    for one in source.database.execute(SQL["read_some"], {"limit": _AT_ONCE}):
        messages.append(one)
        size += len(one[3])
        if size >= _BYTES_AT_ONCE:
            break
    stream, seq = messages[-1][:2] if messages else (0, 0)
    behind = {"stream": stream, "seq": seq}
    return Part(
        streams=source.database.execute(SQL["read_streams_behind"], behind).fetchall(),
        sheds=source.database.execute(SQL["read_sheds"]).fetchall() if is_first else (),
        messages=messages,
    )


def _forget(source: OutboxFile, path: Path, part: Part) -> None:
    if part.messages:
        stream, seq, *_ = part.messages[-1]
        with transaction(source.database, path):
            source.database.execute(SQL["delete_through"], {"stream": stream, "seq": seq})
