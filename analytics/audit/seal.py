"""The audit chain as values: seals, what they cover, and what is wrong with them.

Each seal holds the digest of the one before, so that a changed, deleted, inserted or re-ordered
row shows, and so does a seal that is missing. Who rewrites everything from some seal to the end
is found by a head that was noted elsewhere (`towerwatch audit head`).
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from analytics.digest import Field, digest_of

GENESIS: Final = bytes(32)
"""What the first seal names as the one before."""


class Source(StrEnum):
    """Whose history a row is."""

    ALARM = "alarm"
    ORDER = "order"
    ACT = "act"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the history as it is now.

    Attributes:
        fields: Its content, in the order of its digest.
        written: The digest that stands beside it; None: the table has none.
    """

    source: Source
    key: str
    fields: tuple[Field, ...]
    written: bytes | None = None

    @property
    def digest(self) -> bytes:
        """SHA-256 over its content."""
        return digest_of(*self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """A row as a seal saw it."""

    source: Source
    key: str
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A batch of rows, chained to the one before."""

    number: int
    sealed_at: datetime
    previous: bytes
    digest: bytes
    row_count: int


def make_seal(head: Seal | None, rows: Sequence[Covered], now: datetime) -> Seal:
    """The seal of some rows after the newest one; None: the first."""
    number = 1 if head is None else head.number + 1
    previous = GENESIS if head is None else head.digest
    digest = chain(number, now, previous, rows)
    return Seal(number=number, sealed_at=now, previous=previous, digest=digest, row_count=len(rows))


def chain(number: int, sealed_at: datetime, previous: bytes, rows: Sequence[Covered]) -> bytes:
    """The digest of a seal: SHA-256 over its number, time, predecessor and rows in order."""
    lines = [text for row in rows for text in (row.source.value, row.key, row.digest.hex())]
    return digest_of(number, sealed_at, previous.hex(), *lines)


class Wrong(StrEnum):
    """What is wrong with the history."""

    CHANGED = "changed"
    """A row's content is not what was sealed."""
    DELETED = "deleted"
    """A sealed row is gone."""
    INSERTED = "inserted"
    """A row that no seal covers and that the tables did not note: it came by another way."""
    REORDERED = "reordered"
    """The same rows stand in another order than they were sealed in."""
    SEAL_CHANGED = "seal_changed"
    """A seal, or the list of what it covers, is not what it was."""
    SEAL_MISSING = "seal_missing"
    """A seal is gone, or the chain does not lead to the head that was noted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something wrong, and where.

    Attributes:
        what: The row, `source key`, or the seal.
    """

    wrong: Wrong
    what: str
    seal: int | None = None

    def __str__(self) -> str:
        where = "" if self.seal is None else f" (seal {self.seal})"
        return f"{self.wrong}: {self.what}{where}"


def check_seal(
    expected: int,
    previous: bytes,
    seal: Seal,
    covered: Sequence[Covered],
    rows: Mapping[tuple[Source, str], Row],
) -> list[Finding]:
    """What is wrong with one seal, given the number and digest that it should follow on.

    Args:
        expected: The number after the seal before.
        previous: Digest of the seal before.
        covered: What it covers, in order.
        rows: The rows as they are now.
    """
    found = [
        Finding(wrong=Wrong.SEAL_MISSING, what=f"seal {number}", seal=number)
        for number in range(expected, seal.number)
    ]
    is_next = seal.number == expected
    if is_next and seal.previous != previous:
        found.append(_seal_changed(seal))
    elif len(covered) != seal.row_count or seal.digest != _digest_of(seal, covered):
        found.append(_of_order(seal, covered))
    sealed = {one.digest for one in covered}
    return found + [item for one in covered for item in _check_row(seal.number, one, rows, sealed)]


def _digest_of(seal: Seal, covered: Sequence[Covered]) -> bytes:
    return chain(seal.number, seal.sealed_at, seal.previous, covered)


def _seal_changed(seal: Seal) -> Finding:
    return Finding(wrong=Wrong.SEAL_CHANGED, what=f"seal {seal.number}", seal=seal.number)


def _of_order(seal: Seal, covered: Sequence[Covered]) -> Finding:
    """Whether rows only changed places: rows are sealed by source and number within a seal."""
    usual = sorted(covered, key=_usual_place)
    is_order = len(covered) == seal.row_count and seal.digest == _digest_of(seal, usual)
    if is_order:
        moved = next(a for a, b in zip(covered, usual, strict=True) if a != b)
        what = f"{moved.source} {moved.key}"
        return Finding(wrong=Wrong.REORDERED, what=what, seal=seal.number)
    return _seal_changed(seal)


def _usual_place(row: Covered) -> tuple[str, int, str]:
    return (row.source.value, int(row.key) if row.key.isdecimal() else 0, row.key)


def in_usual_order(rows: Sequence[Covered]) -> list[Covered]:
    """Rows in the order in which a seal covers them."""
    return sorted(rows, key=_usual_place)


def _check_row(
    seal: int,
    covered: Covered,
    rows: Mapping[tuple[Source, str], Row],
    sealed: AbstractSet[bytes],
) -> list[Finding]:
    row = rows.get((covered.source, covered.key))
    what = f"{covered.source} {covered.key}"
    if row is None:
        return [Finding(wrong=Wrong.DELETED, what=what, seal=seal)]
    digest = row.digest
    if digest == covered.digest and row.written in (None, digest):
        return []
    is_moved = digest != covered.digest and digest in sealed
    wrong = Wrong.REORDERED if is_moved else Wrong.CHANGED
    return [Finding(wrong=wrong, what=what, seal=seal)]
