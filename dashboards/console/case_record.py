"""What machines get of cases 案件 of other platforms."""

from datetime import datetime

from pydantic import Field

from analytics.exchange.case import CaseState, CaseStep
from analytics.orders.report import Category
from dashboards.console.field import (
    MaybeAssetCode,
    NameEn,
    NameZh,
    OfAlarm,
    OfOrder,
    PlacePath,
    one_of,
)
from dashboards.console.record import Record


class CaseModel(Record):
    """A case of another platform; how to reach who reported it is left out."""

    id: int = Field(description="Number of the case here")
    system: str = Field(description="Code of the platform that sent it", examples=["hotline-12345"])
    number: str = Field(description="The sender's own number", examples=["12345-20261122-0007"])
    revision: int = Field(description="The sender's count of corrections", examples=[1])
    version: int = Field(description="Number of its last step; its ETag", examples=[3])
    state: str = Field(description=one_of(CaseState), examples=["undertaken"])
    category: str = Field(description=one_of(Category), examples=["lift_fault"])
    text: str = Field(description="What is wrong, as the sender said", examples=["1号梯反复停梯"])
    place_path: PlacePath
    asset: MaybeAssetCode
    reported_at: datetime = Field(description="When it was reported to the sender")
    received_at: datetime = Field(description="When it came here")
    closed_at: datetime | None = Field(description="When it was over; null: it is open")
    alarm_id: OfAlarm
    order_id: OfOrder
    order_number: str = Field(description="Number of that order; empty: none")
    has_own_order: bool = Field(description="false: an order under way does the same work")
    undertake_due_at: datetime | None = Field(
        description="Until when somebody has to take it on 接办; null: done"
    )
    feedback_due_at: datetime | None = Field(
        description="Until when it has to be answered 反馈; null: done"
    )


class CaseStepModel(Record):
    """One step of a case, as its sender was told."""

    version: int = Field(description="Counts the steps of the case", examples=[2])
    at: datetime = Field(description="When it was taken")
    step: str = Field(description=one_of(CaseStep), examples=["undertaken"])
    to_state: str = Field(description="State after it", examples=["undertaken"])
    note: str = Field(description="What the sender was told beside it")


class CaseDetail(Record):
    """A case with its history, oldest first."""

    case: CaseModel = Field(description="The case as it is now")
    steps: list[CaseStepModel] = Field(description="Oldest first")


class CaseSystemModel(Record):
    """A platform that sends cases."""

    code: str = Field(description="Its code", examples=["hotline-12345"])
    name_zh: NameZh
    name_en: NameEn
    place_path: str = Field(
        description="Cases below this place alone are taken from it",
        examples=["city.district.street"],
    )
    undertake_min: int = Field(
        description="Counted time until somebody has taken a case on [min]: office hours, every"
        " minute for life safety",
        examples=[120],
    )
    feedback_min: int = Field(
        description="The same until a case is answered [min]", examples=[1440]
    )
    is_told: bool = Field(description="Status changes go back by webhook")
