"""Bodies of requests around work, as the API takes them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from analytics.act.work_kind import FundStep
from analytics.duties.matrix import Party
from analytics.orders.report import Category

Code = Annotated[str, Field(max_length=60)]
Words = Annotated[str, Field(max_length=2000)]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReportIn(_Body):
    """What is wrong, and where: a place or an asset is named by its code."""

    category: Category = Field(description="What is wrong; trapped and fire are alarms at once")
    place: Code = Field(default="", description="Code of the place", examples=["garden"])
    asset: Code = Field(default="", description="Code of the asset", examples=["L-0007"])
    text: Words = Field(default="", description="What is wrong, in words")
    contact: Code = Field(
        default="", description="How to reach who reports (personal data, never given out here)"
    )
    case_number: Code = Field(
        default="", description="Number of the hotline's own case", examples=["12345-20261122-0007"]
    )


class CallIn(_Body):
    """Which departments are called where, and why."""

    place: Code = Field(description="Code of the place where they meet", examples=["garden"])
    parties: list[Party] = Field(
        min_length=1,
        max_length=12,
        description="Kinds of organisation; who that is follows from the place",
    )
    text: str = Field(min_length=1, max_length=2000, description="Why")


class FundIn(_Body):
    """A step of an emergency repair that the maintenance fund pays."""

    step: FundStep = Field(description="What is done with the application")
    item: Code = Field(default="", description="Code of the emergency repair list, to apply")
    amount_fen: int = Field(default=0, ge=0, le=10**10, description="settle: final amount [fen]")
    text: Words = Field(default="", description="Evidence in words")


class RatingLink(_Body):
    """A link that is good once."""

    path: str = Field(
        description="Path at this console, to be given to the rater", examples=["/rate/s3cr3t"]
    )
