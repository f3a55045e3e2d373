"""The features of every class that early warning watches over days."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.features.feature import Bad, Feature
from analytics.features.formula import (
    Formula,
    above,
    mean,
    middle,
    open_over,
    over_open,
    ratio,
    scatter,
    while_running,
)
from analytics.features.hours import Cube, Hours
from gateway.catalogue import Text, asset_class

Cube32 = NDArray[np.float32]


def _feature(  # noqa: PLR0913, PLR0917 - one row of the table
    name: str,
    zh: str,
    en: str,
    unit: str,
    metric: str,
    formula: Formula,
    *,
    bad: Bad = Bad.UP,
    is_relative: bool = True,
) -> Feature:
    return Feature(
        name=name,
        label=Text(zh=zh, en=en),
        unit=unit,
        metric=metric,
        bad=bad,
        is_relative=is_relative,
        formula=formula,
    )


_LIFT: Final = (
    _feature(
        "shake_peak", "垂直振动峰值", "peak vibration", "m/s2", "vibration", middle("vibration_max")
    ),
    _feature(
        "shake_per_travel",
        "单位行程垂直振动",
        "vibration per travel",
        "1/s",
        "vibration",
        ratio("vibration_mean", "speed_mean"),
    ),
    _feature(
        "sway_peak",
        "水平振动峰值",
        "peak horizontal vibration",
        "m/s2",
        "vibration_horizontal",
        middle("vibration_horizontal_max"),
    ),
    _feature(
        "sway_per_travel",
        "单位行程水平振动",
        "horizontal vibration per travel",
        "1/s",
        "vibration_horizontal",
        ratio("vibration_horizontal_mean", "speed_mean"),
    ),
    _feature(
        "current_peak",
        "电机电流峰值",
        "peak motor current",
        "A",
        "motor_current",
        middle("motor_current_max"),
    ),
    _feature(
        "current_per_travel",
        "单位行程电机电流",
        "motor current per travel",
        "As/m",
        "motor_current",
        ratio("motor_current_mean", "speed_mean"),
    ),
    _feature(
        "motor_rise",
        "电机温升",
        "motor above machine room",
        "K",
        "motor_temp",
        above("motor_temp_mean", "machine_room_temp_mean"),
    ),
    _feature(
        "motor_rise_peak",
        "电机温升峰值",
        "peak of the motor above machine room",
        "K",
        "motor_temp",
        above("motor_temp_max", "machine_room_temp_mean"),
    ),
    _feature(
        "room_temp",
        "机房温度",
        "machine room temperature",
        "degC",
        "machine_room_temp",
        middle("machine_room_temp_mean"),
        is_relative=False,
    ),
    _feature(
        "door_work",
        "门机电流",
        "door motor current while working",
        "A",
        "door_current",
        over_open("door_current_mean"),
    ),
    _feature(
        "door_peak",
        "门机电流峰值",
        "peak door motor current",
        "A",
        "door_current",
        middle("door_current_max"),
    ),
    _feature(
        "door_open_per_travel",
        "单位行程开门时间",
        "door time per travel",
        "s/m",
        "door_closed",
        open_over("speed_mean"),
    ),
    _feature(
        "level_spread",
        "平层误差离散",
        "scatter of levelling",
        "mm",
        "levelling_error",
        scatter("levelling_error"),
    ),
    _feature(
        "level_bias",
        "平层误差偏移",
        "levelling off on average",
        "mm",
        "levelling_error",
        mean("levelling_error_mean"),
        bad=Bad.BOTH,
        is_relative=False,
    ),
)


def _plain(
    of_class: str, metric: str, bad: Bad, *, is_relative: bool = False
) -> tuple[Feature, ...]:
    """A metric by its usual hour, for classes whose metrics speak for themselves."""
    kind = asset_class(of_class).metric(metric)
    if kind is None:
        raise ValueError(f"{of_class} has no metric {metric}")
    return (
        Feature(
            name=metric,
            label=kind.label,
            unit=kind.unit,
            metric=metric,
            bad=bad,
            is_relative=is_relative,
            formula=middle(f"{metric}_mean"),
        ),
    )


def _peak(of_class: str, metric: str, *, is_relative: bool = True) -> tuple[Feature, ...]:
    """A metric's usual hour and its usual highest value of an hour."""
    (usual,) = _plain(of_class, metric, Bad.UP, is_relative=is_relative)
    return (
        usual,
        Feature(
            name=f"{metric}_peak",
            label=Text(zh=f"{usual.label.zh}峰值", en=f"peak {usual.label.en.lower()}"),
            unit=usual.unit,
            metric=metric,
            bad=Bad.UP,
            is_relative=is_relative,
            formula=middle(f"{metric}_max"),
        ),
    )


def _shaking(metric: str, zh: str, en: str) -> Feature:
    """A pump's vibration while it runs; between two weekly tests (GB 25201) it is the last one."""
    return Feature(
        name=f"{metric}_running",
        label=Text(zh=zh, en=en),
        unit="g",
        metric=metric,
        bad=Bad.UP,
        is_relative=True,
        formula=while_running(f"{metric}_max"),
        carry_days=8,
    )


FEATURES: Final[dict[str, tuple[Feature, ...]]] = {
    "lift": _LIFT,
    "escalator": (
        *_peak("escalator", "motor_current"),
        *_peak("escalator", "motor_temp", is_relative=False),
        *_peak("escalator", "vibration"),
        _feature(
            "handrail_slip",
            "扶手带相对速度",
            "handrail against steps",
            "",
            "handrail_speed",
            ratio("handrail_speed_mean", "speed_mean"),
            bad=Bad.DOWN,
        ),
    ),
    "fire_water": (
        *_plain("fire_water", "pressure", Bad.DOWN, is_relative=True),
        *_plain("fire_water", "level", Bad.DOWN),
        *_plain("fire_water", "battery", Bad.DOWN),
    ),
    "pump": (
        _feature(
            "running",
            "运行时间占比",
            "share of time running",
            "",
            "running",
            mean("running_mean"),
            is_relative=False,
        ),
        *_peak("pump", "motor_temp", is_relative=False),
        _shaking("vibration_drive", "运行时驱动端振动", "drive end vibration while running"),
        _shaking("vibration_free", "运行时自由端振动", "free end vibration while running"),
    ),
    "detector": (
        *_plain("detector", "contamination", Bad.UP),
        *_plain("detector", "smoke", Bad.UP),
        *_plain("detector", "battery", Bad.DOWN),
    ),
    "electrical_monitor": (
        *_plain("electrical_monitor", "residual_current", Bad.UP, is_relative=True),
        *(
            feature
            for phase in (1, 2, 3, 4)
            for feature in _peak("electrical_monitor", f"temp_{phase}", is_relative=False)
        ),
    ),
}
"""The features of each class; their names and order are the schema of its models."""


def days_of(hours: Hours) -> Cube:
    """Every feature of every day, shape (n_assets, n_days, n_features); NaN: nothing is known."""
    return np.stack([feature.days(hours) for feature in FEATURES[hours.asset_class]], axis=2)


def carried(days: Cube32, of_class: str) -> Cube32:
    """Days of features with the newest value standing for the days after it, where it may.

    Args:
        days: Shape (n_assets, n_days, n_features), oldest first.
        of_class: Whose features they are.
    """
    found = days.copy()
    for place, feature in enumerate(FEATURES[of_class]):
        if not feature.carry_days:
            continue
        known = ~np.isnan(days[:, :, place])
        day = np.arange(days.shape[1])
        newest = np.maximum.accumulate(np.where(known, day, -1), axis=1)
        value = np.take_along_axis(days[:, :, place], np.maximum(newest, 0), axis=1)
        is_told = (newest >= 0) & (day - newest <= feature.carry_days)
        found[:, :, place] = np.where(is_told, value, np.nan)
    return found


def columns_of(of_class: str) -> tuple[str, ...]:
    """Columns of the hourly view that the class's features are computed from."""
    asked = [name for feature in FEATURES[of_class] for name in feature.formula.columns]
    return tuple(dict.fromkeys(asked))
