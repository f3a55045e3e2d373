"""Who answers for orders that no line of the matrix covers: duties by the calendar, reports, calls."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from analytics.duties.matrix import Duty, Limit, Party
from gateway.catalogue import Text

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


def _line(
    key: str,
    note: Text,
    *,
    order_to: Party = Party.PROPERTY_COMPANY,
    chain: tuple[Party, ...] = (Party.PROPERTY_COMPANY, Party.COMMUNITY, Party.STREET),
    limits: Mapping[Limit, timedelta] | None = None,
) -> Duty:
    return Duty(
        line=0,
        key=key,
        event="*",
        asset_class="*",
        responsible=Party.PROPERTY_COMPANY,
        order_to=order_to,
        chain=chain,
        limits=limits
        or {
            Limit.ACCEPT: 2 * _HOUR,
            Limit.ARRIVE: _DAY,
            Limit.RESTORE: 3 * _DAY,
            Limit.CLOSE: 7 * _DAY,
        },
        opens_order=True,
        tells_bureau=False,
        note=note,
        basis="Product rule, until the matrix has a line of its own",
    )


FALLBACK: Final = _line(
    "fallback",
    Text(zh="权责清单未列明,由物业处理", en="Not in the matrix: the property company acts"),
)
_LIFT_CHAIN: Final = (Party.MAINTENANCE_FIRM, Party.PROPERTY_COMPANY, Party.COMMUNITY, Party.STREET)
_BY_CAUSE: Final = {
    "lift_maintenance": _line(
        "lift_maintenance",
        Text(zh="维保单位按期维护保养", en="The firm maintains the lift in time"),
        order_to=Party.MAINTENANCE_FIRM,
        chain=_LIFT_CHAIN,
    ),
    "alarm_test_call": _line(
        "alarm_test_call",
        Text(zh="维保单位试呼并检查", en="The firm makes the test call and looks why none came"),
        order_to=Party.MAINTENANCE_FIRM,
        chain=_LIFT_CHAIN,
    ),
    "lift_fault_report": _line(
        "lift_fault_report",
        Text(zh="维保单位检查修复", en="The firm looks and repairs"),
        order_to=Party.MAINTENANCE_FIRM,
        chain=_LIFT_CHAIN,
    ),
    "fire_lane_blocked": _line(
        "fire_lane_blocked",
        Text(
            zh="物业立即清障,拒不改正的报消防救援机构",
            en="Clear it at once, else tell the fire service",
        ),
        chain=(Party.PROPERTY_COMPANY, Party.COMMUNITY, Party.FIRE_SERVICE, Party.STREET),
        limits={
            Limit.ACCEPT: timedelta(minutes=15),
            Limit.ARRIVE: timedelta(minutes=30),
            Limit.RESTORE: 2 * _HOUR,
            Limit.CLOSE: 3 * _DAY,
        },
    ),
    "ebike_in_lift": _line(
        "ebike_in_lift",
        Text(zh="物业劝离并核查楼内充电", en="Stop it and look for charging in the building"),
        limits={
            Limit.ACCEPT: timedelta(minutes=15),
            Limit.ARRIVE: timedelta(minutes=30),
            Limit.RESTORE: 4 * _HOUR,
            Limit.CLOSE: 3 * _DAY,
        },
    ),
}


def duty_for(cause: str) -> Duty:
    """The product's own line for a cause; the general one where there is none."""
    return _BY_CAUSE.get(cause, FALLBACK)
