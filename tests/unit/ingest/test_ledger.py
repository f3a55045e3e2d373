"""The ledger against a slow oracle: sets of numbers, nothing compressed, nothing clever."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import ranges
from ingest.ledger import (
    MAX_RANGES,
    Covered,
    Delivery,
    Heard,
    Ledger,
    Verdict,
    _one_by_one,
    close_below,
    covered,
    hear,
    receive,
)

TOP = 60
Story = list[tuple[str, Any]]


@dataclass
class Oracle:
    """What came, what was shed, what was promised: order plays no part in it."""

    received: set[int] = field(default_factory=set)
    claimed: set[int] = field(default_factory=set)
    low: int = 1
    next_seq: int = 1
    duplicates: int = 0

    def deliver(self, seq: int, low: int) -> bool:
        is_new = seq not in self.received
        self.duplicates += not is_new
        self.received.add(seq)
        self.next_seq = max(self.next_seq, seq + 1)
        self.low = max(self.low, min(low, seq))
        return is_new

    def hear(self, low: int, next_seq: int, shed: set[int]) -> None:
        self.next_seq = max(self.next_seq, next_seq)
        self.claimed |= {number for number in shed if number < self.next_seq}
        self.low = max(self.low, min(low, self.next_seq))

    @property
    def shed(self) -> set[int]:
        return self.claimed - self.received

    @property
    def missing(self) -> set[int]:
        return set(range(1, self.low)) - self.received - self.shed


numbers = st.integers(1, TOP)
deliveries = st.tuples(st.just("deliver"), st.lists(st.tuples(numbers, numbers), max_size=12))
heartbeats = st.tuples(
    st.just("hear"), st.tuples(numbers, numbers, st.lists(st.tuples(numbers, numbers), max_size=4))
)
stories = st.lists(st.one_of(deliveries, heartbeats), max_size=20)


@given(stories)
@settings(max_examples=400, deadline=None)
def test_the_ledger_agrees_with_sets_whatever_comes_in_whatever_order(story: Story) -> None:
    ledger, oracle = Ledger(), Oracle()
    for kind, what in story:
        if kind == "deliver":
            batch = [Delivery(seq=seq, low=low) for seq, low in what]
            ledger, verdicts = receive(ledger, batch)
            expected = [oracle.deliver(seq, low) for seq, low in what]
            assert [verdict is Verdict.NEW for verdict in verdicts] == expected
        else:
            low, next_seq, shed = what
            ledger = hear(ledger, Heard(low=low, next_seq=next_seq, shed=tuple(shed)))
            oracle.hear(low, next_seq, {n for a, b in shed for n in range(a, b)})
        assert ledger.difference == 0
    assert ledger.stored == len(oracle.received)
    assert ledger.duplicates == oracle.duplicates
    assert ledger.shed == of_numbers(oracle.shed)
    assert ledger.closed == of_numbers(oracle.missing)
    assert (ledger.missing, ledger.shed_messages) == (len(oracle.missing), len(oracle.shed))
    assert (ledger.low, ledger.next_seq) == (oracle.low, oracle.next_seq)


@given(stories)
@settings(max_examples=200, deadline=None)
def test_a_receipt_never_covers_what_the_gateway_may_still_send(story: Story) -> None:
    ledger, oracle = Ledger(), Oracle()
    for kind, what in story:
        if kind == "deliver":
            ledger, _ = receive(ledger, [Delivery(seq=s, low=low) for s, low in what])
            for seq, low in what:
                oracle.deliver(seq, low)
        else:
            low, next_seq, shed = what
            ledger = hear(ledger, Heard(low=low, next_seq=next_seq, shed=tuple(shed)))
            oracle.hear(low, next_seq, {n for a, b in shed for n in range(a, b)})
    said = covered(ledger)
    told = {*range(1, said.through + 1), *(n for a, b in said.also for n in range(a, b + 1))}
    assert told <= oracle.received | oracle.shed | oracle.missing
    assert not {n for n in told if n >= oracle.low} - oracle.received - oracle.shed


def test_one_hole_too_many_is_put_off_and_comes_in_later() -> None:
    odd = [Delivery(seq=n, low=1) for n in range(1, 2 * MAX_RANGES + 20, 2)]
    ledger, verdicts = receive(Ledger(), odd)
    assert verdicts.count(Verdict.PUT_OFF) == len(odd) - MAX_RANGES
    assert ledger.stored == MAX_RANGES
    assert len(ledger.settled) == MAX_RANGES
    ledger, _ = receive(ledger, [Delivery(seq=n, low=1) for n in range(2, 2 * MAX_RANGES + 20, 2)])
    ledger, verdicts = receive(ledger, odd)
    assert Verdict.PUT_OFF not in verdicts
    assert ledger.stored == 2 * MAX_RANGES + 19
    assert ledger.difference == 0


def test_the_alarm_lane_puts_nothing_off() -> None:
    odd = [Delivery(seq=n, low=1) for n in range(1, 400, 2)]
    ledger, verdicts = receive(Ledger(), odd, max_ranges=None)
    assert set(verdicts) == {Verdict.NEW}
    assert ledger.stored == len(odd)


def test_a_message_that_comes_after_it_was_closed_is_stored() -> None:
    ledger, _ = receive(Ledger(), [Delivery(seq=5, low=5)])
    assert ledger.missing == 4
    ledger, verdicts = receive(ledger, [Delivery(seq=2, low=2), Delivery(seq=2, low=2)])
    assert verdicts == (Verdict.NEW, Verdict.DUPLICATE)
    assert (ledger.missing, ledger.stored, ledger.duplicates) == (3, 2, 1)


def test_a_shed_message_whose_copy_the_broker_still_had_is_stored() -> None:
    ledger = hear(Ledger(), Heard(low=4, next_seq=6, shed=((1, 4),)))
    assert (ledger.shed_messages, ledger.missing, ledger.in_flight) == (3, 0, 2)
    ledger, verdicts = receive(ledger, [Delivery(seq=2, low=1)])
    assert verdicts == (Verdict.NEW,)
    assert (ledger.shed_messages, ledger.stored, ledger.difference) == (2, 1, 0)


def test_quarantined_messages_are_settled_and_counted_apart() -> None:
    ledger, _ = receive(Ledger(), [Delivery(seq=1, low=1, is_quarantined=True, samples_refused=4)])
    assert (ledger.stored, ledger.quarantined, ledger.samples_refused) == (0, 1, 4)
    assert covered(ledger) == Covered(through=1, also=())


@pytest.mark.parametrize("low", [0, -5, 10**15])
def test_a_low_beyond_reason_closes_no_more_than_was_numbered(low: int) -> None:
    ledger, _ = receive(Ledger(), [Delivery(seq=3, low=1)])
    assert close_below(ledger, low).missing <= 2


int_ranges = st.lists(st.tuples(numbers, numbers), max_size=8).map(ranges.normal)


def of_numbers(found: set[int]) -> ranges.Ranges:
    return ranges.normal((number, number + 1) for number in found)


def as_set(found: ranges.Ranges) -> set[int]:
    return {n for a, b in found for n in range(a, b)}


@given(int_ranges, int_ranges, numbers)
def test_ranges_are_sets(one: ranges.Ranges, other: ranges.Ranges, number: int) -> None:
    assert as_set(ranges.union(one, other)) == as_set(one) | as_set(other)
    assert as_set(ranges.subtract(one, other)) == as_set(one) - as_set(other)
    assert as_set(ranges.intersect(one, other)) == as_set(one) & as_set(other)
    assert ranges.contains(one, number) == (number in as_set(one))
    assert ranges.count(one) == len(as_set(one))
    assert ranges.parse(ranges.text_of(one)) == one
    assert of_numbers(as_set(one)) == one


batches = st.lists(
    st.builds(
        Delivery,
        seq=st.integers(1, 6),
        low=st.integers(1, 6),
        is_quarantined=st.booleans(),
        samples=st.integers(0, 9),
        samples_refused=st.integers(0, 9),
    ),
    max_size=4,
)


@given(st.lists(batches, max_size=3), st.integers(1, 5), st.integers(1, 3))
@settings(max_examples=400, deadline=None)
def test_what_comes_in_order_is_counted_as_one_by_one(
    before: list[list[Delivery]], many: int, low: int
) -> None:
    ledger = Ledger()
    for batch in before:
        ledger, _ = receive(ledger, batch)
    first = ledger.settled[-1][1] if ledger.settled else 1
    batch = [
        Delivery(seq=first + n, low=low, is_quarantined=n == 1, samples=n, samples_refused=1)
        for n in range(many)
    ]

    assert receive(ledger, batch) == _one_by_one(ledger, batch, MAX_RANGES)
