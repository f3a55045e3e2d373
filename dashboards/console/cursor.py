"""Cursors of lists: opaque to clients, checked when they come back."""

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from dashboards.console.errors import BadCursor
from dashboards.console.store.alarm import AlarmAfter, AlarmLine
from dashboards.console.store.cap import CapAfter
from dashboards.console.store.order import OrderAfter, OrderLine
from dashboards.console.store.queue import PARTS, QueueAfter, part_of
from dashboards.feeds.atom import CapEntry

MOST_ID: Final = 2**63 - 1
MOST_SMALL_ID: Final = 2**31 - 1
UNSTORABLE: Final = frozenset("\0")


def pack(*parts: str | float | bool) -> str:
    """A position in a list as a word for a URL."""
    text = json.dumps(parts, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _unpack(cursor: str, *kinds: type) -> list[str | float | bool]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
    except (binascii.Error, ValueError):
        raise BadCursor from None
    is_well = (
        isinstance(parts, list)
        and len(parts) == len(kinds)
        and all(_fits(part, kind) for part, kind in zip(parts, kinds, strict=True))
    )
    if not is_well:
        raise BadCursor
    return list(parts)


def _fits(part: object, kind: type) -> bool:
    """Whether a part is of its kind and the database can hold it."""
    if type(part) is not kind:
        return False
    if isinstance(part, int) and abs(part) > MOST_ID:
        return False
    return not (isinstance(part, str) and (UNSTORABLE & set(part) or not part.isprintable()))


def _moment(part: str | float | bool) -> datetime:
    try:
        moment = datetime.fromisoformat(str(part))
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadCursor from None
    if moment.tzinfo is None:
        raise BadCursor
    return moment


def of_moment(at: datetime, name: str | int) -> str:
    """The cursor after something that happened."""
    return pack(at.isoformat(), str(name))


def to_moment(cursor: str | None) -> tuple[datetime, str] | None:
    """The moment and name after which a page begins.

    Raises:
        BadCursor: The cursor is none of ours.
    """
    if cursor is None:
        return None
    at, name = _unpack(cursor, str, str)
    return _moment(at), str(name)


def to_name(cursor: str | None) -> str | None:
    """The name after which a page begins.

    Raises:
        BadCursor: The cursor is none of ours.
    """
    return None if cursor is None else str(_unpack(cursor, str)[0])


def of_alarm(line: AlarmLine) -> str:
    """The cursor after an alarm."""
    return pack(line.is_life_safety, line.severity, line.opened_at.isoformat(), line.id)


def to_alarm(cursor: str | None) -> AlarmAfter | None:
    """The alarm after which a page begins.

    Raises:
        BadCursor: The cursor is none of ours.
    """
    if cursor is None:
        return None
    is_life_safety, severity, opened_at, alarm_id = _unpack(cursor, bool, str, str, int)
    opened = _moment(opened_at)
    return AlarmAfter(
        is_life_safety=bool(is_life_safety),
        severity=str(severity),
        opened_at=opened,
        id=int(alarm_id),
    )


def of_queue(line: AlarmLine) -> str:
    """The cursor after an alarm in the order of all that are open."""
    return pack(part_of(line), line.severity, line.opened_at.isoformat(), line.id)


def to_queue(cursor: str | None) -> QueueAfter | None:
    """The alarm after which a page begins, in the order of all that are open.

    Raises:
        BadCursor: The cursor is none of ours.
    """
    if cursor is None:
        return None
    part, severity, opened_at, alarm_id = _unpack(cursor, int, str, str, int)
    if not 0 <= int(part) < len(PARTS):
        raise BadCursor
    row = AlarmAfter(
        is_life_safety=PARTS[int(part)].is_life_safety,
        severity=str(severity),
        opened_at=_moment(opened_at),
        id=int(alarm_id),
    )
    return QueueAfter(part=int(part), row=row)


def of_order(line: OrderLine) -> str:
    """The cursor after an open order."""
    is_life_safety = bool(line.is_life_safety) and not line.is_drill
    due_at = "" if line.clock_due_at is None else line.clock_due_at.isoformat()
    return pack(is_life_safety, due_at, line.id)


def to_order(cursor: str | None) -> OrderAfter | None:
    """The open order after which a page begins.

    Raises:
        BadCursor: The cursor is none of ours.
    """
    if cursor is None:
        return None
    is_life_safety, due_at, order_id = _unpack(cursor, bool, str, int)
    return OrderAfter(
        is_life_safety=bool(is_life_safety),
        due_at=_moment(due_at) if due_at else None,
        id=int(order_id),
    )


def of_cap(entry: CapEntry) -> str:
    """The cursor after a CAP document."""
    return pack(entry.sent_at.isoformat(), entry.identifier)


def to_cap(cursor: str | None) -> CapAfter | None:
    """The CAP document after which a page begins.

    Raises:
        BadCursor: The cursor is none of ours.
    """
    if cursor is None:
        return None
    sent_at, identifier = _unpack(cursor, str, str)
    return CapAfter(sent_at=_moment(sent_at), identifier=str(identifier))


def to_id(cursor: str | None) -> int | None:
    """The id after which a page begins.

    Raises:
        BadCursor: The cursor is none of ours.
    """
    return None if cursor is None else int(_unpack(cursor, int)[0])


def to_path(cursor: str | None) -> str | None:
    """The place after which a page begins.

    Raises:
        BadCursor: The cursor is none of ours.
    """
    if cursor is None:
        return None
    path = str(_unpack(cursor, str)[0])
    if not all(label.isascii() and label.replace("_", "").isalnum() for label in path.split(".")):
        raise BadCursor
    return path


def to_small_id(cursor: str | None) -> int | None:
    """The number of 32 bits after which a page begins.

    Raises:
        BadCursor: The cursor is none of ours.
    """
    found = to_id(cursor)
    if found is not None and abs(found) > MOST_SMALL_ID:
        raise BadCursor
    return found


def to_uuid(cursor: str | None) -> str | None:
    """The UUID after which a page begins.

    Raises:
        BadCursor: The cursor is none of ours.
    """
    return None if cursor is None else _uuid(str(_unpack(cursor, str)[0]))


def to_moment_and_uuid(cursor: str | None) -> tuple[datetime, str] | None:
    """The moment and UUID after which a page begins.

    Raises:
        BadCursor: The cursor is none of ours.
    """
    found = to_moment(cursor)
    return None if found is None else (found[0], _uuid(found[1]))


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise BadCursor from None
