"""Columns against a slow oracle: frame by frame, row by row, metric by metric."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue import asset_class
from gateway.wire import Frame
from ingest.batch import Reason
from ingest.column import Group

NOW = 1_763_766_000_000
METRICS = ("speed", "warmth", "motor_temp")
"""`warmth` is no metric of a lift; speed lies in [-20, 20], motor_temp in [-40, 250]."""

values = st.one_of(st.none(), st.sampled_from([0.0, 1.5, 20.0, 21.0, -41.0, 250.0]))


@st.composite
def frames(draw: st.DrawFn, *, rows: st.SearchStrategy[int]) -> Frame:
    many = draw(rows)
    metrics = {m: draw(st.lists(values, min_size=many, max_size=many)) for m in METRICS}
    return Frame(asset=f"L-{draw(st.integers(1, 3))}", t=[NOW + n for n in range(many)], m=metrics)


def judged(sent: list[Frame]) -> tuple[list[tuple[float, ...]], int, dict[Reason, int]]:
    group = Group(asset_class("lift"), METRICS)
    for message, frame in enumerate(sent):
        group.assets.append(int(frame.asset[-1]))
        group.frames.append(frame)
        group.messages.append(message)
        group.counts.append(len(frame.t))
    found = group.judge(np.full(len(sent), NOW, dtype=np.int64))
    refused: dict[Reason, int] = {}
    for _, one in found.refused:
        refused[one.reason] = refused.get(one.reason, 0) + one.values
    if found.block is None:
        return [], 0, refused
    block = found.block
    assert block.metrics == ("speed", "motor_temp")
    heads = zip(block.message, block.asset, block.at_ms, strict=True)
    rows = [
        (float(m), float(a), float(t), *map(float, some))
        for (m, a, t), some in zip(heads, block.values, strict=True)
    ]
    return rows, int(block.values_by_message(len(sent)).sum()), refused


def expected(sent: list[Frame]) -> tuple[list[tuple[float, ...]], int, dict[Reason, int]]:
    rows, stored, refused = [], 0, {Reason.UNKNOWN_METRIC: 0, Reason.OUT_OF_RANGE: 0}
    for message, frame in enumerate(sent):
        for row, at in enumerate(frame.t):
            speed, warmth, warm = (frame.m[metric][row] for metric in METRICS)
            refused[Reason.UNKNOWN_METRIC] += warmth is not None
            good = [
                value if value is not None and low <= value <= high else math.nan
                for value, low, high in ((speed, -20, 20), (warm, -40, 250))
            ]
            came = [value for value in (speed, warm) if value is not None]
            kept = [value for value in good if not math.isnan(value)]
            refused[Reason.OUT_OF_RANGE] += len(came) - len(kept)
            stored += len(kept)
            if kept or not came:
                rows.append((float(message), float(frame.asset[-1]), float(at), *good))
    return rows, stored, {reason: many for reason, many in refused.items() if many}


def same(one: list[tuple[float, ...]], other: list[tuple[float, ...]]) -> bool:
    return len(one) == len(other) and all(
        np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True)
    )


@given(st.lists(frames(rows=st.just(2)), min_size=1, max_size=6))
def test_frames_of_one_length_become_rows_as_the_oracle_has_them(sent: list[Frame]) -> None:
    rows, stored, refused = judged(sent)
    wanted, wanted_stored, wanted_refused = expected(sent)
    assert same(rows, wanted)
    assert (stored, refused) == (wanted_stored, wanted_refused)


@given(st.lists(frames(rows=st.integers(0, 4)), min_size=1, max_size=6))
def test_frames_of_any_length_become_rows_as_the_oracle_has_them(sent: list[Frame]) -> None:
    rows, stored, refused = judged(sent)
    wanted, wanted_stored, wanted_refused = expected(sent)
    assert same(rows, wanted)
    assert (stored, refused) == (wanted_stored, wanted_refused)


def test_a_refusal_shows_the_value_as_it_was_sent() -> None:
    frame = Frame(asset="L-2", t=[NOW, NOW + 1], m={"speed": [1.0, 99.5]})
    group = Group(asset_class("lift"), ("speed",))
    group.assets.append(2)
    group.frames.append(frame)
    group.messages.append(0)
    group.counts.append(2)

    found = group.judge(np.array([NOW], dtype=np.int64))

    ((message, refused),) = found.refused
    assert (message, refused.asset, refused.metric) == (0, "L-2", "speed")
    assert (refused.sent, refused.at_ms) == ("99.5", NOW + 1)
