"""The catalogue: every asset class, metric and event that the platform knows.

Look things up here; the definitions stand beside, one module a subject.
"""

from gateway.catalogue.electrical import ELECTRICAL
from gateway.catalogue.fire import (
    CALL_POINT,
    DETECTOR,
    FIRE_OUTPUT,
    FIRE_PANEL,
    GAS_DETECTOR,
)
from gateway.catalogue.lift import ESCALATOR, LIFT
from gateway.catalogue.model import (
    AssetClass,
    Ending,
    EventKind,
    Gap,
    Group,
    Metric,
    Severity,
    Text,
    written_unit,
)
from gateway.catalogue.platform import (
    EARLY_WARNING,
    GATEWAY,
    NETWORK,
    UNKNOWN,
    UNKNOWN_EVENT,
)
from gateway.catalogue.water import FIRE_WATER, PUMP, SUPPLY_MAIN

__all__ = [
    "ASSET_CLASSES",
    "EVENT_KINDS",
    "AssetClass",
    "Ending",
    "EventKind",
    "Gap",
    "Group",
    "Metric",
    "Severity",
    "Text",
    "asset_class",
    "event_kind",
    "written_unit",
]

ASSET_CLASSES: tuple[AssetClass, ...] = (
    LIFT,
    ESCALATOR,
    FIRE_PANEL,
    DETECTOR,
    CALL_POINT,
    GAS_DETECTOR,
    FIRE_WATER,
    SUPPLY_MAIN,
    PUMP,
    FIRE_OUTPUT,
    ELECTRICAL,
    GATEWAY,
    NETWORK,
    UNKNOWN,
)

_BY_CLASS = {item.name: item for item in ASSET_CLASSES}
_BY_EVENT = {kind.name: kind for item in ASSET_CLASSES for kind in item.events} | {
    EARLY_WARNING.name: EARLY_WARNING
}

EVENT_KINDS: tuple[EventKind, ...] = tuple(_BY_EVENT.values())


def asset_class(name: str) -> AssetClass:
    """The class of that name; what nobody declared is the class `unknown`."""
    return _BY_CLASS.get(name, UNKNOWN)


def event_kind(name: str) -> EventKind:
    """The event of that wire name; what nobody declared is `unknown_event`, which is an alarm."""
    return _BY_EVENT.get(name, UNKNOWN_EVENT)
