from datetime import UTC, datetime

import pytest

from analytics.commission.walk import Moved, Said, evidence_of, needs_fire_event
from gateway.catalogue import ASSET_CLASSES, AssetClass, asset_class

AT = datetime(2026, 11, 22, 3, tzinfo=UTC)


def said(event: str) -> Said:
    return Said(event=event, at=AT)


def moved(metric: str, span: float) -> Moved:
    return Moved(metric=metric, at=AT, span=span)


def test_a_detector_has_to_raise_its_fire_alarm() -> None:
    kind = asset_class("detector")
    wide = [moved(metric.name, 1e6) for metric in kind.metrics]
    assert needs_fire_event(kind)
    assert evidence_of(kind, [], wide) is None
    assert evidence_of(kind, [said("fault")], wide) is None
    found = evidence_of(kind, [said("fault"), said("fire_alarm")], [])
    assert found is not None
    assert found.name == "fire_alarm"


def test_a_pressure_that_moves_is_enough_and_one_that_stands_is_not() -> None:
    kind = asset_class("fire_water")
    deadband = kind.metrics[0].deadband
    name = kind.metrics[0].name
    assert evidence_of(kind, [], [moved(name, deadband)]) is None
    found = evidence_of(kind, [], [moved(name, deadband * 2 + 1)])
    assert found is not None
    assert found.name == name


def test_any_event_of_a_lift_is_enough() -> None:
    assert evidence_of(asset_class("lift"), [said("overspeed")], []) is not None


@pytest.mark.parametrize("kind", ASSET_CLASSES, ids=lambda kind: kind.name)
def test_silence_proves_nothing(kind: AssetClass) -> None:
    assert evidence_of(kind, [], []) is None
    assert evidence_of(kind, [said("asset_silent"), said("gateway_silent")], []) is None
