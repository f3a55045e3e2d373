"""What waits in outboxes of another folder, which nobody would read, is taken along.

What stands at once: it must be known before the drivers begin; with it the alarms, which are few.
Where they are many, and telemetry always, in small parts beside the work: a week's outage is
hundreds of megabytes, and nobody is deaf meanwhile. Former alarms come no faster than they go out,
for a while, so that a fresh fire has hundreds before it and not a hundred thousand. A part is in the new file before it leaves the former one; what a kill leaves in both has one
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
from gateway.outbox import Outbox
from gateway.outbox_file import (
    SQL,
    OutboxFile,
    Part,
    can_open,
    leave_file,
    open_file,
    require_owner,
    transaction,
)
from gateway.topic import Lane

_AT_ONCE: Final = 400
ALARMS_AT_ONCE: Final = 2000
"""Most alarms of a former file that are taken over before the drivers begin."""
_FRESH_FIRST_S: Final = 10.0
"""So long a part of former alarms waits for those before it to go out; then the old disk has waited
long enough [s]."""
_BYTES_AT_ONCE: Final = 1024 * 1024
"""A part ends with the message that brings it here [B]."""
_PAUSE_S: Final = 0.02
_NO_ROOM_S: Final = 5.0
"""Pause before another try while the new file has no room [s]."""
_LOG: Final = structlog.get_logger(__name__)


def take_over(outboxes: Mapping[Lane, Outbox], former: Mapping[Lane, Path]) -> list[Path]:
    """Open outboxes with what waits in files of another folder.

    A disk that is left because it is broken must not keep the gateway on it.

    Returns:
        Files that hold too much: what stands is known, their messages are to be taken in parts.

    Raises:
        OutboxUnusable: The new folder does not take it; every former file is as it was.
    """
    taken: list[tuple[Path, Outbox]] = []
    in_parts: list[Path] = []
    for lane, path in former.items():
        if path == outboxes[lane].home:
            continue
        try:
            outboxes[lane].open(adopted=path, at_once=ALARMS_AT_ONCE)
        except OutboxUnusable as error:
            if not isinstance(error, OutboxForeign) and can_open(path):
                raise
            _LOG.critical("former outbox cannot be read, left behind", reason=str(error))
        else:
            if outboxes[lane].has_left_some:
                in_parts.append(path)
            else:
                taken.append((path, outboxes[lane]))
    for path, outbox in taken:  # Not before all are safe: the old settings may be tried again.
        leave_file(path, is_whole=outbox.took_all)
        _LOG.warning("what waited in the former outbox is taken over", file=str(path))
    return in_parts


class FormerFiles:
    """Former files of a lane, taken along in small parts beside the work."""

    def __init__(
        self, outbox: Outbox, stored: Callable[[], None], *, is_fresh_first: bool = False
    ) -> None:
        """Nothing is touched yet.

        Args:
            stored: Says that something was stored.
            is_fresh_first: Whether a part waits for those before it to be sent.
        """
        self._outbox = outbox
        self._stored = stored
        self._is_fresh_first = is_fresh_first
        self._left: list[Path] = []

    @property
    def left(self) -> Sequence[Path]:
        """Files whose messages are not all taken along yet."""
        return tuple(self._left)

    def expect(self, former: Sequence[Path]) -> None:
        """Former files, before the run."""
        self._left = [path for path in former if path != self._outbox.home]

    def run(self, stop: threading.Event) -> None:
        """Take all along; what cannot be read stays noted where it lies."""
        for path in tuple(self._left):
            try:
                is_done = self._take(path, stop)
            except Exception as error:  # noqa: BLE001 - edge of what is done beside the work
                # Noted where it lies; the next start tries again.
                _LOG.critical("former outbox is left behind", file=str(path), reason=repr(error))
                continue
            if not is_done:
                return
            self._left.remove(path)

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
        self._let_fresh_go_first(stop)
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

    def _let_fresh_go_first(self, stop: threading.Event) -> None:
        until_s = clock.steady_s() + _FRESH_FIRST_S
        while (
            self._is_fresh_first and self._outbox.depth >= _AT_ONCE and clock.steady_s() < until_s
        ):
            if stop.wait(_PAUSE_S):
                return


class DataLane:
    """The data lane's file: opened beside the drivers' work, then what former ones hold is taken along.

    To check a file that a long outage filled takes a small box's disk a minute.

    Attributes:
        former: What is taken along.
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
        self.former = FormerFiles(outbox, stored)

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
        self.former.run(stop)


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
