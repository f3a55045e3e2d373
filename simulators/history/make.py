"""Makes a history, block by block: pure, and the same bytes for the same plan."""

import zlib
from collections.abc import Iterator
from typing import assert_never

import numpy as np

from simulators.building import (
    Asset,
    ElectricalPlant,
    EscalatorPlant,
    GasPlant,
    GaugePlant,
    LiftPlant,
    MainPlant,
    PanelPlant,
    PointPlant,
    PumpPlant,
)
from simulators.history.course import draw_course
from simulators.history.detector import point_hours
from simulators.history.electrical import circuit_hours
from simulators.history.escalator import escalator_hours
from simulators.history.hourly import HourTable, Setting, setting
from simulators.history.lift import lift_hours
from simulators.history.plan import HistoryBlock, HistoryPlan, Truth, hour_columns
from simulators.history.water import gauge_hours, pump_hours


def simulate(plan: HistoryPlan) -> Iterator[HistoryBlock]:
    """The history of the plan, class by class, at most `plan.block_assets` assets a block."""
    hours = plan.hours
    for class_name, members in plan.blocks():
        columns = hour_columns(class_name)
        values = np.empty((len(columns), len(members), len(hours)), dtype=np.float32)
        truth: list[Truth] = []
        for row, asset in enumerate(members):
            # A generator of its own: another asset more or less changes nothing for this one.
            rng = np.random.default_rng([plan.seed, zlib.crc32(asset.code.encode()), 1])
            course = draw_course(asset, plan, rng)
            values[:, row] = table_of(asset, setting(course, hours, rng)).values
            truth.extend(course.truth)
        yield HistoryBlock(
            class_name=class_name,
            assets=tuple(asset.code for asset in members),
            hours=hours,
            columns=columns,
            values=values,
            truth=tuple(truth),
        )


def table_of(asset: Asset, place: Setting) -> HourTable:
    """The hours of one asset in its setting."""
    match asset.plant:
        case LiftPlant() as plant:
            return lift_hours(plant, place)
        case GaugePlant() as plant:
            return gauge_hours(plant, place)
        case PumpPlant() as plant:
            return pump_hours(plant, place)
        case PointPlant() as plant:
            return point_hours(plant, place)
        case ElectricalPlant() as plant:
            return circuit_hours(plant, place)
        case EscalatorPlant() as plant:
            return escalator_hours(plant, place)
        case PanelPlant():
            raise ValueError(f"{asset.code}: a panel has no measured values")
        case GasPlant() | MainPlant():
            raise ValueError(f"{asset.code}: no history is made of a {asset.class_name}")
        case _ as other:
            assert_never(other)
