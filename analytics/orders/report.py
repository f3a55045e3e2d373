"""What people report, as values: kinds of report, and which of them is life safety."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.catalogue import Text


class Source(StrEnum):
    """Where a report comes from."""

    RESIDENT = "resident"
    HOTLINE = "hotline"
    """12345 or 12319: the case has a number of its own."""
    ROUND = "round"
    """A grid member or guard at a point of the round."""


class Category(StrEnum):
    """What is wrong."""

    TRAPPED = "trapped"
    FIRE = "fire"
    LIFT_FAULT = "lift_fault"
    EBIKE = "ebike_in_lift"
    FIRE_LANE = "fire_lane_blocked"
    FIRE_EQUIPMENT = "fire_equipment_fault"
    WATER = "water_fault"
    POWER = "power_fault"
    OTHER = "other"


LABELS: Final[Mapping[Category, Text]] = {
    Category.TRAPPED: Text(zh="电梯里有人被困", en="Somebody is trapped in a lift"),
    Category.FIRE: Text(zh="看到火或烟", en="I see fire or smoke"),
    Category.LIFT_FAULT: Text(zh="电梯故障", en="A lift does not work"),
    Category.EBIKE: Text(zh="电动自行车进电梯", en="An e-bike in a lift"),
    Category.FIRE_LANE: Text(zh="消防通道被占用", en="A fire lane is blocked"),
    Category.FIRE_EQUIPMENT: Text(zh="消防设施损坏", en="Fire equipment is damaged"),
    Category.WATER: Text(zh="供水、排水问题", en="Water or drains"),
    Category.POWER: Text(zh="停电、漏电", en="Power cut or leakage"),
    Category.OTHER: Text(zh="其他问题", en="Something else"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeSafety:
    """A report that is an alarm at once.

    Attributes:
        event: Event of the catalogue.
        condition: Key of the alarm on the asset; not the device's own, whose words would end it.
        classes: Assets that carry it, where none was named.
    """

    event: str
    condition: str
    classes: tuple[str, ...]


REPORTED: Final = "reported:"
"""Conditions that a person reported begin so: they end by a person's reset, for no device."""
LIFE_SAFETY: Final[Mapping[Category, LifeSafety]] = {
    Category.TRAPPED: LifeSafety(
        event="entrapment", condition=REPORTED + "entrapment", classes=("lift",)
    ),
    Category.FIRE: LifeSafety(
        event="fire_alarm",
        condition=REPORTED + "fire_alarm",
        classes=("fire_panel", "manual_call_point", "detector"),
    ),
}
_CAUSES: Final = {Category.LIFT_FAULT: "lift_fault_report"}


def cause_of(category: Category) -> str:
    """What the order is about; the product's line and the rule of repeats go by it."""
    return _CAUSES.get(category, str(category))
