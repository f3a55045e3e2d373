"""What machines get of supervision: scores, measures and inspections."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from analytics.supervision.indicator import Aspect
from analytics.supervision.measure import Kind, Stage, Step
from dashboards.console.field import CompanyCode, CompanyName, PlacePath, Version, one_of
from dashboards.console.record import Record

Due = Annotated[date | None, Field(description="Last day of the company's time 整改期限")]
AppealUntil = Annotated[
    date | None,
    Field(description="Last day of an appeal 申诉; nothing is published or deducted before"),
]


class ScoreModel(Record):
    """A company's score as it was published."""

    id: int = Field(description="Number of the score")
    period: str = Field(
        description="Day, week, month, quarter, half-year or year", examples=["2026-11"]
    )
    place_path: str = Field(
        description="The place whose companies were compared", examples=["city.district.street"]
    )
    company: CompanyCode
    company_zh: CompanyName
    rank: int = Field(description="1: the best of the place", examples=[1])
    measured_by: str = Field(
        description="What ranks: total, or equipment where owners answered too little",
        examples=["total"],
    )
    equipment: float = Field(description="0 to 100, from the loop's own facts", examples=[91.5])
    total: float | None = Field(
        description="0 to 100 with the owners' 60 %; null: too few answers", examples=[88.2]
    )
    answers: int = Field(description="How many owners and committees answered", examples=[64])
    coverage: float = Field(
        description="Share of registered assets that reported, 0 to 1", examples=[0.97]
    )
    digest: str = Field(description="SHA-256 in hex: the same facts give the same digest")
    published_at: datetime = Field(description="When it was published")


class MeasureModel(Record):
    """A measure of supervision 监督措施."""

    id: int = Field(description="Number in the database")
    number: str = Field(description="Number as papers say it", examples=["J2026-00001"])
    kind: str = Field(description=one_of(Kind), examples=["rectification"])
    company: CompanyCode
    company_zh: CompanyName
    place_path: PlacePath
    period: str = Field(
        description="Period whose score led to it; empty: an inspection or an order did",
        examples=["2026-11"],
    )
    subject: str = Field(description="What it is about")
    stage: str = Field(description=one_of(Stage), examples=["issued"])
    due: Due
    appeal_until: AppealUntil
    version: Version
    opened_at: datetime = Field(description="When it was proposed")
    closed_at: datetime | None = Field(description="When it was over; null: it is open")


class MeasureStepModel(Record):
    """One step of a measure."""

    at: datetime = Field(description="When it was taken")
    step: str = Field(description=one_of(Step), examples=["issue"])
    to_stage: str = Field(description="Stage after it", examples=["issued"])
    actor: str = Field(description="User name, or `platform`", examples=["chief"])
    actor_role: str = Field(description="Role in which it was taken", examples=["supervisor"])
    reason: str = Field(description="Why; never empty")
    due: Due
    appeal_until: AppealUntil


class MeasureDetail(Record):
    """A measure with its history, oldest first."""

    measure: MeasureModel = Field(description="The measure as it is now")
    steps: list[MeasureStepModel] = Field(description="Oldest first")


class InspectionModel(Record):
    """Marks of an inspector."""

    id: int = Field(description="Number of the inspection")
    company: CompanyCode
    place_path: PlacePath
    aspect: str = Field(
        description=f"Aspect of the star rating 星级: {one_of(Aspect)}", examples=["equipment"]
    )
    marks: float = Field(description="0 to 100", examples=[85.0])
    note: str = Field(description="What was found")
    actor: str = Field(description="User name of the inspector", examples=["chief"])
    inspected_at: datetime = Field(description="When the marks were given")
