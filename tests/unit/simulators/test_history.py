"""A history has the columns of the hourly views, the same bytes for a plan, and an honest truth."""

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

import ingest
from simulators.building import Asset, AssetCode
from simulators.demo.garden import garden
from simulators.history import HOURLY_METRICS, HistoryBlock, HistoryPlan, hour_columns, simulate

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
