"""A sample: the values of one asset at one time, as a driver reads them."""

import math
from dataclasses import dataclass

from gateway.catalogue import AssetClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Values of one asset at one time.

    Attributes:
        asset: Code of the asset, unique within its gateway.
        at_ms: When, by the gateway's clock [ms UTC].
        values: Metric name to value [unit of the catalogue]; None means the sensor is absent.
    """

    asset: str
    at_ms: int
    values: dict[str, float | None]


def refused_metrics(sample: Sample, kind: AssetClass) -> list[str]:
    """Why values of the sample cannot be true: one sentence each; empty when all can."""
    return [
        reason
        for name, value in sample.values.items()
        if (reason := _refusal(name, value, kind)) is not None
    ]


def _refusal(name: str, value: float | None, kind: AssetClass) -> str | None:
    metric = kind.metric(name)
    if metric is None:
        return f"{kind.name} has no metric {name!r}"
    if value is None:
        return None
    if not math.isfinite(value):
        return f"{name} is {value}"
    if not metric.low <= value <= metric.high:
        return f"{name} = {value} {metric.unit} is outside {metric.low} to {metric.high}"
    return None
