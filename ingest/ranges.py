"""Sets of whole numbers as sorted half-open ranges: PostgreSQL's int8multirange in Python.

Ranges are sorted, apart and never touch, as the database normalises them.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

Range = tuple[int, int]
Ranges = tuple[Range, ...]

EMPTY: Final[Ranges] = ()
_RANGE: Final = re.compile(r"\[(\d+),(\d+)\)")


def parse(text: str) -> Ranges:
    """The ranges in an int8multirange as the database writes it, for example `{[1,5),[7,9)}`."""
    return tuple([(int(a), int(b)) for a, b in _RANGE.findall(text)]) if len(text) > 2 else EMPTY


def text_of(ranges: Ranges) -> str:
    """The ranges as the database reads them."""
    return "{" + ",".join(f"[{a},{b})" for a, b in ranges) + "}"


def normal(ranges: Iterable[Range]) -> Ranges:
    """The set that any ranges cover together; empty and reversed ones count for nothing."""
    found: list[Range] = []
    for start, end in sorted(ranges):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def union(one: Ranges, other: Ranges) -> Ranges:
    """Numbers in either."""
    if not one or not other:
        return one or other
    return normal((*one, *other))


def subtract(one: Ranges, other: Ranges) -> Ranges:
    """Numbers in `one` and not in `other`."""
    found: list[Range] = []
    rest = iter(other)
    cut = next(rest, None)
    for first, end in one:
        start = first
        while cut is not None and cut[1] <= start:
            cut = next(rest, None)
        while cut is not None and cut[0] < end:
            if start < cut[0]:
                found.append((start, cut[0]))
            start = min(cut[1], end)
            if cut[1] > end:
                break
            cut = next(rest, None)
        if start < end:
            found.append((start, end))
    return tuple(found)


def intersect(one: Ranges, other: Ranges) -> Ranges:
    """Numbers in both."""
    return subtract(one, subtract(one, other)) if one and other else EMPTY


def count(ranges: Ranges) -> int:
    """How many numbers."""
    return sum(end - start for start, end in ranges)


def contains(ranges: Ranges, number: int) -> bool:
    """Whether the number is one of them."""
    place = bisect_right(ranges, (number, 1 << 63)) - 1
    return place >= 0 and ranges[place][0] <= number < ranges[place][1]


def touches(ranges: Ranges, number: int) -> bool:
    """Whether the number would only lengthen a range, and not open a new one."""
    return contains(ranges, number - 1) or contains(ranges, number + 1)


def newest(ranges: Ranges, limit: int) -> Ranges:
    """At most `limit` ranges: the highest ones."""
    return ranges if len(ranges) <= limit else ranges[-limit:]
