"""What machines get of the loop's records: pydantic models, made straight from rows."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from analytics.notices.contact import Channel
from analytics.notices.notice import Target
from analytics.orders.plan import Depth, Every, PlanKind
from analytics.orders.report import Category, Source
from analytics.warnings.warning import Settlement
from dashboards.console.field import (
    PATH_EXAMPLE,
    AssetClass,
    AssetCode,
    Attempts,
    MaybeAssetCode,
    NameEn,
    NameZh,
    OfAlarm,
    OfOrder,
    PlacePath,
    Zone,
    one_of,
)
from ingest.registry.model import ManagementKind, OrganisationKind


class Record(BaseModel):
    """Something that is read and never changed here."""

    model_config = ConfigDict(frozen=True)


class Incident(Record):
    """Alarms with one cause."""

    id: int = Field(description="Number of the incident", examples=[31])
    rule: str = Field(description="The rule that joined them", examples=["gateway"])
    cause_zh: str = Field(description="What it is, Chinese", examples=["网关断线"])
    cause_en: str = Field(description="The same, English", examples=["Gateway is silent"])
    place_path: PlacePath
    opened_at: datetime = Field(description="When its first alarms were joined")
    closed_at: datetime | None = Field(description="When it was over; null: it is open")
    head_id: int | None = Field(description="The alarm that stands for all")
    alarms: int = Field(description="How many alarms it has, closed ones included")


class AlarmNumber(Record):
    """An alarm of an incident."""

    id: int = Field(description="Number of the alarm", examples=[4711])


class RunningClock(Record):
    """A deadline that runs."""

    id: int = Field(description="Number of the clock")
    kind: str = Field(description="Until when what is to happen", examples=["arrive"])
    alarm_id: OfAlarm
    order_id: OfOrder
    step: int = Field(description="Link of the chain that is told when it is missed")
    started_at: datetime = Field(description="When it began to run")
    due_at: datetime = Field(description="When it is missed")


class DutyLine(Record):
    """A line of the responsibility matrix in force."""

    id: int = Field(description="Number of the line in the database")
    line: int = Field(description="Its place in the file")
    key: str = Field(description="Its name in the file", examples=["entrapment"])
    event: str = Field(description="Event, @group, or *", examples=["entrapment"])
    asset_class: str = Field(description="Class of assets, or *", examples=["lift"])
    place_path: str | None = Field(description="null: everywhere", examples=[PATH_EXAMPLE])
    calendar: str = Field(
        description="Calendar of the matrix by which it holds, or always", examples=["always"]
    )
    responsible: str = Field(
        description="Kind of organisation that answers; who that is follows from place and time",
        examples=["property_company"],
    )
    joint: list[str] = Field(description="Kinds that take part", examples=[["street"]])
    chain: list[str] = Field(
        description="Told one after another when nobody acknowledges",
        examples=[["community", "street"]],
    )
    opens_order: bool = Field(description="Whether the alarm opens a work order")
    order_to: str = Field(description="Kind that does the work", examples=["maintainer"])
    tells_bureau: bool = Field(description="Whether the emergency bureau is told at once")
    acknowledge_s: int = Field(description="From the alarm to 确认 [s]", examples=[60])
    confirm_s: int | None = Field(
        description="From the acknowledgement to found real or false 核实 [s]; null: no limit"
    )
    accept_s: int | None = Field(description="To 接单 [s]; null: no limit", examples=[300])
    arrive_s: int | None = Field(description="To 到场 [s]; null: no limit", examples=[1800])
    restore_s: int | None = Field(description="To 恢复 [s]; null: no limit", examples=[7200])
    close_s: int | None = Field(description="To 办结 [s]; null: no limit", examples=[86400])
    note_zh: str = Field(description="What the line is for, Chinese")
    note_en: str = Field(description="The same, English")
    basis: str = Field(description="Law, standard or rule")


class OrganisationModel(Record):
    """An organisation."""

    id: int = Field(description="Number of the organisation")
    code: str = Field(description="Its code in the registry", examples=["property"])
    kind: str = Field(description=one_of(OrganisationKind), examples=["property_company"])
    name_zh: NameZh
    name_en: NameEn


class NoticeModel(Record):
    """What was sent to whom, and whether it has arrived."""

    id: str = Field(
        description="UUID of the notice", examples=["0b6f5c0e-7b1c-4d53-9a7c-0b2f6a1f4e11"]
    )
    alarm_id: OfAlarm
    order_id: OfOrder
    organisation: str = Field(description="Code; empty: an endpoint", examples=["property"])
    target: str = Field(description=one_of(Target), examples=["desk"])
    kind: str = Field(description="Why it was sent", examples=["alarm.opened"])
    is_life_safety: bool = Field(description="Fire or entrapment: sent before everything else")
    created_at: datetime = Field(description="When there was something to say")
    state: str = Field(description="waiting, delivered or given_up", examples=["delivered"])
    attempts: Attempts
    delivered_at: datetime | None = Field(description="When the other side took it")
    receipt: str | None = Field(description="What it answered, such as the bureau's own number")


class MessageModel(Record):
    """What one contact got of a notice."""

    id: str = Field(
        description="UUID of the message", examples=["5a2f5c0e-7b1c-4d53-9a7c-0b2f6a1f4e12"]
    )
    organisation: str = Field(description="Code of the contact's", examples=["property"])
    role: str = Field(description="Who of it is told; never an address", examples=["desk"])
    channel: str = Field(description=one_of(Channel), examples=["call"])
    round: int = Field(description="Which try, while nobody takes it; from 0", examples=[0])
    state: str = Field(
        description="waiting, delivered, not_answered (a call), given_up; unneeded: somebody took"
        " it before; shed: too many waited for that target",
        examples=["delivered"],
    )
    attempts: Attempts
    delivered_at: datetime | None = Field(description="When the channel took it")
    read_at: datetime | None = Field(description="When its link was opened")
    taken_at: datetime | None = Field(description="When somebody said: I take it 已接手")


class PlanModel(Record):
    """A duty by the calendar."""

    id: int = Field(description="Number of the plan")
    kind: str = Field(description=one_of(PlanKind), examples=["lift_maintenance"])
    asset: str = Field(description="Code; empty: it is about the place")
    place: str = Field(description="Code; empty: it is about the asset")
    every: str = Field(description=one_of(Every), examples=["half_month"])
    starts_on: date = Field(description="First day of its first turn, in the zone of the place")
    ended_at: datetime | None = Field(description="When it was ended; null: it goes on")


class PlanPeriod(Record):
    """One turn of a plan."""

    number: int = Field(description="Turns since the plan began, from 0")
    depth: str = Field(
        description=f"{one_of(Depth)}; each has the lower in it", examples=["quarter"]
    )
    begins_on: date = Field(description="Its first day, in the zone of the place")
    due_at: datetime = Field(description="Until when it has to be done")
    order_id: OfOrder
    evidence: str = Field(description="What did it without a person; empty: the order says")
    done_at: datetime | None = Field(description="When that came; null: not, or by the order")


class CheckpointModel(Record):
    """A point of a round."""

    code: str = Field(description="Code in its QR code", examples=["P-0001"])
    name_zh: NameZh
    name_en: NameEn
    place: str = Field(description="Code of the place", examples=["garden"])
    asset: MaybeAssetCode
    passed_at: datetime | None = Field(description="When somebody was there last")


class ReportModel(Record):
    """What somebody reported; how to reach who did is left out."""

    id: int = Field(description="Number of the report")
    source: str = Field(description=one_of(Source), examples=["round"])
    case_number: str = Field(description="The hotline's own number; empty: it came not by one")
    category: str = Field(description=one_of(Category), examples=["fire_lane_blocked"])
    place_path: PlacePath
    asset: MaybeAssetCode
    checkpoint: str | None = Field(description="Point of a round whose QR code was used")
    text: str = Field(description="What is wrong, in the words of who reported it")
    reported_at: datetime = Field(description="When it was reported")
    alarm_id: OfAlarm
    order_id: OfOrder


class WarningModel(Record):
    """An early warning: what will fail, by when, why."""

    id: int = Field(description="Number of the warning")
    asset: AssetCode
    place_path: PlacePath
    detector: str = Field(description="What found it, by docs/detectors.md", examples=["trend"])
    metric: str = Field(description="Metric of the catalogue", examples=["motor_temp"])
    score: float = Field(description="Strength, 0 to 1", examples=[0.8])
    raised_at: datetime = Field(description="When it was first found")
    refreshed_at: datetime = Field(description="When it was last found again")
    expected_from: datetime | None = Field(
        description="It will fail from about then on; null: that cannot be said"
    )
    expected_until: datetime | None = Field(description="It will have failed by about then")
    reason_zh: str = Field(description="Why, Chinese", examples=["曳引机温度持续上升"])
    reason_en: str = Field(description="Why, English", examples=["Motor temperature keeps rising"])
    settled_at: datetime | None = Field(description="When it was settled; null: it stands")
    settlement: str | None = Field(description=one_of(Settlement), examples=["hit"])


class HandoverModel(Record):
    """A compound passes to another organisation."""

    id: int = Field(description="Number of the hand-over")
    place_path: PlacePath
    at: datetime = Field(description="From then on the new organisation answers")
    kind: str = Field(
        description=f"Kind of management from then on: {one_of(ManagementKind)}",
        examples=["company"],
    )
    from_organisation: str = Field(description="Code of who answered; empty: nobody")
    to_organisation: str = Field(description="Code of who answers then; empty: nobody was found")
    state: str = Field(description="planned, done or cancelled", examples=["done"])
    reason: str = Field(description="Why it changes hands")
    planned_at: datetime = Field(description="When it was planned")
    done_at: datetime | None = Field(description="When what was open was moved")
    moved: int = Field(description="Open alarms and orders that passed")


class AssetModel(Record):
    """A thing that can break."""

    id: int = Field(description="Number of the asset in paths of this API", examples=[12])
    code: AssetCode
    asset_class: AssetClass
    name_zh: NameZh
    name_en: NameEn
    zone: Zone
    place_path: PlacePath
    maintainer: str = Field(description="Code of the organisation")
    commissioned_at: datetime | None = Field(
        description="Walk test passed; null: it does not count as monitored"
    )
    retired_at: datetime | None = Field(description="When it was taken away; null: it is there")
