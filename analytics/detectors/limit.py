"""Limits that a slow change must not reach, with the law or rule they come from."""

from dataclasses import dataclass
from typing import Final

from gateway.catalogue import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A value at which something fails or must be done.

    Attributes:
        value: [unit of the metric in the catalogue].
        is_floor: Whether falling to it is bad; else rising to it.
        meaning: What it means to reach it.
        basis: Standard and clause, or whose rule.
        least: Lowest value that an administrator may set in its place [unit].
        most: Highest such value [unit]; where life depends on it, never laxer than `value`.
    """

    asset_class: str
    metric: str
    value: float
    is_floor: bool
    meaning: Text
    basis: str
    least: float
    most: float


def _floor(  # noqa: PLR0913, PLR0917 - one row of the table below
    asset_class: str, metric: str, value: float, most: float, meaning: Text, basis: str
) -> Limit:
    """A floor may be raised, never lowered: who lowers it hears of the loss later."""
    return Limit(
        asset_class=asset_class,
        metric=metric,
        value=value,
        is_floor=True,
        meaning=meaning,
        basis=basis,
        least=value,
        most=most,
    )


def _ceiling(  # noqa: PLR0913, PLR0917 - one row of the table below
    asset_class: str,
    metric: str,
    value: float,
    between: tuple[float, float],
    meaning: Text,
    basis: str,
) -> Limit:
    return Limit(
        asset_class=asset_class,
        metric=metric,
        value=value,
        is_floor=False,
        meaning=meaning,
        basis=basis,
        least=between[0],
        most=between[1],
    )


_LOW = Text(zh="消火栓压力偏低", en="hydrant pressure low")
_CRITICAL = Text(zh="消火栓压力严重不足", en="hydrant pressure critically low")
_LEAKAGE = Text(zh="剩余电流超限", en="residual current too high")
_HOT_CABLE = Text(zh="线缆温度超限", en="cable too hot")
_HOT_MOTOR = Text(zh="电机过热", en="motor overheated")
_DIRTY = Text(zh="探测器迷宫污染,可能误报或漏报", en="detector too dirty to be trusted")
_BATTERY = Text(zh="电池需要更换", en="battery must be changed")
_RULE: Final = "Site rule (unverified)"

_LEAKAGE_RULE: Final = "GB 50116-2013 9.2.3: set at 300-500 mA"
LIMITS: Final = (
    _floor(
        "fire_water", "pressure", 150.0, 600.0, _LOW, "GB 50974-2014 5.3.3 (direction unverified)"
    ),
    _floor(
        "fire_water",
        "pressure",
        70.0,
        600.0,
        _CRITICAL,
        "GB 50974-2014 5.2.2, high-rise residential",
    ),
    _floor("fire_water", "battery", 20.0, 60.0, _BATTERY, _RULE),
    _floor("detector", "battery", 20.0, 60.0, _BATTERY, _RULE),
    _ceiling("detector", "contamination", 80.0, (40.0, 80.0), _DIRTY, _RULE),
    _ceiling(
        "electrical_monitor", "residual_current", 300.0, (30.0, 500.0), _LEAKAGE, _LEAKAGE_RULE
    ),
    _ceiling(
        "electrical_monitor", "residual_current", 500.0, (30.0, 500.0), _LEAKAGE, _LEAKAGE_RULE
    ),
    *(
        _ceiling(
            "electrical_monitor",
            f"temp_{phase}",
            70.0,
            (45.0, 140.0),
            _HOT_CABLE,
            "GB 14287.3-2014: settable 45-140 degC (unverified)",
        )
        for phase in (1, 2, 3, 4)
    ),
    _ceiling("lift", "motor_temp", 110.0, (60.0, 110.0), _HOT_MOTOR, _RULE),
    _ceiling("escalator", "motor_temp", 110.0, (60.0, 110.0), _HOT_MOTOR, _RULE),
    _ceiling("pump", "motor_temp", 110.0, (60.0, 110.0), _HOT_MOTOR, _RULE),
)
