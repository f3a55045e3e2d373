"""Opening an outbox file: one owner, a checked content, a broken file kept as evidence."""

import fcntl
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import structlog

from gateway import clock
from gateway.errors import OutboxForeign, OutboxInUse, OutboxUnusable
from gateway.sql import statements
from gateway.stream import Line
from gateway.topic import Lane

SQL: Final = statements("outbox.sql")
BUSY_S = 5.0
_WAITING: Final = ("streams", "messages", "sheds", "conditions")
_COPIED_AT_ONCE: Final = 200
_ROOM_FOR_COPY: Final = 4
"""Times its size: the copy, and what is taken out of it."""
_LOG: Final = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class OutboxFile:
    """An open SQLite file with its lock.

    Attributes:
        moved_aside: Where the former file was kept because it was broken; None usually.
    """

    database: sqlite3.Connection
    lock: IO[str]
    moved_aside: Path | None

    def close(self) -> None:
        """Close the file and give up the lock."""
        self.database.close()
        self.lock.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some messages of another file, to be kept under their own identity.

    Attributes:
        streams: Its streams: number, lowest message that is not in this outbox then, when opened.
        sheds: What was given up: stream, first and last number.
        messages: Stream, number, when stored, bytes.
    """

    streams: Sequence[tuple[int, int, int]]
    sheds: Sequence[tuple[int, int, int]]
    messages: Sequence[tuple[int, int, int, bytes]]


def open_file(path: Path, *, synchronous: str, now_ms: int, owner: str = "") -> OutboxFile:
    """The file, made when missing; a broken one is moved aside and a new one begun.

    So is one of another gateway: what it holds must not be sent under this one's id.

    Args:
        path: The SQLite file.
        synchronous: `FULL` (safe against power loss) or `NORMAL` (safe against a kill).
        now_ms: For the name of a file moved aside [ms UTC].
        owner: The gateway whose messages it holds; empty: whoever's they are.

    Raises:
        OutboxUnusable: Another process has it open, or the folder cannot be written.
    """
    lock = _lock(path)
    try:
        found = _open_checked(path, synchronous, now_ms, lock)
        other = owner_of(found)
        if not owner or other in ("", owner):
            return found
        found.database.close()
        aside = _move_aside(path, f"of-{other}.{now_ms}")
        _LOG.critical("outbox of another gateway is kept aside", gateway=other, kept=str(aside))
        return _open_checked(path, synchronous, now_ms, lock)
    except (OSError, sqlite3.Error) as error:
        lock.close()
        raise OutboxUnusable(f"outbox {path} cannot be opened: {error}") from error


def owner_of(file: OutboxFile) -> str:
    """The gateway whose messages a file holds; empty where it does not say."""
    row = file.database.execute(SQL["fetch_owner"]).fetchone()
    return "" if row is None else str(row[0])


def require_owner(file: OutboxFile, path: Path, owner: str) -> None:
    """Refuse what would be sent under a wrong id. Raises OutboxForeign."""
    other = owner_of(file)
    if owner and other not in ("", owner):
        raise OutboxForeign(f"outbox {path} holds messages of gateway {other}, not of {owner}")


def can_open(path: Path) -> bool:
    """Whether an outbox file could be opened, or begun, at this moment."""
    try:
        open_file(path, synchronous="NORMAL", now_ms=clock.now_ms()).close()
    except OutboxUnusable:
        return False
    return True


def readable_copy(path: Path, beside: Path) -> Path | None:
    """A copy of a file whose disk takes no writes, beside another; None when there is none to be had.

    A file that cannot be written cannot be opened either: its log wants to be taken in first.
    """
    copy = beside.with_name(f"{beside.name}.copy")
    try:
        parts = [one for end in ("", "-wal") if (one := path.with_name(path.name + end)).is_file()]
        size = sum(one.stat().st_size for one in parts)
        if not parts or shutil.disk_usage(beside.parent).free < _ROOM_FOR_COPY * size:
            return None
        for one in parts:
            shutil.copyfile(one, copy.with_name(copy.name + one.name.removeprefix(path.name)))
    except OSError as error:
        _LOG.critical("outbox cannot be read, left behind", file=str(path), reason=str(error))
        return None
    return copy


def outbox_path(folder: Path, lane: Lane) -> Path:
    """A lane's outbox in a data folder."""
    return folder / f"outbox-{lane}.sqlite"


def copy_waiting(
    source: sqlite3.Connection, target: sqlite3.Connection, known: int, *, has_messages: bool = True
) -> None:
    """Copy all that waits, in order and with its identity; what is there already stays.

    Conditions are replaced, unless those of the target are the newer ones: what is over by the file
    that was in use last must not be believed to stand. Works inside the transaction of `target`.

    Args:
        known: The newest stream of which the target's conditions tell; 0: of none.
        has_messages: Else only what stands is copied.
    """
    there = line_of(source)
    is_older = there is not None and there.newest < known
    waiting = _WAITING if has_messages else _WAITING[-1:]
    for name in waiting[:-1] if is_older else waiting:
        rows = source.execute(SQL[f"read_{name}"])
        if name == "conditions":
            target.execute(SQL["forget_conditions"])
        while some := rows.fetchmany(_COPIED_AT_ONCE):
            target.executemany(SQL[f"copy_{name}"], some)


def count_waiting(database: sqlite3.Connection) -> int:
    """How many messages wait; 0 where that cannot be read."""
    try:
        return int(database.execute(SQL["count_messages"]).fetchone()[0])
    except sqlite3.Error as error:
        _LOG.critical("the messages of an outbox cannot be counted", reason=str(error))
        return 0


def line_of(database: sqlite3.Connection) -> Line | None:
    """The line of a file's streams, as far as known where none was kept; None for a new file."""
    try:
        origin, newest = database.execute(SQL["fetch_line"]).fetchone()
    except sqlite3.Error as error:
        _LOG.critical("the line of an outbox cannot be read", reason=str(error))
        return None
    return None if origin is None else Line(origin=origin, newest=newest)


def take_along(
    source: sqlite3.Connection, target: sqlite3.Connection, known: int, *, has_messages: bool = True
) -> bool:
    """Copy what waits as far as it can be read, whether all; a target that refuses raises."""
    try:
        copy_waiting(source, target, known, has_messages=has_messages)
    except sqlite3.Error as error:
        if not target.in_transaction:
            raise
        _LOG.critical("what waits in the former outbox cannot all be read", reason=str(error))
        return False
    return True


@contextmanager
def transaction(database: sqlite3.Connection, path: Path) -> Iterator[None]:
    """All of it or nothing. Raises OutboxUnusable, which names the file."""
    try:
        database.execute("BEGIN IMMEDIATE")
        try:
            yield
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise
    except sqlite3.Error as error:
        raise OutboxUnusable(f"outbox {path}: {error}") from error


def leave_file(path: Path, *, is_whole: bool) -> None:
    """Remove an outbox file that was taken over, with all that belongs to it.

    Args:
        is_whole: All in it could be read; what could not is kept aside for whoever can.
    """
    if not is_whole:
        _LOG.critical(
            "former outbox is kept aside", kept=str(_move_aside(path, f"broken-{clock.now_ms()}"))
        )
    for suffix in ("", "-wal", "-shm", ".lock"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _move_aside(path: Path, why: str) -> Path:
    aside = path.with_name(f"{path.name}.{why}")
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def _open_checked(path: Path, synchronous: str, now_ms: int, lock: IO[str]) -> OutboxFile:
    try:
        return OutboxFile(database=_connect(path, synchronous), lock=lock, moved_aside=None)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError) and not _is_broken(error):
            raise
    aside = _move_aside(path, f"broken-{now_ms}")
    return OutboxFile(database=_connect(path, synchronous), lock=lock, moved_aside=aside)


def _is_broken(error: sqlite3.Error) -> bool:
    code = error.sqlite_errorcode & 0xFF
    # A foreign or older layout answers with a plain error at the first statement.
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


def _lock(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(path.name + ".lock").open("a")
    except OSError as error:
        raise OutboxUnusable(f"outbox folder {path.parent} cannot be written: {error}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise OutboxInUse(f"outbox {path} is in use by another gateway process") from error
    return lock


def _connect(path: Path, synchronous: str) -> sqlite3.Connection:
    database = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=BUSY_S, cached_statements=64
    )
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA synchronous = {synchronous}")
        database.execute("PRAGMA journal_size_limit = 16777216")
        found = database.execute("PRAGMA quick_check").fetchone()
        if found != ("ok",):
            raise _broken(f"quick_check says {found}")
        database.executescript(SQL["schema"])
        for name in ("fetch_streams", "fetch_line", "fetch_depth", "fetch_conditions"):
            database.execute(SQL[name], {"current": 0}).fetchall()
    except sqlite3.Error:
        database.close()
        raise
    return database


def _broken(text: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(text)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error
