"""The one order of open alarms, of pages, wall and API alike, as parts that follow one another.

Life safety comes first: of what is real that which nobody has, then what somebody has, then lifts
whose people are out; then what a drill raised. All else follows. Within a part the severest come
first, and of these the newest.
"""

from dataclasses import dataclass, replace
from typing import Final

from dashboards.console.store.alarm import (
    AlarmAfter,
    AlarmFilter,
    AlarmLine,
    Turn,
    fetch_open_alarms,
)
from ingest.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the order.

    Attributes:
        is_drill: Whether a drill raised it; None: either.
        turn: Whose turn it is; None: anybody's.
    """

    is_life_safety: bool
    is_drill: bool | None = None
    turn: Turn | None = None


_DRILL: Final = Part(is_life_safety=True, is_drill=True)
_ELSE: Final = Part(is_life_safety=False)
PARTS: Final = (
    *(Part(is_life_safety=True, is_drill=False, turn=turn) for turn in Turn),
    _DRILL,
    _ELSE,
)


def part_of(line: AlarmLine) -> int:
    """The part in which an alarm stands, by its place in the order."""
    if not line.is_life_safety:
        return PARTS.index(_ELSE)
    return PARTS.index(_DRILL) if line.is_drill else int(line.turn)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAfter:
    """The row after which a page begins, and the part in which it stood."""

    part: int
    row: AlarmAfter


def fetch_queue(
    connection: Connection,
    wanted: AlarmFilter,
    *,
    limit: int,
    after: QueueAfter | None = None,
) -> list[AlarmLine]:
    """Open alarms in their order, from the first part or from the row after which a page begins."""
    found: list[AlarmLine] = []
    begin = 0 if after is None else after.part
    for place, part in enumerate(PARTS[begin:], start=begin):
        if wanted.life_safety not in (None, part.is_life_safety):
            continue
        stretch = replace(
            wanted,
            life_safety=part.is_life_safety,
            is_drill=part.is_drill,
            turn=part.turn,
            after=after.row if after is not None and place == after.part else None,
        )
        found += fetch_open_alarms(connection, stretch, limit=limit - len(found))
        if len(found) >= limit:
            break
    return found
