"""Which messages of a stream have come: the arithmetic of the ledger, without a database.

Every number below `next_seq` is one of: stored, quarantined, shed (the gateway gave it up and
said so), missing (below `low`, never came) or in flight. `settled` holds all but those in flight.

A message is recognised in any order and however often it comes. A number that was closed as
missing or shed and comes after all is a broken promise, not a duplicate: it is stored, and the
count is set right. Nothing above `low` is ever closed, for the gateway still holds it: a data
message that would open one range too many is put off (no receipt), and is sent again by the
gateway when older ones have filled the holes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, NamedTuple

from gateway.topic import GatewayId, Lane
from ingest import ranges
from ingest.ranges import Ranges

MAX_RANGES: Final = 64
"""Ranges kept of each set; holes above `low` are as many at most."""
MAX_ALSO: Final = 32
"""Ranges in a receipt beside `through`."""


class LedgerKey(NamedTuple):
    """One opening of one lane's outbox; the order is the order of locking.

    A tuple, since every message of a batch is looked up by its key some twenty times.
    """

    gateway: GatewayId
    lane: Lane
    stream: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What is known of one stream. Counters count messages unless they say otherwise.

    Attributes:
        age: Place of the stream in the order of its gateway's openings; usually its number.
        settled: Numbers that are received, shed or closed as missing.
        closed: Of these, closed as missing (newest ranges).
        shed: Of these, shed (newest ranges).
        samples: Values stored.
        samples_refused: Values refused.
    """

    age: int = 0
    settled: Ranges = ranges.EMPTY
    closed: Ranges = ranges.EMPTY
    shed: Ranges = ranges.EMPTY
    low: int = 1
    next_seq: int = 1
    stored: int = 0
    quarantined: int = 0
    duplicates: int = 0
    missing: int = 0
    shed_messages: int = 0
    samples: int = 0
    samples_refused: int = 0

    @property
    def in_flight(self) -> int:
        """Messages that were numbered and are neither here nor given up."""
        return self.next_seq - 1 - ranges.count(self.settled)

    @property
    def difference(self) -> int:
        """Sent minus everything accounted for; anything but 0 is a fault of the ledger."""
        accounted = self.stored + self.quarantined + self.shed_messages + self.missing
        return self.next_seq - 1 - self.in_flight - accounted


class Verdict(StrEnum):
    """What becomes of a delivered message."""

    NEW = "new"
    DUPLICATE = "duplicate"
    PUT_OFF = "put_off"
    """Not stored and not receipted now; the gateway sends it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message as the ledger sees it."""

    seq: int
    low: int
    is_quarantined: bool = False
    samples: int = 0
    samples_refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a heartbeat says about a stream; `shed` are half-open ranges."""

    low: int
    next_seq: int
    shed: Ranges = ranges.EMPTY


def receive(
    ledger: Ledger, deliveries: Sequence[Delivery], *, max_ranges: int | None = MAX_RANGES
) -> tuple[Ledger, tuple[Verdict, ...]]:
    """The ledger after a batch, and what becomes of each message of it, in order.

    Args:
        deliveries: In order of receipt; several may have one number.
        max_ranges: Put off what would open more ranges; None never puts off (alarm lane).
    """
    after = _next_in_order(ledger, deliveries)
    if after is not None:
        return after, (Verdict.NEW,) * len(deliveries)
    return _one_by_one(ledger, deliveries, max_ranges)


def _next_in_order(ledger: Ledger, deliveries: Sequence[Delivery]) -> Ledger | None:
    """The ledger after what nearly always comes: the next numbers, with no hole before them.

    None when anything is otherwise, and for no delivery at all.
    """
    if len(ledger.settled) > 1 or (ledger.settled and ledger.settled[0][0] != 1):
        return None
    first = end = ledger.settled[0][1] if ledger.settled else 1
    low, quarantined, samples, refused = ledger.low, 0, 0, 0
    for delivery in deliveries:
        if delivery.seq != end or delivery.low > first:
            return None
        end += 1
        low = max(low, delivery.low)
        quarantined += delivery.is_quarantined
        samples += delivery.samples
        refused += delivery.samples_refused
    if end == first:
        return None
    return Ledger(
        age=ledger.age,
        settled=((1, end),),
        closed=ledger.closed,
        shed=ledger.shed,
        low=low,
        next_seq=max(ledger.next_seq, end),
        stored=ledger.stored + len(deliveries) - quarantined,
        quarantined=ledger.quarantined + quarantined,
        duplicates=ledger.duplicates,
        missing=ledger.missing,
        shed_messages=ledger.shed_messages,
        samples=ledger.samples + samples,
        samples_refused=ledger.samples_refused + refused,
    )


def _one_by_one(
    ledger: Ledger, deliveries: Sequence[Delivery], max_ranges: int | None
) -> tuple[Ledger, tuple[Verdict, ...]]:
    top = max((delivery.seq + 1 for delivery in deliveries), default=1)
    low = max((min(delivery.low, delivery.seq) for delivery in deliveries), default=1)
    ledger = close_below(replace(ledger, next_seq=max(ledger.next_seq, top)), low)
    verdicts = []
    for delivery in deliveries:
        verdict = _verdict(ledger, delivery.seq, max_ranges)
        ledger = _counted(ledger, delivery, verdict)
        verdicts.append(verdict)
    return ledger, tuple(verdicts)


def hear(ledger: Ledger, heard: Heard) -> Ledger:
    """The ledger after a heartbeat: what was shed is no longer missing nor in flight."""
    next_seq = max(ledger.next_seq, heard.next_seq)
    claimed = ranges.intersect(ranges.normal(heard.shed), ((1, next_seq),))
    was_closed = ranges.intersect(claimed, ledger.closed)
    fresh = ranges.union(ranges.subtract(claimed, ledger.settled), was_closed)
    ledger = replace(
        ledger,
        next_seq=next_seq,
        settled=ranges.union(ledger.settled, fresh),
        closed=ranges.subtract(ledger.closed, was_closed),
        missing=ledger.missing - ranges.count(was_closed),
        shed=ranges.newest(ranges.union(ledger.shed, fresh), MAX_RANGES),
        shed_messages=ledger.shed_messages + ranges.count(fresh),
    )
    return close_below(ledger, heard.low)


def close_below(ledger: Ledger, low: int) -> Ledger:
    """The ledger when nothing below `low` will come: what has not come is missing."""
    low = min(max(low, ledger.low), ledger.next_seq)
    if ranges.subtract(((1, low),), ledger.settled):
        holes = ranges.subtract(((1, low),), ledger.settled)
        ledger = replace(
            ledger,
            settled=ranges.union(ledger.settled, ((1, low),)),
            closed=ranges.newest(ranges.union(ledger.closed, holes), MAX_RANGES),
            missing=ledger.missing + ranges.count(holes),
        )
    return replace(ledger, low=low) if low != ledger.low else ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """What a receipt may say: all up to `through`, and inclusive ranges beside it."""

    through: int
    also: tuple[tuple[int, int], ...]


def covered(ledger: Ledger) -> Covered:
    """What the gateway may forget: everything settled. Nothing above `low` is ever closed."""
    if not ledger.settled or ledger.settled[0][0] > 1:
        head, tail = 0, ledger.settled
    else:
        head, tail = ledger.settled[0][1] - 1, ledger.settled[1:]
    return Covered(through=head, also=tuple((a, b - 1) for a, b in tail[:MAX_ALSO]))


def _verdict(ledger: Ledger, seq: int, max_ranges: int | None) -> Verdict:
    if ranges.contains(ledger.settled, seq):
        is_late = ranges.contains(ledger.closed, seq) or ranges.contains(ledger.shed, seq)
        return Verdict.NEW if is_late else Verdict.DUPLICATE
    is_full = max_ranges is not None and len(ledger.settled) >= max_ranges
    if is_full and not ranges.touches(ledger.settled, seq):
        return Verdict.PUT_OFF
    return Verdict.NEW


def _counted(ledger: Ledger, delivery: Delivery, verdict: Verdict) -> Ledger:
    if verdict is Verdict.PUT_OFF:
        return ledger
    if verdict is Verdict.DUPLICATE:
        return replace(ledger, duplicates=ledger.duplicates + 1)
    one = ((delivery.seq, delivery.seq + 1),)
    was_missing = ranges.contains(ledger.closed, delivery.seq)
    was_shed = ranges.contains(ledger.shed, delivery.seq)
    return replace(
        ledger,
        settled=_with(ledger.settled, delivery.seq),
        closed=ranges.subtract(ledger.closed, one) if was_missing else ledger.closed,
        shed=ranges.subtract(ledger.shed, one) if was_shed else ledger.shed,
        missing=ledger.missing - was_missing,
        shed_messages=ledger.shed_messages - was_shed,
        stored=ledger.stored + (not delivery.is_quarantined),
        quarantined=ledger.quarantined + delivery.is_quarantined,
        samples=ledger.samples + delivery.samples,
        samples_refused=ledger.samples_refused + delivery.samples_refused,
    )


def _with(settled: Ranges, seq: int) -> Ranges:
    if settled and settled[-1][1] == seq:
        return (*settled[:-1], (settled[-1][0], seq + 1))
    return ranges.union(settled, ((seq, seq + 1),))
