"""Bring a recorded timeline to what the files say, without rewriting what has been."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from ingest.registry.model import Span

V = TypeVar("V")


class Move(StrEnum):
    """What happens to one span of a timeline."""

    OPEN = "open"
    """A new span is written."""
    CLOSE = "close"
    """A recorded span gets another end, which lies in what has not been decided yet."""
    CANCEL = "cancel"
    """A recorded span that has not begun will not come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Generic[V]):
    """A span as the database has it; `row` is its id."""

    row: int
    value: V
    during: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted(Generic[V]):
    """A span as the files have it."""

    value: V
    during: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanChange(Generic[V]):
    """One change of a timeline; `row` is None for a new span, `during` what it becomes."""

    move: Move
    value: V
    during: Span
    row: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled(Generic[V]):
    """The changes of one timeline, and the wishes that recorded history does not admit."""

    changes: tuple[SpanChange[V], ...]
    refused: tuple[Wanted[V], ...]


def reconcile(
    recorded: Sequence[Recorded[V]], wanted: Sequence[Wanted[V]], at: datetime
) -> Reconciled[V]:
    """The changes that make a timeline say from `at` on what is wanted.

    Spans that ended stay as they were recorded. The running span stays while the same value is
    wanted; else it ends when its successor says it began, or at `at` when the successor claims
    to have begun before it. A second run finds nothing to do.

    Args:
        recorded: Spans of one timeline; they do not overlap.
        wanted: Spans the files give for it; they do not overlap.
        at: When the change takes effect.
    """
    open_wishes = list(wanted)
    changes: list[SpanChange[V]] = []
    kept: list[Span] = []
    for span in sorted(recorded, key=_by_begin):
        match = _match(span, open_wishes, at)
        if match is not None:
            open_wishes.remove(match)
        change, stays = _fate(span, match, open_wishes, at)
        if change is not None:
            changes.append(change)
        if stays is not None:
            kept.append(stays)
    refused: list[Wanted[V]] = []
    for wish in open_wishes:
        during = _admitted(wish.during, kept)
        if during is None:
            refused.append(wish)
            continue
        kept.append(during)
        changes.append(SpanChange(move=Move.OPEN, value=wish.value, during=during))
    return Reconciled(changes=tuple(changes), refused=tuple(refused))


def _by_begin(span: Recorded[V]) -> float:
    return span.during.begin.timestamp() if span.during.begin is not None else float("-inf")


def _match(span: Recorded[V], wishes: list[Wanted[V]], at: datetime) -> Wanted[V] | None:
    """The wish that means this very span: same value and begin, or same value and running.

    A wish that goes on means no span that has ended; it is met by a new one.
    """
    same = [wish for wish in wishes if wish.value == span.value]
    exact = next((wish for wish in same if wish.during.begin == span.during.begin), None)
    if exact is not None and span.during.has_ended(at) and not exact.during.has_ended(at):
        return None
    if exact is not None or not span.during.covers(at):
        return exact
    return next((wish for wish in same if wish.during.covers(at)), None)


def _fate(
    span: Recorded[V], match: Wanted[V] | None, others: list[Wanted[V]], at: datetime
) -> tuple[SpanChange[V] | None, Span | None]:
    """What becomes of a recorded span: its change, if any, and the span that stays."""
    if span.during.has_ended(at):
        return None, span.during
    if match is not None:
        end = match.during.end
    elif span.during.has_begun(at):
        end = _handover(span.during, others, at)
    else:
        return _changed(Move.CANCEL, span, span.during), None
    if end == span.during.end:
        return None, span.during
    if end is not None and span.during.begin is not None and end <= span.during.begin:
        end = at
    if span.during.begin is not None and end is not None and end <= span.during.begin:
        return _changed(Move.CANCEL, span, span.during), None
    during = Span(begin=span.during.begin, end=end)
    return _changed(Move.CLOSE, span, during), during


def _changed(move: Move, span: Recorded[V], during: Span) -> SpanChange[V]:
    return SpanChange(move=move, value=span.value, during=during, row=span.row)


def _handover(span: Span, others: list[Wanted[V]], at: datetime) -> datetime:
    """When a running span ends that nobody wants any more."""
    begins = [
        wish.during.begin
        for wish in others
        if wish.during.begin is not None
        and (span.begin is None or wish.during.begin > span.begin)
        and not wish.during.has_ended(at)
    ]
    runs_before = any(wish.during.covers(at) and wish.during.begin not in begins for wish in others)
    return at if runs_before or not begins else min(begins)


def _admitted(wish: Span, kept: list[Span]) -> Span | None:
    """The later part of a wish that recorded history leaves free; None when there is none."""
    ends = [span.end for span in kept if span.overlaps(wish)]
    if not ends:
        return wish
    known = [end for end in ends if end is not None]
    latest = max(known, default=None)
    if latest is None or len(known) < len(ends) or wish.has_ended(latest):
        return None
    late = Span(begin=latest, end=wish.end)
    return None if any(span.overlaps(late) for span in kept) else late
