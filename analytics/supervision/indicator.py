"""What a company is measured by, each as a rate of things done well out of things to be done."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.catalogue import Text


class Aspect(StrEnum):
    """The eight aspects of the star rating 星级.

    References:
        Hefei, star rating of residential property services, 2019 (secondary, unverified).
    """

    MANAGEMENT = "management"
    PUBLIC_RELATIONS = "public_relations"
    EQUIPMENT = "equipment"
    SAFETY = "safety"
    ORDER = "order"
    CLEANING = "cleaning"
    GREENERY = "greenery"
    DIGITAL = "digital"


ASPECTS: Final = {
    Aspect.MANAGEMENT: Text(zh="内部管理", en="internal management"),
    Aspect.PUBLIC_RELATIONS: Text(zh="公共关系维护", en="public relations"),
    Aspect.EQUIPMENT: Text(zh="公共设施设备管理", en="common facilities and equipment"),
    Aspect.SAFETY: Text(zh="安全管理", en="safety"),
    Aspect.ORDER: Text(zh="公共空间秩序管理", en="order in common spaces"),
    Aspect.CLEANING: Text(zh="清洁服务", en="cleaning"),
    Aspect.GREENERY: Text(zh="绿化养护", en="greenery"),
    Aspect.DIGITAL: Text(zh="智能信息化管理", en="digital management"),
}
"""Their names."""


class IndicatorKey(StrEnum):
    """Names of the indicators."""

    ACKNOWLEDGED = "acknowledged_in_time"
    ARRIVED = "arrived_in_time"
    RESCUED = "rescue_arrived_in_time"
    RESTORED = "restored_in_time"
    FIXED = "fixed_for_good"
    PREVENTIVE = "preventive_in_time"
    ON_POST = "posts_answered"
    GENUINE = "assets_without_false_alarm"
    REPORTING = "assets_reporting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One rate.

    Attributes:
        points: What full marks are worth; those of all indicators sum to 100.
        aspect: The star aspect that it speaks of.
        needs_sensors: Whether it is drawn from what sensors said, so that silence must cost.
        basis: Where the demand comes from.
    """

    key: IndicatorKey
    name: Text
    points: float
    aspect: Aspect
    needs_sensors: bool
    basis: str


_SITE: Final = "site rule"
INDICATORS: Final = (
    Indicator(
        key=IndicatorKey.RESCUED,
        name=Text(zh="困人救援按时到场", en="rescuers on site in time"),
        points=20,
        aspect=Aspect.SAFETY,
        needs_sensors=True,
        basis="TSG T5002-2017 art. 5(4)",
    ),
    Indicator(
        key=IndicatorKey.ACKNOWLEDGED,
        name=Text(zh="报警按时确认", en="alarms acknowledged in time"),
        points=10,
        aspect=Aspect.SAFETY,
        needs_sensors=True,
        basis=_SITE,
    ),
    Indicator(
        key=IndicatorKey.ARRIVED,
        name=Text(zh="工单按时到场", en="on site in time"),
        points=10,
        aspect=Aspect.EQUIPMENT,
        needs_sensors=True,
        basis=_SITE,
    ),
    Indicator(
        key=IndicatorKey.RESTORED,
        name=Text(zh="故障按时修复", en="restored in time"),
        points=15,
        aspect=Aspect.EQUIPMENT,
        needs_sensors=True,
        basis=_SITE,
    ),
    Indicator(
        key=IndicatorKey.FIXED,
        name=Text(zh="一次修好(30天内无重复)", en="not broken again within 30 days"),
        points=10,
        aspect=Aspect.EQUIPMENT,
        needs_sensors=True,
        basis=_SITE,
    ),
    Indicator(
        key=IndicatorKey.PREVENTIVE,
        name=Text(zh="维保巡检按期完成", en="preventive duties on time"),
        points=10,
        aspect=Aspect.EQUIPMENT,
        needs_sensors=False,
        basis="TSG T5002-2017 annex A (lift, every 15 days)",
    ),
    Indicator(
        key=IndicatorKey.ON_POST,
        name=Text(zh="查岗按时应答", en="duty checks answered in time"),
        points=5,
        aspect=Aspect.SAFETY,
        needs_sensors=False,
        basis="GB 25201-2010 on duty in fire control rooms (unverified); site rule",
    ),
    Indicator(
        key=IndicatorKey.GENUINE,
        name=Text(zh="设备无误报", en="assets without a false alarm"),
        points=5,
        aspect=Aspect.SAFETY,
        needs_sensors=True,
        basis=_SITE,
    ),
    Indicator(
        key=IndicatorKey.REPORTING,
        name=Text(zh="设备在线", en="assets that report"),
        points=15,
        aspect=Aspect.DIGITAL,
        needs_sensors=False,
        basis=_SITE,
    ),
)
"""All indicators, in the order of reports."""

FULL_MARKS: Final = 100.0
"""Sum of the points of all indicators; a test holds it."""


def indicator(key: IndicatorKey) -> Indicator:
    """The indicator of a name."""
    return _BY_KEY[key]


_BY_KEY: Final = {one.key: one for one in INDICATORS}
