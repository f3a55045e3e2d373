"""What people are told about an order, whether an alarm stands behind it or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, cast

import msgspec

from analytics.alarms.alarm import AlarmId, AssetId
from analytics.alarms.report import PlacePath
from analytics.duties.matrix import DutyId, OrganisationId
from analytics.live import Channel, notify
from analytics.notices.body import Thing, Where, Words, enveloped
from analytics.orders.work_order import OrderId
from gateway.catalogue import Text
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "order.sql")


class OrderNotice(StrEnum):
    """Why somebody at a console is told about an order."""

    OPENED = "order.opened"
    ASSIGNED = "order.assigned"
    NO_TECHNICIAN = "order.no_technician"
    MERGED = "order.merged"
    REPEATED = "order.repeated"
    REOPENED = "order.reopened"
    OVERDUE = "order.overdue"
    NOT_VERIFIED = "order.not_verified"
    NEEDS_SECOND = "order.needs_second"
    CALLED = "order.called"
    RATED = "order.rated"
    HANDED_OVER = "order.handed_over"


QUIET: Final = frozenset({OrderNotice.MERGED, OrderNotice.RATED})
"""What nobody has to act on: shown at the console, sent to no telephone."""
WORDS: Final = {
    OrderNotice.OPENED: Text(zh="新工单", en="New work order"),
    OrderNotice.ASSIGNED: Text(zh="已指派维保员", en="Given to a technician"),
    OrderNotice.NO_TECHNICIAN: Text(
        zh="无合适人员可派,请人工安排", en="No suitable technician: arrange it by hand"
    ),
    OrderNotice.MERGED: Text(zh="与进行中的工单合并", en="Merged into an open order"),
    OrderNotice.REPEATED: Text(
        zh="30天内同一故障再次发生,前次视为未修复",
        en="The same fault again within 30 days: the former order counts as not fixed",
    ),
    OrderNotice.REOPENED: Text(zh="工单重新打开", en="Work order reopened"),
    OrderNotice.OVERDUE: Text(zh="工单超时,升级督办", en="Work order overdue"),
    OrderNotice.NOT_VERIFIED: Text(
        zh="遥测未证实修复,请复查", en="Telemetry does not confirm the repair: look again"
    ),
    OrderNotice.NEEDS_SECOND: Text(
        zh="设备无遥测,须由第二人验收", en="No telemetry: a second person has to verify"
    ),
    OrderNotice.CALLED: Text(zh="社区吹哨,请部门报到", en="Joint call: report for duty"),
    OrderNotice.RATED: Text(zh="收到评价", en="A rating has come in"),
    OrderNotice.HANDED_OVER: Text(zh="小区交接,由你单位接管", en="Handed over to you"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """What there is to tell about an order."""

    order_id: OrderId
    number: str
    version: int
    state: str
    source: str
    cause: str
    title: str
    detail: str
    place_path: PlacePath
    owner: OrganisationId | None
    duty_id: DutyId | None
    opened_at: datetime
    alarm_id: AlarmId | None
    is_life_safety: bool
    is_drill: bool
    asset_id: AssetId | None
    asset_code: str
    asset_class: str
    asset_zh: str
    asset_en: str
    place_zh: str
    address: str
    access_note: str


def order_facts(connection: Connection, orders: Sequence[OrderId]) -> dict[OrderId, OrderFacts]:
    """What there is to tell about orders."""
    rows = connection.execute(_QUERIES["order_facts"], {"orders": list(orders)}).fetchall()
    return {found.order_id: found for found in map(_facts, rows)}


def _facts(row: tuple[object, ...]) -> OrderFacts:
    (order_id, number, version, state, source, cause, title, detail, path) = row[:9]
    (owner, duty_id, opened_at, alarm_id, is_life_safety, is_drill) = row[9:15]
    (asset_id, code, asset_class, zh, en, place_zh, address, access_note) = row[15:]
    return OrderFacts(
        order_id=OrderId(cast("int", order_id)),
        number=str(number),
        version=cast("int", version),
        state=str(state),
        source=str(source),
        cause=str(cause),
        title=str(title),
        detail=str(detail),
        place_path=PlacePath(str(path)),
        owner=cast("OrganisationId | None", owner),
        duty_id=cast("DutyId | None", duty_id),
        opened_at=cast("datetime", opened_at),
        alarm_id=cast("AlarmId | None", alarm_id),
        is_life_safety=bool(is_life_safety),
        is_drill=bool(is_drill),
        asset_id=cast("AssetId | None", asset_id),
        asset_code=str(code),
        asset_class=str(asset_class),
        asset_zh=str(zh),
        asset_en=str(en),
        place_zh=str(place_zh),
        address=str(address),
        access_note=str(access_note),
    )


class _Body(msgspec.Struct):
    label: Words
    raised_at: datetime
    order: int
    number: str
    version: int
    state: str
    source: str
    cause: str
    title: str
    alarm: int | None
    mark: Words
    life_safety: bool
    drill: bool
    place: Where
    asset: Thing
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing that an organisation is told about an order."""

    kind: OrderNotice
    facts: OrderFacts
    to: OrganisationId | None
    note: str = ""


def tell(connection: Connection, told: Told, now: datetime) -> None:
    """Tell an organisation about an order; nobody, where no organisation is known.

    Of life safety its people hear by the alarm and the rescue, in calls; an order adds none.
    """
    facts = told.facts
    if told.to is None:
        return
    words = WORDS[told.kind]
    body = _Body(
        label=Words("工单", "Work order"),
        raised_at=now,
        order=facts.order_id,
        number=facts.number,
        version=facts.version,
        state=facts.state,
        source=facts.source,
        cause=facts.cause,
        title=facts.title,
        alarm=facts.alarm_id,
        mark=Words(words.zh, words.en),
        life_safety=facts.is_life_safety,
        drill=facts.is_drill,
        place=Where(facts.place_path, facts.place_zh, facts.address, facts.access_note),
        asset=Thing(facts.asset_code, facts.asset_zh, facts.asset_en),
        note=told.note,
    )
    connection.execute(
        _QUERIES["tell"],
        {
            "alarm_id": facts.alarm_id,
            "order_id": facts.order_id,
            "place_path": facts.place_path,
            "organisation_id": told.to,
            "kind": str(told.kind),
            "body": enveloped(told.kind, now, body).decode(),
            "is_life_safety": facts.is_life_safety,
            "is_for_people": told.kind not in QUIET and not facts.is_life_safety,
            "now": now,
        },
    )
    notify(connection, Channel.NOTICES)
