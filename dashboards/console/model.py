"""What machines get: pydantic models of the API, each made from a value of a store."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from analytics.alarms.alarm import State
from analytics.live import Change
from analytics.orders.work_order import OrderState
from dashboards.console.field import (
    AssetClass,
    AssetCode,
    MaybeAssetCode,
    NameEn,
    NameZh,
    OfAlarm,
    PlaceNames,
    PlacePath,
    Version,
    one_of,
)
from dashboards.console.live import Message
from dashboards.console.store.alarm import AlarmLine
from dashboards.console.store.order import OrderLine
from gateway.catalogue import Group, Severity
from ingest.alarm import Flag
from ingest.registry.model import Level


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class AlarmModel(_Model):
    """An alarm."""

    id: int = Field(description="Number of the alarm", examples=[4711])
    version: Version
    state: str = Field(
        description=f"One of the nine states of ISA-18.2: {one_of(State)}",
        examples=["acknowledged"],
    )
    group: str = Field(description=f"Kind of event: {one_of(Group)}", examples=["fire"])
    severity: str = Field(description=one_of(Severity), examples=["critical"])
    is_life_safety: bool = Field(
        description="Fire or entrapment: never folded, shelved or filtered away"
    )
    is_drill: bool = Field(
        description="演练/测试: part of a drill or test, never forwarded as real"
    )
    confirmation: str = Field(
        description="What people found: unconfirmed, real, false; unanswered: nobody said in time",
        examples=["unconfirmed"],
    )
    event: str = Field(description="Event of the catalogue", examples=["fire_alarm"])
    condition: str = Field(
        description="With the asset what makes alarms one: the event, or"
        " unknown_event:code system:code",
        examples=["fire_alarm"],
    )
    text: str = Field(description="What the device said", examples=["3号楼 2层 走廊"])
    raised_at: datetime = Field(description="When it happened, by the device")
    opened_at: datetime = Field(description="When the platform opened the alarm")
    returned_at: datetime | None = Field(description="When the condition went; null: it stands")
    acknowledged_at: datetime | None = Field(description="When somebody acknowledged it")
    acknowledged_by: str | None = Field(description="User name of who did", examples=["zhang"])
    closed_at: datetime | None = Field(description="When it was over; null: it is open")
    asset: AssetCode
    asset_class: AssetClass
    asset_name: NameZh
    place_path: PlacePath
    place: PlaceNames
    order: str | None = Field(
        description="Number of its newest work order; null: none", examples=["20261122-000012"]
    )
    order_state: str | None = Field(
        description=f"How far that order is: {one_of(OrderState)}", examples=["dispatched"]
    )
    order_version: int = Field(
        description="Version of its open order, for `dispatch`; 0: none is open", examples=[2]
    )
    responsible: str = Field(
        description="Who has the order, else who maintains the asset (Chinese); empty: nobody",
        examples=["示范花园物业"],
    )
    seen_at: datetime | None = Field(description="First shown on a person's screen")
    bureau_state: str | None = Field(
        description="The notice to the bureau: waiting, delivered, given_up; null: none was due",
        examples=["delivered"],
    )
    bureau_receipt: str | None = Field(description="The bureau's own number")
    is_folded: bool = Field(description="Stands behind the head of its incident")
    incident_id: int | None = Field(description="Open incident that it belongs to")
    incident: str = Field(
        description="Cause of that incident (Chinese); empty: none", examples=["网关断线"]
    )
    folded_count: int = Field(description="Open alarms that stand behind it")
    held_until: datetime | None = Field(description="When what keeps it from the desk ends")
    held_by: str | None = Field(
        description="Who keeps it from the desk; both, where two agreed; null: it is not"
    )
    hold_reason: str | None = Field(description="Why it is kept from the desk; null: it is not")
    marks: list[str] = Field(description="chattering, fleeting, stale", examples=[["chattering"]])

    @classmethod
    def of(cls, line: AlarmLine) -> Self:
        """The model of a line."""
        return cls(
            id=line.id,
            version=line.version,
            state=line.state,
            group=line.alarm_group,
            severity=line.severity,
            is_life_safety=line.is_life_safety,
            is_drill=line.is_drill,
            confirmation=line.confirmation,
            event=line.event,
            condition=line.condition,
            text=line.text,
            raised_at=line.raised_at,
            opened_at=line.opened_at,
            returned_at=line.returned_at,
            acknowledged_at=line.acknowledged_at,
            acknowledged_by=line.acknowledged_by,
            closed_at=line.closed_at,
            asset=line.asset_code,
            asset_class=line.asset_class,
            asset_name=line.asset_name_zh,
            place_path=line.place_path,
            place=line.place_names_zh,
            order=line.order_number,
            order_state=line.order_state,
            order_version=line.order_version,
            responsible=line.responsible_zh,
            seen_at=line.seen_at,
            bureau_state=line.bureau_state,
            bureau_receipt=line.bureau_receipt,
            is_folded=line.is_folded,
            incident_id=line.incident_id,
            incident=line.incident_zh,
            folded_count=line.folded_count,
            held_until=line.hold_until,
            held_by=line.hold_by or None,
            hold_reason=line.hold_reason,
            marks=line.marks,
        )


class LiveModel(_Model):
    """One change of the live stream."""

    id: int = Field(description="Grows with every change; the stream is read on after it")
    at: datetime = Field(description="When it changed")
    kind: str = Field(description=one_of(Change), examples=["alarm"])
    subject_id: int | None = Field(description="Number of the alarm, order, ...; null: of none")
    alarm: AlarmModel | None = Field(description="The alarm as it is now, where it is one")


def live_body(message: Message) -> str:
    """One change as a machine gets it."""
    return LiveModel(
        id=message.row.id,
        at=message.row.at,
        kind=message.row.kind,
        subject_id=message.row.subject_id,
        alarm=None if message.alarm is None else AlarmModel.of(message.alarm),
    ).model_dump_json()


class OrderModel(_Model):
    """A work order."""

    id: int = Field(description="Number of the order in paths of this API", examples=[12])
    number: str = Field(description="Number as people say it", examples=["20261122-000012"])
    version: Version
    state: str = Field(description=one_of(OrderState), examples=["dispatched"])
    title: str = Field(description="What is to be done (Chinese)", examples=["1号梯 关门故障"])
    alarm_id: OfAlarm
    asset: MaybeAssetCode
    owner: str = Field(description="The organisation that answers for it now")
    assignee: str | None = Field(
        description="User name of the technician who accepted it", examples=["li"]
    )
    opened_at: datetime = Field(description="When it was opened")
    accepted_at: datetime | None = Field(description="When somebody accepted it 接单")
    arrived_at: datetime | None = Field(description="When somebody came on site 到场")
    restored_at: datetime | None = Field(description="When the work was said to be done 恢复")
    verified_at: datetime | None = Field(description="When that was verified 核验")
    closed_at: datetime | None = Field(description="When it was closed 办结; null: it is open")
    result: str = Field(description="What was found and done; empty: nothing yet")
    place: PlaceNames
    clock: str | None = Field(description="The deadline that is running", examples=["arrive"])
    due_at: datetime | None = Field(description="When that deadline is missed; null: none runs")

    @classmethod
    def of(cls, line: OrderLine) -> Self:
        """The model of a line."""
        return cls(
            id=line.id,
            number=line.number,
            version=line.version,
            state=line.state,
            title=line.title,
            alarm_id=line.alarm_id,
            asset=line.asset_code,
            owner=line.owner_zh,
            assignee=line.assignee,
            opened_at=line.opened_at,
            accepted_at=line.accepted_at,
            arrived_at=line.arrived_at,
            restored_at=line.restored_at,
            verified_at=line.verified_at,
            closed_at=line.closed_at,
            result=line.result,
            place=line.place_names_zh,
            clock=line.clock_kind,
            due_at=line.clock_due_at,
        )


class StepModel(_Model):
    """One thing that happened to an alarm."""

    at: datetime = Field(description="When it happened")
    kind: str = Field(
        description="step (of the alarm), order (a step of its order), notice, receipt, message"
        " (one contact's copy of a notice), roster (nobody was on duty), seen",
        examples=["step"],
    )
    what: str = Field(
        description="step, order: the trigger; notice, receipt: bureau, desk, ...; message: channel",
        examples=["acknowledge"],
    )
    from_state: str = Field(description="State before; notice, receipt, message: its state")
    to_state: str = Field(
        description="State after; notice, receipt: why it was sent; message: the contact's role"
    )
    who: str = Field(description="User name, `platform`, or the organisation that was told")
    note: str = Field(description="Reason or comment; notice, message: what went wrong with it")
    receipt: str | None = Field(
        description="What the receiver gave back, such as the bureau's number; order: its number"
    )


class AlarmDetailModel(_Model):
    """An alarm with everything that happened to it, oldest first."""

    alarm: AlarmModel = Field(description="The alarm as it is now")
    timeline: list[StepModel] = Field(description="Oldest first; the newest 1,000 of them")


class EventModel(_Model):
    """One thing that a device said."""

    id: int = Field(description="Number of the event", examples=[90210])
    asset: AssetCode
    event: str = Field(description="Event of the catalogue", examples=["door_close_fault"])
    state: str = Field(description="raise or clear", examples=["raise"])
    at: datetime = Field(
        description="When it happened; when it was received, where the device's time is impossible"
    )
    received_at: datetime = Field(description="When the platform had it")
    code_system: str = Field(
        description="Whose codes the device uses; empty: it said none", examples=["gbt24476"]
    )
    code: str = Field(description="The code as the device said it", examples=["32"])
    text: str = Field(description="What the device said in words", examples=["3号楼 2层 走廊"])
    flags: list[str] = Field(description=one_of(Flag), examples=[["late"]])
    gateway: str = Field(description="Gateway that sent it; empty: the platform itself")


class PlaceModel(_Model):
    """One place."""

    code: str = Field(description="Code of the place", examples=["garden"])
    path: PlacePath
    level: str = Field(description=one_of(Level), examples=["compound"])
    name_zh: NameZh
    name_en: NameEn
    address: str = Field(description="Where rescuers drive to; empty: not known")


class MetricSeries(_Model):
    """One metric of an asset."""

    name: str = Field(description="Metric of the catalogue", examples=["motor_temp"])
    label: str = Field(description="Its name, Chinese", examples=["曳引机温度"])
    unit: str = Field(description="Unit of the values", examples=["degC"])
    values: list[float | None] = Field(description="One for each time; null: no sensor")
    codes: dict[int, str] = Field(
        description="What its codes mean; empty: it is a quantity",
        examples=[{"0": "停止服务", "1": "正常运行", "2": "检修"}],
    )


class SeriesModel(_Model):
    """Measurements of an asset."""

    asset: AssetCode
    asset_class: AssetClass
    at: list[float] = Field(description="Times [s since 1970, UTC]")
    metrics: list[MetricSeries] = Field(description="Metrics with at least one value")
    is_cut: bool = Field(description="There are more; ask again from the last time")


class OrderStepModel(_Model):
    """One step of an order's history."""

    at: datetime = Field(description="When it was taken")
    trigger: str = Field(description="What moved the order", examples=["accept"])
    from_state: str = Field(description="State before; empty: it was opened")
    to_state: str = Field(description="State after", examples=["accepted"])
    actor: str = Field(description="User name, or `platform`", examples=["li"])
    note: str = Field(description="Reason or comment")


class OrderDetailModel(_Model):
    """A work order with everything that happened to it, oldest first."""

    order: OrderModel = Field(description="The order as it is now")
    detail: str = Field(description="What is wrong, in words")
    source: str = Field(
        description="alarm, plan, resident, hotline, round, joint_call or supervision",
        examples=["alarm"],
    )
    merged_into: int | None = Field(description="The open order that does the same work")
    repeat_of: int | None = Field(
        description="The former order on the same asset and cause: it counts as not fixed"
    )
    steps: list[OrderStepModel] = Field(description="Oldest first")
