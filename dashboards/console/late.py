"""Steps taken without a signal: when they were done is kept in their words, under the history's seal.

A step counts when it arrives, since nobody could act on it before. What a telephone says of the
time before is told beside it, and decides nothing.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Form

_ZONE: Final = ZoneInfo("Asia/Shanghai")
_FORM: Final = "%Y-%m-%d %H:%M:%S"
_MARK: Final = re.compile(r"(.*?) ?\(离线操作于 (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\)", re.DOTALL)
_AT_ONCE: Final = timedelta(seconds=30)
_FIRST_MS, _LAST_MS = 1_577_836_800_000, 4_102_444_800_000
DoneAt = Annotated[
    int | None,
    Form(description="When the step was done [ms UTC], by the telephone's clock"),
]


def late_since(done_at_ms: int | None, now: datetime) -> datetime | None:
    """When a step was done that comes late; None: it comes at once, or its time makes no sense.

    A clock that is wrong never keeps a step away.
    """
    if done_at_ms is None or not _FIRST_MS <= done_at_ms < _LAST_MS:
        return None
    done_at = datetime.fromtimestamp(done_at_ms // 1000, UTC)
    return done_at if now - done_at > _AT_ONCE else None


def marked(text: str, done_at: datetime) -> str:
    """What was said of a step, with when it was done."""
    return f"{text} (离线操作于 {done_at.astimezone(_ZONE):{_FORM}})".strip()


def unmarked(text: str) -> tuple[str, datetime | None]:
    """What was said of a step, and when it was done if that was before it came."""
    found = _MARK.fullmatch(text)
    if found is None:
        return text, None
    try:
        return found[1], datetime.strptime(found[2], _FORM).replace(tzinfo=_ZONE)
    except ValueError:  # a person wrote what looks like one
        return text, None
