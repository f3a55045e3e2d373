"""Cursors of lists: opaque to clients, checked when they come back."""

import base64
import binascii
import json
from datetime import datetime

from dashboards.console.errors import BadRequest
from dashboards.console.store.alarm import AlarmAfter, AlarmLine
from dashboards.console.store.cap import CapAfter
from dashboards.feeds.atom import CapEntry


def pack(*parts: str | float | bool) -> str:
    """A position in a list as a word for a URL."""
    text = json.dumps(parts, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _unpack(cursor: str, *kinds: type) -> list[str | float | bool]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
    except (binascii.Error, ValueError):
        raise BadRequest("cursor: take it from `next` of the page before") from None
    is_well = (
        isinstance(parts, list)
        and len(parts) == len(kinds)
        and all(type(part) is kind for part, kind in zip(parts, kinds, strict=True))
    )
    if not is_well:
        raise BadRequest("cursor: take it from `next` of the page before")
    return list(parts)


def of_alarm(line: AlarmLine) -> str:
    """The cursor after an alarm."""
    return pack(line.is_life_safety, line.severity, line.opened_at.isoformat(), line.id)


def to_alarm(cursor: str | None) -> AlarmAfter | None:
    """The alarm after which a page begins.

    Raises:
        BadRequest: The cursor is none of ours.
    """
    if cursor is None:
        return None
    is_life_safety, severity, opened_at, alarm_id = _unpack(cursor, bool, str, str, int)
    try:
        opened = datetime.fromisoformat(str(opened_at))
    except ValueError:
        raise BadRequest("cursor: take it from `next` of the page before") from None
    return AlarmAfter(
        is_life_safety=bool(is_life_safety),
        severity=str(severity),
        opened_at=opened,
        id=int(alarm_id),
    )


def of_cap(entry: CapEntry) -> str:
    """The cursor after a CAP document."""
    return pack(entry.sent_at.isoformat(), entry.identifier)


def to_cap(cursor: str | None) -> CapAfter | None:
    """The CAP document after which a page begins.

    Raises:
        BadRequest: The cursor is none of ours.
    """
    if cursor is None:
        return None
    sent_at, identifier = _unpack(cursor, str, str)
    try:
        sent = datetime.fromisoformat(str(sent_at))
    except ValueError:
        raise BadRequest("cursor: take it from `next` of the page before") from None
    if sent.tzinfo is None or "\0" in str(identifier):
        raise BadRequest("cursor: take it from `next` of the page before")
    return CapAfter(sent_at=sent, identifier=str(identifier))


def to_id(cursor: str | None) -> int | None:
    """The id after which a page begins.

    Raises:
        BadRequest: The cursor is none of ours.
    """
    return None if cursor is None else int(_unpack(cursor, int)[0])


def to_path(cursor: str | None) -> str | None:
    """The place after which a page begins.

    Raises:
        BadRequest: The cursor is none of ours.
    """
    if cursor is None:
        return None
    path = str(_unpack(cursor, str)[0])
    if not all(label.isascii() and label.replace("_", "").isalnum() for label in path.split(".")):
        raise BadRequest("cursor: take it from `next` of the page before")
    return path
