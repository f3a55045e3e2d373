"""Analogue values as metrics of the catalogue, in the catalogue's units."""

import csv
from functools import cache
from importlib.resources import files
from typing import Final

from gateway.catalogue import asset_class
from gateway.drivers.gbt26875.naming import Named
from gateway.drivers.gbt26875.profile import Profile, value_of
from gateway.drivers.gbt26875.record import PartReading

_TIMES: Final = {
    ("MPa", "kPa"): 1000.0,
    ("MPa", "bar"): 10.0,
    ("kPa", "bar"): 0.01,
    ("A", "mA"): 1000.0,
    ("L/s", "L/min"): 60.0,
}
"""From a device's unit to a metric's: times this."""
_RESIDUAL_CURRENT_PART: Final = 17
_CURRENT: Final = 9
_CLASS_OF_PART: Final = (
    (range(10, 14), "gas_detector"),
    (range(16, 19), "electrical_monitor"),
    (range(30, 80), "detector"),
    (range(91, 92), "pump"),
    (range(92, 93), "fire_water"),
    (range(95, 96), "pump"),
)
_CLASS_OF_SYSTEM: Final = {11: "fire_water", 12: "fire_water"}


@cache
def _metrics() -> dict[tuple[str, int], str]:
    text = files(__package__).joinpath("measure.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {(row["class"], int(row["quantity"])): row["metric"] for row in rows}


def class_of(named: Named, one: PartReading) -> str:
    """The asset's class: as the configuration says, else as the part's or system's type suggests."""
    if named.asset_class:
        return named.asset_class
    for types, name in _CLASS_OF_PART:
        if one.part_type in types:
            return name
    return _CLASS_OF_SYSTEM.get(one.system_type, "")


def measured(named: Named, one: PartReading, profile: Profile) -> tuple[str, str, float] | str:
    """Class, metric and value [unit of the catalogue]; or why the value means nothing to us."""
    quantity = profile.quantity(one.quantity)
    if quantity is None:
        return f"analogue type {one.quantity} has no unit: give the profile one"
    kind = class_of(named, one)
    is_residual = one.part_type == _RESIDUAL_CURRENT_PART and one.quantity == _CURRENT
    usual = "residual_current" if is_residual else _metrics().get((kind, one.quantity), "")
    metric = asset_class(kind).metric(named.metric or usual)
    if metric is None:
        return f"class {kind or 'unknown'} has no metric for analogue type {one.quantity}"
    factor = 1.0 if metric.unit == quantity.unit else _TIMES.get((quantity.unit, metric.unit))
    if factor is None:
        return f"{metric.name} is in {metric.unit}, analogue type {one.quantity} in {quantity.unit}"
    return kind, metric.name, round(value_of(one.raw, quantity) * factor, 6)
