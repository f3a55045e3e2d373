"""Readable makers of what the console shows."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from dashboards.console.role import Role, User
from dashboards.console.store.alarm import AlarmLine

_AT = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
_LINE = AlarmLine(
    id=1,
    version=1,
    state="unacknowledged",
    alarm_group="fire",
    severity="critical",
    is_life_safety=True,
    is_drill=False,
    confirmation="unconfirmed",
    event="fire_alarm",
    condition="fire_alarm",
    text="",
    raised_at=_AT,
    opened_at=_AT,
    returned_at=None,
    acknowledged_at=None,
    acknowledged_by=None,
    closed_at=None,
    raises=1,
    place_path="city.garden.b1",
    asset_id=1,
    asset_code="D-1",
    asset_class="detector",
    asset_name_zh="2层烟感",
    asset_name_en="Detector",
    place_names_zh=["花园小区", "1号楼"],
    place_names_en=["Garden", "Building 1"],
    order_id=None,
    order_number=None,
    order_state=None,
    responsible_zh="示范消防",
    responsible_en="Fire Firm",
    responsible_phone="0000-8000103",
    seen_at=None,
    bureau_state=None,
    bureau_receipt=None,
)
_USER = User(
    name="duty",
    role=Role.OPERATOR,
    display_name="值班员",
    organisation_id=None,
    scope=("city.garden",),
    language="zh",
    csrf_token="0123",
)


def line(**changes: Any) -> AlarmLine:
    return replace(_LINE, **changes)


def user(**changes: Any) -> User:
    return replace(_USER, **changes)
