"""The checker must find what was planted: it is the judge of every other fault test."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.topic import Lane
from tests.faults.history import BAD, EventRow, Evidence, Fate, StreamCount, check
from tests.faults.record import Item, Recorder, Step, Taken, read

STREAM = 70


def alarm(seq: int, *, state: str = "raise", step: Step = Step.PROMISED) -> Taken:
    return Taken(
        number=f"a-{seq}",
        lane=Lane.ALARM,
        step=step,
        intended_ms=1000 + seq,
        promised_ms=1001 + seq if step is Step.PROMISED else 0,
        stream=STREAM if step is Step.PROMISED else 0,
        seq=seq if step is Step.PROMISED else 0,
        items=(
            Item(asset=f"D-{seq}", at_ms=1000 + seq, key="fire_alarm", state=state, mark=f"m{seq}"),
        ),
    )


def frame(seq: int, value: float = 0.1) -> Taken:
    return Taken(
        number=f"d-{seq}",
        lane=Lane.DATA,
        step=Step.PROMISED,
        intended_ms=1000 + seq,
        promised_ms=1001 + seq,
        stream=STREAM,
        seq=seq,
        items=(
            Item(asset="L-1", at_ms=seq, key="speed", value=value),
            Item(asset="L-1", at_ms=seq, key="floor", value=None),
        ),
    )


def row(one: Taken) -> EventRow:
    item = one.items[0]
    return EventRow(
        mark=item.mark,
        asset=item.asset,
        event=item.key,
        state=item.state,
        stream=one.stream or STREAM,
        seq=one.seq or 1,
        received_ms=one.intended_ms + 20,
        decided_ms=one.intended_ms + 40,
    )


def evidence_of(alarms: list[Taken], frames: list[Taken] | None = None) -> Evidence:
    """All of it stored, decided and shown, as it should be."""
    rows = [row(one) for one in alarms]
    active = {(one.asset, one.event): one.state == "raise" for one in rows}
    return Evidence(
        events=rows,
        samples={("L-1", one.seq, "speed"): [0.10000000149011612] for one in frames or []},
        conditions=active,
        alarms=dict.fromkeys(active, 1),
        open_alarms={key: 1 for key, is_active in active.items() if is_active},
    )


def fates(record: list[Taken], evidence: Evidence) -> list[Fate]:
    return [one.fate for one in check(record, evidence).judgements]


def test_all_stored_once_is_ok() -> None:
    record = [alarm(1), alarm(2), frame(3)]
    verdict = check(record, evidence_of(record[:2], record[2:]))
    assert {one.fate for one in verdict.judgements} == {Fate.OK}
    assert verdict.failures == ()
    assert verdict.oldest_wait_ms == 39


@given(
    lost=st.sets(st.integers(1, 30)),
    twice=st.sets(st.integers(1, 30)),
)
def test_every_planted_loss_and_duplicate_is_found_and_nothing_else(
    lost: set[int], twice: set[int]
) -> None:
    record = [alarm(seq) for seq in range(1, 31)]
    whole = evidence_of(record)
    rows = [one for one in whole.events if one.seq not in lost]
    rows += [one for one in whole.events if one.seq in twice - lost]
    verdict = check(record, replace(whole, events=rows))
    found = {one.taken.seq: one.fate for one in verdict.judgements if one.fate in BAD}
    expected = dict.fromkeys(twice - lost, Fate.DUPLICATED) | dict.fromkeys(lost, Fate.LOST)
    assert found == expected


@pytest.mark.parametrize(
    ("evidence", "fate"),
    [
        (Evidence(quarantine=frozenset({(Lane.ALARM, STREAM, 4)})), Fate.QUARANTINED),
        (Evidence(shed=frozenset({(Lane.ALARM, STREAM, 4)})), Fate.SHED),
        (Evidence(outbox=frozenset({(Lane.ALARM, STREAM, 4)})), Fate.IN_OUTBOX),
    ],
)
def test_a_message_that_is_elsewhere_is_not_lost(evidence: Evidence, fate: Fate) -> None:
    assert fates([alarm(4)], evidence) == [fate]


def test_a_lost_sample_a_doubled_one_and_an_altered_one_are_found() -> None:
    record = [frame(1), frame(2), frame(3)]
    evidence = Evidence(
        samples={
            ("L-1", 2, "speed"): [0.10000000149011612, 0.10000000149011612],
            ("L-1", 3, "speed"): [0.2],
        }
    )
    assert fates(record, evidence) == [Fate.LOST, Fate.DUPLICATED, Fate.LOST]


def test_a_message_stored_in_part_is_lost() -> None:
    whole = frame(1)
    more = Item(asset="L-1", at_ms=2, key="speed", value=0.1)
    one = replace(whole, items=(*whole.items, more))
    assert fates([one], evidence_of([], [whole])) == [Fate.LOST]


def test_what_was_never_promised_may_be_nowhere_or_stored_once_but_never_twice() -> None:
    one = alarm(1, step=Step.INTENDED)
    assert fates([one], Evidence()) == [Fate.UNPROMISED]
    assert fates([one], evidence_of([one])) == [Fate.OK]
    assert fates([one], Evidence(events=[row(one)] * 2)) == [Fate.DUPLICATED]
    assert fates([alarm(2, step=Step.REFUSED)], Evidence()) == [Fate.REFUSED]


def test_a_message_that_comes_after_the_limit_is_late() -> None:
    one = alarm(1)
    late = replace(row(one), received_ms=one.promised_ms + 60_001)
    assert fates([one], replace(evidence_of([one]), events=[late])) == [Fate.LATE]


def test_an_event_that_nobody_took_is_told() -> None:
    verdict = check([], Evidence(events=[row(alarm(9))]))
    assert any("never taken" in text for text in verdict.failures)


def test_an_altered_event_counts_as_lost() -> None:
    one = alarm(1)
    altered = replace(row(one), state="clear")
    assert fates([one], replace(evidence_of([one]), events=[altered])) == [Fate.LOST]


def test_the_newest_word_decides_and_a_raise_is_always_shown() -> None:
    raised, cleared = alarm(1), replace(alarm(2, state="clear"))
    same = replace(cleared, items=(replace(cleared.items[0], asset="D-1"),))
    rows = [row(same), row(raised)]
    key = ("D-1", "fire_alarm")
    right = Evidence(events=rows, conditions={key: False}, alarms={key: 1})
    assert check([raised, same], right).failures == ()
    still_on = replace(right, conditions={key: True})
    assert any("disagrees" in text for text in check([raised, same], still_on).failures)
    never_shown = replace(right, alarms={})
    assert any("never shown" in text for text in check([raised, same], never_shown).failures)


def test_a_ledger_that_does_not_add_up_or_misses_something_is_told() -> None:
    sound = StreamCount(
        lane=Lane.DATA,
        stream=STREAM,
        next_seq=11,
        stored=7,
        quarantined=1,
        shed=1,
        missing=0,
        in_flight=1,
    )
    assert check([], Evidence(ledgers=[sound])).failures == ()
    for broken in (replace(sound, stored=6), replace(sound, stored=6, missing=1)):
        assert check([], Evidence(ledgers=[broken])).failures


def test_what_is_left_over_after_the_quiet_is_told() -> None:
    left = Evidence(undecided=1, unnumbered=2, unshown=3, undelivered=4, bureau_missing=5)
    assert len(check([], left).failures) == 5


def test_a_record_is_read_back_and_a_torn_line_is_no_step(tmp_path: Path) -> None:
    path = tmp_path / "record"
    recorder = Recorder(path)
    items = list(alarm(1).items)
    first, second = recorder.intend(Lane.ALARM, items), recorder.intend(Lane.ALARM, items)
    recorder.promise(first, STREAM, 1, b'{"x":1}')
    recorder.refuse(second, "full")
    third = recorder.intend(Lane.DATA, list(frame(1).items))
    with path.open("ab") as file:
        file.write(b'{"step":"promise","n":"' + third.encode())
    found = {one.number: one for one in read(path)}
    assert found[first].step is Step.PROMISED
    assert (found[first].stream, found[first].payload) == (STREAM, '{"x":1}')
    assert found[second].step is Step.REFUSED
    assert found[third].step is Step.INTENDED
    assert found[third].items == frame(1).items
