"""What machines get: pydantic models of the API, each made from a value of a store."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from dashboards.console.live import Message
from dashboards.console.store.alarm import AlarmLine


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
