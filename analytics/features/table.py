"""The features of every class that early warning watches over days."""

from typing import Final

import numpy as np

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
)
from analytics.features.hours import Cube, Hours
from gateway.catalogue import Text, asset_class


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
        *_peak("pump", "vibration_drive"),
        *_peak("pump", "vibration_free"),
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


def columns_of(of_class: str) -> tuple[str, ...]:
    """Columns of the hourly view that the class's features are computed from."""
    asked = [name for feature in FEATURES[of_class] for name in feature.formula.columns]
    return tuple(dict.fromkeys(asked))
