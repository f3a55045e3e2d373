"""What machines get: pydantic models of the API, each made from a value of a store."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from dashboards.console.live import Message
from dashboards.console.store.alarm import AlarmLine
from dashboards.console.store.order import OrderLine


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class AlarmModel(_Model):
    """An alarm."""

    id: int = Field(examples=[4711])
    version: int = Field(description="Grows with every change", examples=[3])
    state: str = Field(description="One of the nine states of ISA-18.2", examples=["acknowledged"])
    group: str = Field(examples=["fire"])
    severity: str = Field(examples=["critical"])
    is_life_safety: bool
    is_drill: bool
    confirmation: str = Field(examples=["unconfirmed"])
    event: str = Field(description="Event of the catalogue", examples=["fire_alarm"])
    condition: str
    text: str = Field(description="What the device said", examples=["3号楼 2层 走廊"])
    raised_at: datetime
    opened_at: datetime
    returned_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    closed_at: datetime | None
    asset: str = Field(description="Code of the asset", examples=["P1-2-014"])
    asset_class: str = Field(examples=["detector"])
    asset_name: str
    place_path: str = Field(examples=["city.district.street.community.garden.b3.f02"])
    place: list[str] = Field(description="Compound, building, floor")
    order: str | None = Field(description="Number of its work order")
    order_state: str | None
    responsible: str
    seen_at: datetime | None = Field(description="First shown on a person's screen")
    bureau_state: str | None
    bureau_receipt: str | None = Field(description="The bureau's own number")
    is_folded: bool = Field(description="Stands behind the head of its incident")
    incident_id: int | None = Field(description="Open incident that it belongs to")
    incident: str
    folded_count: int = Field(description="Open alarms that stand behind it")
    held_until: datetime | None = Field(description="When what keeps it from the desk ends")
    held_by: str | None
    hold_reason: str | None
    marks: list[str] = Field(description="chattering, fleeting, stale")

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
            responsible=line.responsible_zh,
            seen_at=line.seen_at,
            bureau_state=line.bureau_state,
            bureau_receipt=line.bureau_receipt,
            is_folded=line.is_folded,
            incident_id=line.incident_id,
            incident=line.incident_zh,
            folded_count=line.folded_count,
            held_until=line.hold_until,
            held_by=line.hold_by,
            hold_reason=line.hold_reason,
            marks=line.marks,
        )


class LiveModel(_Model):
    """One change of the live stream."""

    id: int
    at: datetime
    kind: str
    subject_id: int | None
    alarm: AlarmModel | None


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

    id: int = Field(examples=[12])
    number: str = Field(examples=["W-20261121-0012"])
    version: int
    state: str = Field(examples=["dispatched"])
    title: str
    alarm_id: int | None
    asset: str
    owner: str = Field(description="The organisation that answers for it now")
    assignee: str | None
    opened_at: datetime
    accepted_at: datetime | None
    arrived_at: datetime | None
    restored_at: datetime | None
    verified_at: datetime | None
    closed_at: datetime | None
    result: str
    place: list[str]
    clock: str | None = Field(description="The deadline that is running", examples=["arrive"])
    due_at: datetime | None

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

    at: datetime
    kind: str = Field(description="step, notice, receipt, order or seen", examples=["step"])
    what: str = Field(examples=["acknowledge"])
    from_state: str
    to_state: str
    who: str
    note: str
    receipt: str | None


class AlarmDetailModel(_Model):
    """An alarm with everything that happened to it, oldest first."""

    alarm: AlarmModel
    timeline: list[StepModel]


class EventModel(_Model):
    """One thing that a device said."""

    id: int
    asset: str
    event: str = Field(examples=["door_close_fault"])
    state: str = Field(examples=["raise"])
    at: datetime
    received_at: datetime
    code_system: str
    code: str
    text: str
    flags: list[str]
    gateway: str


class PlaceModel(_Model):
    """One place."""

    code: str
    path: str
    level: str = Field(examples=["compound"])
    name_zh: str
    name_en: str
    address: str


class MetricSeries(_Model):
    """One metric of an asset."""

    name: str = Field(examples=["motor_temp"])
    label: str = Field(examples=["曳引机温度"])
    unit: str = Field(examples=["degC"])
    values: list[float | None] = Field(description="One for each time; null: no sensor")


class SeriesModel(_Model):
    """Measurements of an asset."""

    asset: str
    asset_class: str
    at: list[float] = Field(description="Times [s since 1970, UTC]")
    metrics: list[MetricSeries] = Field(description="Metrics with at least one value")
    is_cut: bool = Field(description="There are more; ask again from the last time")


class OrderStepModel(_Model):
    """One step of an order's history."""

    at: datetime
    trigger: str = Field(examples=["accept"])
    from_state: str
    to_state: str
    actor: str
    note: str


class OrderDetailModel(_Model):
    """A work order with everything that happened to it, oldest first."""

    order: OrderModel
    detail: str
    source: str = Field(examples=["alarm"])
    merged_into: int | None
    repeat_of: int | None
    steps: list[OrderStepModel]


class _ActIn(_Model):
    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = Field("", max_length=500, description="Reason, note or comment")


Version = Annotated[
    int | None,
    Field(ge=1, le=2**31 - 1, description="The version that was seen, instead of If-Match"),
]
Minutes = Annotated[int | None, Field(ge=1, le=100_000, description="For how long [min]")]


class AlarmActIn(_ActIn):
    """What a person does to an alarm."""

    kind: Literal[
        "acknowledge",
        "confirm_real",
        "confirm_false",
        "reset",
        "comment",
        "take_over",
        "shelve",
        "unshelve",
        "write_off_propose",
        "dispatch",
        "take_back",
    ] = Field(examples=["acknowledge"])
    version: Version = None
    minutes: Minutes = None
    cause: str = Field("", max_length=40, description="Code of why it was real or false")
    organisation: str = Field(
        "", max_length=60, description="Of dispatch: code of who is to do the work"
    )
    technician: str = Field(
        "", max_length=60, description="Of dispatch: user name of who of it is to go; may be empty"
    )


class OrderActIn(_ActIn):
    """What a person does to an order."""

    kind: Literal[
        "order_accept",
        "order_decline",
        "order_arrive",
        "order_restore",
        "order_verify",
        "order_close",
        "order_assign",
        "order_reopen",
    ] = Field(examples=["order_accept"])
    version: Version = None
    technician: str = Field("", max_length=40, description="order_assign: log-in name")


class AssetActIn(_ActIn):
    """What a person does to an asset."""

    kind: Literal["take_out_propose", "return_to_service"] = Field(examples=["take_out_propose"])
    minutes: Minutes = None


class ProposalActIn(_ActIn):
    """What a second person says."""

    kind: Literal["proposal_approve", "proposal_decline"] = Field(examples=["proposal_approve"])


class ActOut(_Model):
    """What became of an act."""

    state: str = Field(description="done or waiting", examples=["done"])
    message: str


class SessionIn(_Model):
    """A log-in."""

    name: str = Field(max_length=100)
    password: str = Field(max_length=500)


class SessionOut(_Model):
    """A session; the token goes into the header `Authorization: Bearer`."""

    token: str
    expires_at: datetime
    role: str
