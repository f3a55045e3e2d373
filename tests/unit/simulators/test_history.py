"""A history has the columns of the hourly views, the same bytes for a plan, and an honest truth."""

import dataclasses
import re
import time
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ingest
from gateway.catalogue import asset_class
from simulators.building import Asset, AssetCode
from simulators.demo.garden import garden
from simulators.errors import BadHistory
from simulators.growth import Growth
from simulators.history import (
    HOURLY_METRICS,
    HistoryBlock,
    HistoryPlan,
    Rates,
    Truth,
    TruthKind,
    hour_columns,
    simulate,
)
from simulators.history.file import read_history, write_history
from simulators.wear import Cause

MIGRATION = Path(ingest.__file__).parent / "migrations" / "0004_hours.sql"
START_MS = 1_735_660_800_000
VIEWS = {
    "lift": "lift_hours",
    "escalator": "escalator_hours",
    "detector": "detector_hours",
    "fire_water": "water_hours",
    "pump": "pump_hours",
    "electrical_monitor": "electrical_hours",
}


def plan_of(*classes: str, days: int = 60, seed: int = 1, copies: int = 1) -> HistoryPlan:
    assets = [asset for asset in garden().assets if asset.class_name in classes]
    return HistoryPlan(
        seed=seed,
        start_ms=START_MS,
        days=days,
        assets=tuple(_copy(asset, n) for n in range(copies) for asset in assets),
        quiet_days=7,
    )


def _copy(asset: Asset, number: int) -> Asset:
    return dataclasses.replace(asset, code=AssetCode(f"{asset.code}-{number}"))


def blocks_of(plan: HistoryPlan) -> list[HistoryBlock]:
    return list(simulate(plan))


@pytest.mark.parametrize("class_name", HOURLY_METRICS)
def test_a_history_has_the_columns_of_the_hourly_view(class_name: str) -> None:
    text = MIGRATION.read_text(encoding="utf-8")
    view = text.split(f"CREATE VIEW {VIEWS[class_name]} AS")[1].split("FROM")[0]
    assert tuple(re.findall(r" AS (\w+)", view))[1:] == hour_columns(class_name)


def test_the_same_plan_gives_the_same_bytes() -> None:
    one, two = (blocks_of(plan_of("lift", "pump", days=20)) for _ in range(2))
    assert [block.values.tobytes() for block in one] == [block.values.tobytes() for block in two]
    assert [block.truth for block in one] == [block.truth for block in two]


def test_another_seed_gives_another_history() -> None:
    one, two = (blocks_of(plan_of("pump", days=5, seed=seed)) for seed in (1, 2))
    assert one[0].values.tobytes() != two[0].values.tobytes()


def test_an_asset_more_or_less_changes_nothing_for_the_others() -> None:
    whole = plan_of("lift", days=10)
    part = dataclasses.replace(whole, assets=whole.assets[2:4])
    among, alone = blocks_of(whole)[0], blocks_of(part)[0]
    np.testing.assert_array_equal(among.values[:, 2:4], alone.values)


def alone(kind: str, per_year: float = 40.0, **rest: Any) -> Rates:
    """Rates under which nothing happens but this."""
    nothing = Rates(slow=0, sudden=0, sensor=0, disturbance=0, visit_days=0)
    return dataclasses.replace(nothing, **{kind: per_year}, **rest)


def truth_of(blocks: Iterable[HistoryBlock], kind: TruthKind) -> list[Truth]:
    return [one for block in blocks for one in block.truth if one.kind is kind]


def test_an_asset_without_anything_is_told_as_healthy() -> None:
    calm = dataclasses.replace(plan_of("lift", "pump", days=10), rates=alone("slow", 0.0))
    blocks = blocks_of(calm)
    healthy = truth_of(blocks, TruthKind.HEALTHY)
    assert [one.asset for one in healthy] == [code for block in blocks for code in block.assets]
    assert {one.onset_at for one in healthy} == {START_MS}


@pytest.mark.parametrize("growth", Growth)
def test_only_the_chosen_laws_of_growth_appear(growth: Growth) -> None:
    plan = dataclasses.replace(plan_of("pump", days=200), rates=alone("slow"), growths=(growth,))
    assert {one.growth for one in truth_of(simulate(plan), TruthKind.SLOW)} == {growth}


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_the_truth_holds_together(seed: int) -> None:
    plan = dataclasses.replace(
        plan_of("fire_water", "pump", days=240, seed=seed), rates=Rates(slow=4, sensor=3)
    )
    truth = [one for block in simulate(plan) for one in block.truth]
    for one in truth:
        assert plan.start_ms <= one.onset_at < plan.end_ms
        assert one.ends_at is None or one.onset_at < one.ends_at
        if one.kind is TruthKind.SLOW:
            assert one.would_fail_at is not None
            assert one.onset_at < one.would_fail_at
            assert one.failure_at in (None, one.would_fail_at)
            assert one.onset_at >= plan.start_ms + plan.quiet_days * 86_400_000
        if one.kind in (TruthKind.SENSOR, TruthKind.DISTURBANCE):
            assert one.failure_at is None
    slow = sorted((o for o in truth if o.kind is TruthKind.SLOW), key=lambda o: o.onset_at)
    for asset in {one.asset for one in slow}:
        mine = [one for one in slow if one.asset == asset]
        for before, after in pairwise(mine):
            assert before.ends_at is not None
            assert after.onset_at > before.ends_at


def test_some_defects_are_found_in_time_by_a_visit() -> None:
    rates = alone("slow", visit_days=15, found_share=0.5)
    plan = dataclasses.replace(plan_of("pump", days=365, copies=3), rates=rates)
    slow = truth_of(simulate(plan), TruthKind.SLOW)
    found = [one for one in slow if one.failure_at is None]
    assert 0 < len(found) < len(slow)
    assert all(one.ends_at is not None for one in found)


def change(block: HistoryBlock, one: Truth, column: str, plan: HistoryPlan) -> float:
    """The last week before the failure against the quiet weeks [share]."""
    assert one.would_fail_at is not None
    series = block.column(column)[block.assets.index(one.asset)].astype(float)
    failing = (one.would_fail_at - plan.start_ms) // 3_600_000
    quiet = series[: int(plan.quiet_days * 24)].mean()
    return float((series[failing - 168 : failing].mean() - quiet) / quiet)


@lru_cache
def worn(class_name: str) -> tuple[HistoryPlan, tuple[HistoryBlock, ...]]:
    """Assets that wear out several times in a season, with plain symptoms."""
    plan = dataclasses.replace(
        plan_of(class_name, days=120, copies=2 if class_name == "lift" else 6),
        rates=alone("slow", 9.0),
        severities=(1.0, 1.6),
        growths=(Growth.LINEAR,),
        growing_days=(15.0, 30.0),
        quiet_days=21,
    )
    return plan, tuple(simulate(plan))


@pytest.mark.parametrize(
    ("class_name", "cause", "column"),
    [
        ("lift", Cause.BEARING_WEAR, "vibration_max"),
        ("lift", Cause.GUIDE_SHOE_WEAR, "vibration_horizontal_max"),
        ("lift", Cause.DOOR_TRACK_DIRT, "door_current_max"),
        ("lift", Cause.BRAKE_LINING_WEAR, "levelling_error_max"),
        ("pump", Cause.CHECK_VALVE_LEAK, "running_mean"),
        ("pump", Cause.PUMP_BEARING_WEAR, "vibration_drive_max"),
        ("detector", Cause.DUSTY_CHAMBER, "contamination_mean"),
        ("electrical_monitor", Cause.INSULATION_AGEING, "residual_current_mean"),
        ("escalator", Cause.HANDRAIL_WEAR, "handrail_speed_max"),
    ],
)
def test_the_data_show_what_the_truth_tells(class_name: str, cause: Cause, column: str) -> None:
    plan, blocks = worn(class_name)
    shown = [
        abs(change(block, one, column, plan))
        for block in blocks
        for one in block.truth
        if one.cause == cause and one.failure_at is not None and one.failure_at < plan.end_ms
    ]
    assert shown, "the seed draws no such defect: take another"
    assert np.median(shown) > 0.05


def test_a_lift_that_has_failed_rides_no_more_until_it_is_repaired() -> None:
    plan = dataclasses.replace(plan_of("lift", days=120), rates=alone("sudden", 20.0))
    block = blocks_of(plan)[0]
    checked = 0
    for one in truth_of([block], TruthKind.SUDDEN):
        assert one.ends_at is not None
        first = (one.onset_at - START_MS) // 3_600_000
        last = min((one.ends_at - START_MS) // 3_600_000, 120 * 24 - 1)
        speed = block.column("speed_max")[block.assets.index(one.asset), first : last + 1]
        assert (speed == 0).all()
        checked += len(speed)
    assert checked > 20


def test_a_cut_line_leaves_a_hole_that_no_column_fills() -> None:
    plan = dataclasses.replace(plan_of("fire_water", days=200, copies=4), rates=alone("sensor"))
    block = blocks_of(plan)[0]
    empty = block.column("samples") == 0
    assert empty.any()
    assert np.isnan(block.values[1:, empty]).all()


def test_every_hour_is_legal_and_ordered() -> None:
    plan = dataclasses.replace(
        plan_of(*HOURLY_METRICS, days=60), rates=Rates(slow=12, sudden=6, sensor=24, disturbance=12)
    )
    for block in simulate(plan):
        kind = asset_class(block.class_name)
        for name in HOURLY_METRICS[block.class_name]:
            metric = kind.metric(name)
            assert metric is not None
            for statistic in ("mean", "min", "max"):
                values = block.column(f"{name}_{statistic}")
                known = values[np.isfinite(values)]
                assert ((known >= metric.low) & (known <= metric.high)).all(), name
        quiet = block.column("samples") > 0
        assert quiet.mean() > 0.9


def test_a_working_week_is_busier_than_its_sunday_and_the_holidays_are_calm() -> None:
    calm = dataclasses.replace(plan_of("lift", days=42), rates=alone("slow", 0.0))
    block = blocks_of(calm)[0]
    way = np.nan_to_num(block.column("speed_mean") * block.column("samples")).sum(axis=0)
    days = way.reshape(-1, 24).sum(axis=1)
    # The history begins at 00:00 on Wednesday, 1 January 2025 in China; 29 January is New Year.
    assert days[1] > days[4]
    assert days[28:33].mean() < 0.75 * days[5:10].mean()


def test_a_history_comes_back_from_its_folder(tmp_path: Path) -> None:
    plan = dataclasses.replace(plan_of("pump", "lift", days=40), rates=Rates(slow=9))
    made = blocks_of(plan)
    assert write_history(made, tmp_path / "one", lambda _: None) == len(made) == 2
    for before, after in zip(made, read_history(tmp_path / "one"), strict=True):
        np.testing.assert_array_equal(before.values, after.values)
        np.testing.assert_array_equal(before.hours, after.hours)
        told = (before.class_name, before.assets, before.columns, before.truth)
        assert told == (after.class_name, after.assets, after.columns, after.truth)


def test_the_files_of_a_plan_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_history(simulate(plan_of("pump", days=9)), tmp_path / name, lambda _: None)
    files = [sorted((tmp_path / name).iterdir()) for name in ("one", "two")]
    assert (
        [f.name for f in files[0]] == [f.name for f in files[1]] == ["0000-pump.npz", "truth.jsonl"]
    )
    assert [f.read_bytes() for f in files[0]] == [f.read_bytes() for f in files[1]]


def test_a_history_is_not_written_over_another(tmp_path: Path) -> None:
    write_history(simulate(plan_of("pump", days=2)), tmp_path, lambda _: None)
    with pytest.raises(BadHistory, match="holds a history already"):
        write_history(simulate(plan_of("pump", days=2)), tmp_path, lambda _: None)


def test_a_folder_without_a_history_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadHistory):
        list(read_history(tmp_path))


def test_an_hour_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not a full hour"):
        HistoryPlan(seed=1, start_ms=START_MS + 1, days=1, assets=())


def test_a_month_of_a_lift_takes_a_moment() -> None:
    plan = plan_of("lift", days=30)
    begun_s = time.process_time()
    hours = sum(block.values.shape[1] * block.values.shape[2] for block in simulate(plan))
    # 100 lifts of a year are 876,000 hours; at this bound they take three minutes of one core.
    assert (time.process_time() - begun_s) / hours < 180 / 876_000
