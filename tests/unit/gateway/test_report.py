"""Report by exception and batching."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import wire
from gateway.catalogue import asset_class
from gateway.report import BATCH_BYTES, Batch, FrameGate
from gateway.sample import Sample

PUMP = asset_class("pump")
LIFT = asset_class("lift")


def at(seconds: float, **values: float | None) -> Sample:
    return Sample(asset="P-1", at_ms=round(seconds * 1000), values=values)


def test_a_sample_that_changes_nothing_is_not_sent() -> None:
    gate = FrameGate(PUMP)
    assert gate.take(at(0, current=5.0)) is not None
    assert gate.take(at(1, current=5.05)) is None


def test_a_change_of_one_metric_sends_the_whole_frame() -> None:
    gate = FrameGate(PUMP)
    gate.take(at(0, current=5.0, voltage=230.0))
    sent = gate.take(at(1, current=6.0))
    assert sent is not None
    assert sent.values == {"current": 6.0, "voltage": 230.0}


def test_a_slow_drift_is_sent_when_it_has_left_the_deadband() -> None:
    gate = FrameGate(PUMP)
    gate.take(at(0, current=5.0))
    sent = [gate.take(at(1 + i, current=5.0 + 0.03 * (i + 1))) for i in range(8)]
    assert [one is not None for one in sent] == [False, False, False, True] * 2


def test_an_asset_is_heard_at_least_once_an_interval() -> None:
    gate = FrameGate(PUMP)
    sent = [gate.take(at(second, current=5.0)) for second in range(121)]
    assert [i for i, one in enumerate(sent) if one] == [0, 60, 120]


def test_a_sensor_that_goes_and_comes_is_reported_at_once() -> None:
    gate = FrameGate(PUMP)
    gate.take(at(0, current=5.0))
    assert gate.take(at(1, current=None)) is not None
    assert gate.take(at(2, current=None)) is None
    assert gate.take(at(3, current=5.0)) is not None


def test_nan_and_infinity_mean_an_absent_sensor() -> None:
    sent = FrameGate(PUMP).take(at(0, current=math.nan, voltage=math.inf, flow=1.0))
    assert sent is not None
    assert sent.values == {"current": None, "voltage": None, "flow": 1.0}


def test_an_impossible_value_is_sent_as_it_was_read() -> None:
    sent = FrameGate(PUMP).take(at(0, current=1e30))
    assert sent is not None
    assert sent.values == {"current": 1e30}


def test_a_value_not_read_for_longer_than_the_silence_is_absent() -> None:
    gate = FrameGate(PUMP)
    gate.take(at(0, current=5.0, voltage=230.0))
    sent = gate.take(at(301, current=5.0))
    assert sent is not None
    assert sent.values == {"current": 5.0, "voltage": None}


def test_a_late_sample_goes_by_itself() -> None:
    gate = FrameGate(PUMP)
    gate.take(at(100, current=5.0, voltage=230.0))
    late = gate.take(at(99, current=5.0))
    assert late is not None
    assert late.values == {"current": 5.0}
    assert gate.take(at(101, current=5.0)) is None


def test_after_the_clock_was_set_back_thinning_goes_on() -> None:
    gate = FrameGate(LIFT)
    gate.take(at(7200, speed=0.0))
    sent = [gate.take(at(second, speed=0.0)) for second in range(20)]
    assert [i for i, one in enumerate(sent) if one] == [0, 10]


def test_an_empty_sample_is_nothing() -> None:
    assert FrameGate(PUMP).take(at(0)) is None


values = st.dictionaries(
    st.sampled_from(["current", "voltage", "flow"]),
    st.one_of(st.none(), st.floats(-10, 10)),
    min_size=1,
)


@given(st.lists(values, max_size=50))
def test_what_the_platform_holds_is_never_further_off_than_the_deadband(
    read: list[dict[str, float | None]],
) -> None:
    gate = FrameGate(PUMP)
    held: dict[str, float | None] = {}
    truth: dict[str, float | None] = {}
    for second, one in enumerate(read):
        truth |= one
        sent = gate.take(at(second, **one))
        held = sent.values if sent else held
        assert held.keys() == truth.keys()
        for name, value in truth.items():
            metric, got = PUMP.metric(name), held[name]
            assert metric is not None
            assert (value is None) == (got is None)
            assert value is None or got is None or abs(value - got) <= metric.deadband


@given(st.lists(st.tuples(st.sampled_from(["A", "B"]), st.integers(0, 5), values), max_size=60))
def test_a_batch_keeps_every_sample_in_order_duplicates_included(
    taken: list[tuple[str, int, dict[str, float | None]]],
) -> None:
    batch = Batch()
    for asset, at_ms, one in taken:
        batch.add(Sample(asset=asset, at_ms=at_ms, values=one))
    rows = [
        (frame.asset, at_ms, {name: column[i] for name, column in frame.m.items()})
        for frame in batch.frames()
        for i, at_ms in enumerate(frame.t)
    ]
    for asset in ("A", "B"):
        for names in {tuple(one) for a, _, one in taken if a == asset}:
            wanted = [(t, v) for a, t, v in taken if a == asset and tuple(v) == names]
            assert [(t, v) for a, t, v in rows if a == asset and tuple(v) == names] == wanted
    assert len(rows) == len(taken) == batch.count


def test_a_batch_ends_before_its_message_is_too_big() -> None:
    batch, second = Batch(), 0
    while not batch.is_full:
        batch.add(at(1_763_766_000 + second, current=0.1234567890123456, flow=1 / 3, voltage=None))
        second += 1
    message = wire.DataMessage(stream=2**52, seq=2**52, low=1, sent=0, frames=batch.frames())
    assert BATCH_BYTES * 0.8 < len(wire.encode(message)) <= BATCH_BYTES


def test_a_name_that_cannot_be_encoded_leaves_nothing_in_the_batch() -> None:
    batch = Batch()
    with pytest.raises(UnicodeEncodeError):
        batch.add(Sample(asset="\ud800", at_ms=1, values={"current": 1.0}))
    batch.add(at(2, current=5.0))
    assert [frame.asset for frame in batch.frames()] == ["P-1"]
