"""Columns, variables and marks that several dashboards share."""

from typing import Final

from analytics.detectors.limit import LIMITS
from dashboards.grafana.panels import AMBER, BLUE, GREY, NORMAL, Field, Link, Mark, Steps, Variable
from dashboards.grafana.words import CLASSES, COVERAGE, EVENTS, SEVERITIES, STATES, said

PLACE_CHOICE: Final = Variable(name="place", title=said("地点", "Place"), query="places")
ORGANISATION_CHOICE: Final = Variable(
    name="organisation", title=said("单位", "Organisation"), query="organisations", example="0"
)


def asset_choice(query: str, zh: str, en: str) -> Variable:
    """One asset of the chosen place."""
    return Variable(name="asset", title=said(zh, en), query=query)


ASSET_MARKS: Final = (
    Mark(name=said("报警", "Alarms"), query="asset_alarms", colour=AMBER),
    Mark(name=said("现场作业", "Work on site"), query="asset_work", colour=BLUE),
)
DRILL_MARK: Final = Mark(name=said("演练/测试", "Drills and tests"), query="drills", colour=GREY)

TO_PLACE: Final = Link(
    title=said("打开该地点", "Open this place"), board="tw-place", path="var-place={path}"
)
TO_LIFT: Final = Link(
    title=said("打开该电梯", "Open this lift"),
    board="tw-lift",
    path="var-place={path}&var-asset={asset_id}",
)
TO_ASSET: Final = Link(
    title=said("在值班台打开设备", "Open in the console"), path="assets/{asset_id}"
)
TO_ALARM: Final = Link(title=said("在值班台打开报警", "Open in the console"), path="alarms/{alarm}")
TO_ORDER: Final = Link(
    title=said("在值班台打开工单", "Open in the console"), path="orders/{order_id}"
)
TO_COMPANY: Final = Link(
    title=said("该单位的时限", "Promises of this organisation"),
    board="tw-clocks",
    path="var-organisation={organisation_id}",
)


def hidden(key: str) -> Field:
    """A column that only links use."""
    return Field(key=key, title=said(key, key), is_hidden=True)


def count(key: str, zh: str, en: str, steps: Steps = NORMAL) -> Field:
    """A number of things."""
    return Field(key=key, title=said(zh, en), unit="short", digits=0, steps=steps)


def share(key: str, zh: str, en: str, steps: Steps = NORMAL) -> Field:
    """A share of 0 to 1, shown in percent."""
    return Field(key=key, title=said(zh, en), unit="percentunit", digits=1, steps=steps)


def seconds(key: str, zh: str, en: str, steps: Steps = NORMAL) -> Field:
    """A length of time [s]."""
    return Field(key=key, title=said(zh, en), unit="s", digits=1, steps=steps)


def moment(key: str, zh: str, en: str) -> Field:
    """A time."""
    return Field(key=key, title=said(zh, en), unit="dateTimeAsIso", width=170)


def word(key: str, zh: str, en: str, *links: Link) -> Field:
    """Words."""
    return Field(key=key, title=said(zh, en), links=links)


ASSET: Final = word("asset", "设备编号", "Asset", TO_ASSET)
NAME: Final = word("name", "名称", "Name")
CLASS: Final = Field(key="class", title=said("类别", "Class"), words=CLASSES)
EVENT: Final = Field(key="event", title=said("事件", "Event"), words=EVENTS)
SEVERITY: Final = Field(key="severity", title=said("级别", "Severity"), words=SEVERITIES)
STATE: Final = Field(key="state", title=said("状态", "State"), words=STATES)
COVERAGE_STATE: Final = Field(key="state", title=said("监测状态", "Monitored"), words=COVERAGE)
ORGANISATION: Final = word("organisation", "责任单位", "Responsible")
MAINTAINER: Final = word("maintainer", "维保单位", "Maintenance firm")
ALARM: Final = word("alarm", "报警号", "Alarm", TO_ALARM)

ANY: Final = Steps(red=1)
SOME: Final = Steps(amber=1)
MISSING_SHARE: Final = Steps(amber=0.05, red=0.2)
KEPT_SHARE: Final = Steps(amber=0.95, red=0.8, is_floor=True)


def limit_steps(asset_class: str, metric: str) -> Steps:
    """Where the limits of the early warning lie: the nearer one amber, the farther one red."""
    found = [one for one in LIMITS if (one.asset_class, one.metric) == (asset_class, metric)]
    if not found:
        raise ValueError(f"{asset_class} has no limit of {metric}")
    is_floor = found[0].is_floor
    values = sorted((one.value for one in found), reverse=is_floor)
    if len(values) == 1:
        return Steps(red=values[0], is_floor=is_floor)
    return Steps(amber=values[0], red=values[-1], is_floor=is_floor)
