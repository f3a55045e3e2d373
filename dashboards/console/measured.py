"""What the codes among measurements mean, in words: modes, directions, contacts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dashboards.console.language import N_
from gateway.catalogue import AssetClass, Metric

_LIFT_MODES: Final = {
    0: N_("停止服务"),
    1: N_("正常运行"),
    2: N_("检修"),
    3: N_("消防返回"),
    4: N_("消防员运行"),
    5: N_("应急电源运行"),
    6: N_("地震运行"),
    7: N_("未知"),
}
"""Service modes 服务模式 of a lift, GB/T 24476-2017.

Unverified: the standard's text was not seen. The codes are those of a simulator written for it and
of a register's schema that follows it, which agree.
"""
_ESCALATOR_MODES: Final = {
    0: N_("停止"),
    1: N_("正常运行"),
    2: N_("检修"),
    3: N_("未知"),
    7: N_("未知"),
}
"""The same of an escalator: 3 is not known in that schema, 7 where it is read as a lift's (unverified)."""
_DIRECTIONS: Final = {1: N_("上行"), 0: N_("停止"), -1: N_("下行")}
_CONTACT: Final = {0: N_("否"), 1: N_("是")}
_OF_METRIC: Final = {
    ("lift", "mode"): _LIFT_MODES,
    ("escalator", "mode"): _ESCALATOR_MODES,
    ("lift", "direction"): _DIRECTIONS,
    ("escalator", "direction"): _DIRECTIONS,
}
_NONE: Final[Mapping[int, str]] = MappingProxyType({})


def meanings(kind: AssetClass, metric: Metric) -> Mapping[int, str]:
    """The word of each code, in Chinese; nothing where the metric is a quantity."""
    if (metric.unit, metric.low, metric.high) == ("", 0, 1):
        return _CONTACT
    return _OF_METRIC.get((kind.name, metric.name), _NONE)
