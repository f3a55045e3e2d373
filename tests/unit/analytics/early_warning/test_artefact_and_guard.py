"""Artefacts hold numbers only, each is checked; a model is asked under guard."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.models.artefact import MOST_BYTES, decode, digest_of, encode
from analytics.models.errors import BadModel, UnfitModel
from analytics.models.guard import Bounds, check_flood, first_of, judge
from analytics.models.model import (
    Confidence,
    Model,
    Odds,
    Outlook,
    Sign,
    confidence,
    growth_of,
    told_of,
)
from analytics.models.rule import warnings_of
from analytics.models.store import ModelId, Switch, SwitchKind, before
from analytics.models.train import score_days
from tests.unit.analytics.early_warning.builders import FEATURE_COUNT, a_model, days_of_lifts

NOBODY = np.zeros(12, dtype=np.int64)


def read(artefact: bytes, of_class: str = "lift") -> Model:
    return decode(of_class, artefact, digest_of(artefact))


def test_a_model_comes_back_as_it_was() -> None:
    model = a_model()
    artefact = encode(model)
    again = read(artefact)
    assert encode(again) == artefact
    assert (again.rule, again.outlook, again.scan.shape) == (
        model.rule,
        model.outlook,
        model.scan.shape,
    )
    assert np.array_equal(again.scan.tail, model.scan.tail)


def test_one_changed_bit_is_seen() -> None:
    artefact = bytearray(encode(a_model()))
    digest = digest_of(bytes(artefact))
    artefact[-3] ^= 1
    with pytest.raises(BadModel, match="digest"):
        decode("lift", bytes(artefact), digest)


@pytest.mark.parametrize(
    "poison",
    [
        lambda m: replace(m, scan=replace(m.scan, tail=m.scan.tail * np.nan)),
        lambda m: replace(m, scan=replace(m.scan, tail=m.scan.tail * 0)),
        lambda m: replace(m, scan=replace(m.scan, floor=-m.scan.floor)),
        lambda m: replace(m, scan=replace(m.scan, floor=m.scan.floor * np.inf)),
        lambda m: replace(m, scan=replace(m.scan, ways=m.scan.ways + 5)),
        lambda m: replace(m, scan=replace(m.scan, floor=m.scan.floor[:3])),
        lambda m: replace(m, scan=replace(m.scan, tail=m.scan.tail[:, :1])),
        lambda m: replace(m, rule=replace(m.rule, threshold=0.0)),
        lambda m: replace(m, rule=replace(m.rule, needed=0)),
        lambda m: replace(m, rule=replace(m.rule, quiet=10_000)),
        lambda m: replace(m, rule=replace(m.rule, release=7.0)),
        lambda m: replace(m, middle=-1.0),
        lambda m: replace(m, outlook=replace(m.outlook, soonest_days=99.0)),
    ],
)
def test_a_poisoned_model_is_refused(poison: Callable[[Model], Model]) -> None:
    with pytest.raises(BadModel):
        read(encode(poison(a_model())))


def test_a_model_of_another_class_is_refused() -> None:
    with pytest.raises(BadModel, match="pump"):
        read(encode(a_model()), "pump")


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_model_or_refused(noise: bytes) -> None:
    with pytest.raises(BadModel):
        read(b"TWMODEL1" + noise)


@given(st.integers(0, 1800))
@settings(max_examples=60, deadline=None)
def test_a_cut_off_artefact_is_refused(length: int) -> None:
    artefact = encode(a_model())
    if length < len(artefact):
        with pytest.raises(BadModel):
            read(artefact[:length])


def test_too_large_an_artefact_is_not_even_read() -> None:
    with pytest.raises(BadModel, match="most"):
        read(bytes(MOST_BYTES + 1))


def test_a_change_that_lasts_is_raised_and_its_end_is_told() -> None:
    days = days_of_lifts()
    days[0, -3:, 0] += 0.8
    days[1, -1, 0] += 0.8
    standing = NOBODY.copy()
    standing[5] = 3
    found = judge(days, standing, a_model(), Bounds())
    assert np.flatnonzero(found.is_raised).tolist() == [0]
    assert np.flatnonzero(found.is_over).tolist() == [5]


def test_a_model_that_takes_too_long_is_unfit() -> None:
    def ticking() -> Iterator[float]:
        now = 0.0
        while True:
            yield now
            now += 40.0

    clock = ticking()
    with pytest.raises(UnfitModel, match="longer"):
        judge(days_of_lifts(), NOBODY, a_model(), Bounds(), lambda: next(clock))


def test_scores_beyond_all_bounds_are_unfit() -> None:
    model = a_model()
    wild = replace(model, scan=replace(model.scan, floor=np.full(FEATURE_COUNT, 1e-300)))
    days = days_of_lifts()
    days[:, :-1] = 0
    days[:, -1] = np.arange(12)[:, None]
    with pytest.raises(UnfitModel, match="bounds"):
        judge(days, NOBODY, wild, Bounds())


def test_a_model_that_says_no_number_is_unfit() -> None:
    model = a_model()
    mute = replace(model, scan=replace(model.scan, tail=model.scan.tail * np.nan))
    with pytest.raises(UnfitModel, match="no number"):
        judge(days_of_lifts(), NOBODY, mute, Bounds())


def test_a_model_that_does_not_fit_its_features_is_unfit() -> None:
    with pytest.raises(UnfitModel, match="failed"):
        judge(days_of_lifts(features=3), NOBODY, a_model(), Bounds())


def test_nobody_reports_and_nothing_is_wrong_with_the_model() -> None:
    silent = np.full((12, 40, FEATURE_COUNT), np.nan, dtype=np.float32)
    found = judge(silent, NOBODY, a_model(), Bounds())
    assert not found.is_raised.any()
    assert np.isnan(found.middle)


def test_a_flood_is_a_fault_of_the_model_and_a_few_are_not() -> None:
    check_flood(3, 4, Bounds())
    check_flood(20, 100, Bounds())
    with pytest.raises(UnfitModel, match="21 of 100"):
        check_flood(21, 100, Bounds())


def test_a_borrowed_model_tells_of_the_strongest_hundredth_and_of_one_at_least() -> None:
    scores = np.array([0.6, 0.9, 0.7, 0.8])
    assert first_of(scores, 200, Bounds()).tolist() == [1, 3]
    assert first_of(scores, 20, Bounds()).tolist() == [1]
    assert first_of(scores, 10_000, Bounds()).tolist() == [0, 1, 2, 3]
    assert first_of(np.zeros(0), 10_000, Bounds()).size == 0


def test_confidence_is_told_by_what_came_of_such_warnings() -> None:
    model = a_model()
    assert confidence(model, score=3.2, growth=1.0) is Confidence.POSSIBLE
    assert confidence(model, score=1.5, growth=1.2) is Confidence.VERY_LIKELY
    assert confidence(model, score=3.2, growth=float("nan")) is Confidence.UNKNOWN
    unknown = replace(model, outlook=replace(model.outlook, odds=()))
    assert confidence(unknown, score=3.2, growth=1.2) is Confidence.UNKNOWN


def test_a_model_of_a_former_release_goes_by_the_strength_as_it_has_learned() -> None:
    outlook = Outlook(
        odds=(Odds(over=1.0, judged=20, true=18), Odds(over=2.0, judged=20, true=1)),
        sign=Sign.STRENGTH,
    )
    model = replace(a_model(), outlook=outlook)
    assert confidence(model, score=1.6, growth=9.0) is Confidence.VERY_LIKELY
    assert confidence(model, score=3.1, growth=1.0) is Confidence.POSSIBLE
    header = encode(model).replace(b',"led":0,"odds_by":"strength"', b"")
    header_length = int.from_bytes(header[8:12], "little") - len(b',"led":0,"odds_by":"strength"')
    former = header[:8] + header_length.to_bytes(4, "little") + header[12:]
    assert decode("lift", former, digest_of(former)).outlook == outlook


def test_a_defect_that_is_left_alone_does_not_become_the_usual() -> None:
    days = days_of_lifts()
    days[0, -26:, 0] += 1.0
    standing = NOBODY.copy()
    standing[0] = 1
    assert judge(days, standing, a_model(), Bounds()).is_over[0], "the window is full of it"
    standing[0] = 25
    found = judge(days, standing, a_model(), Bounds())
    assert not found.is_over[0]
    assert found.is_raised[0] or np.isnan(found.seen.score[0])


def test_a_change_that_has_gone_is_over_however_long_its_warning_stood() -> None:
    days = days_of_lifts(days=60)
    days[0, -18:-5, 0] += 1.0
    standing = NOBODY.copy()
    standing[0] = 16
    assert judge(days, standing, a_model(), Bounds()).is_over[0]


def test_a_warning_that_outlasts_its_window_leaves_nothing_known() -> None:
    standing = NOBODY.copy()
    standing[0] = 40
    found = judge(days_of_lifts(), standing, a_model(), Bounds())
    assert np.isnan(found.seen.score[0])
    assert not found.is_over[0]
    assert not np.isnan(found.seen.score[1:]).any()


def test_what_jumps_waits_for_days_that_bear_it_out_and_what_grows_does_not() -> None:
    model = a_model()
    led = replace(model, rule=replace(model.rule, needed=1, led=2))
    days = days_of_lifts()
    days[0, -1, 0] = 9.0
    days[1, -4:, 0] = (0.5, 1.5, 3.0, 6.0)
    found = judge(days, NOBODY, led, Bounds())
    assert np.flatnonzero(found.is_raised).tolist() == [1]
    assert found.growth[0] > found.growth[1] > 1.1
    days[0, -3:, 0] = 9.0
    assert judge(days, NOBODY, led, Bounds()).is_raised[:2].all()


def test_growth_is_unknown_without_a_day_before_and_endless_from_nothing() -> None:
    nan = float("nan")
    today, before = np.array([2.0, 2.0, 2.0, nan]), np.array([1.0, 0.0, nan, 1.0])
    np.testing.assert_array_equal(growth_of(today, before), [2.0, np.inf, nan, nan])


def switches(*told: tuple[str, int | None]) -> list[Switch]:
    """Oldest first in, newest first out."""
    return [
        Switch(
            asset_class="lift",
            model=None if model is None else ModelId(model),
            kind=SwitchKind(kind),
            at=datetime(2026, 1, 1, tzinfo=UTC),
            actor="engineer",
            why="",
        )
        for kind, model in reversed(told)
    ]


@pytest.mark.parametrize(
    ("told", "rejected", "former"),
    [
        ([("activate", 1)], set(), None),
        ([("activate", 1), ("activate", 2)], set(), 1),
        ([("activate", 1), ("activate", 2), ("activate", 3), ("rollback", 2)], set(), 1),
        ([("activate", 1), ("activate", 2), ("rollback", 1)], set(), None),
        ([("activate", 1), ("activate", 2), ("activate", 3)], {2}, 1),
        ([("activate", 1), ("activate", 2), ("activate", 2)], set(), 1),
        ([("activate", 1), ("stop", None), ("activate", 2)], set(), None),
    ],
)
def test_going_back_goes_down_the_models_that_were_in_force(
    told: list[tuple[str, int | None]], rejected: set[ModelId], former: int | None
) -> None:
    assert before(switches(*told), rejected) == former


def test_days_without_a_value_delay_nothing_live_as_in_a_backtest() -> None:
    model = a_model()
    led = replace(model, rule=replace(model.rule, needed=1, led=2))
    days = days_of_lifts(assets=12, days=60)
    days[:5, 40:, 0] += 0.06 * np.arange(20)
    rng = np.random.default_rng(4)
    for asset in range(10):
        begin = int(rng.integers(40, 52))
        days[asset, begin : begin + 1 + asset % 4] = np.nan
    scores = score_days(days, led.scan, lambda share, now: None)
    told = warnings_of(scores, np.arange(60, dtype=np.float64), led.rule)
    first: dict[int, int] = {}
    for last in range(30, 60):
        found = judge(days[:, : last + 1], NOBODY, led, Bounds())
        for row in np.flatnonzero(found.is_raised).tolist():
            first.setdefault(row, last)
    expected: dict[int, int] = {}
    for row, at in zip(told.asset.tolist(), told.at.tolist(), strict=True):
        expected.setdefault(row, int(at))
    assert first == expected
    assert len(first) >= 4


@pytest.mark.parametrize(
    ("judged", "true", "told"),
    [
        (7, 7, Confidence.UNKNOWN),
        (8, 2, Confidence.POSSIBLE),
        (9, 3, Confidence.LIKELY),
        (9, 6, Confidence.VERY_LIKELY),
    ],
)
def test_confidence_by_the_record_alone(judged: int, true: int, told: Confidence) -> None:
    assert told_of(judged, true) is told
