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

    category: Category
    place: Code = ""
    asset: Code = ""
    text: Words = ""
    contact: Code = ""
    case_number: Code = Field(
        default="", description="Number of the hotline's own case", examples=["12345-20261122-0007"]
    )


class CallIn(_Body):
    """Which departments are called where, and why."""

    place: Code = Field(examples=["garden"])
    parties: Annotated[list[Party], Field(min_length=1, max_length=12)]
    text: Annotated[str, Field(min_length=1, max_length=2000)]


class FundIn(_Body):
    """A step of an emergency repair that the maintenance fund pays."""

    step: FundStep
    item: Code = Field(default="", description="Code of the emergency repair list, to apply")
    amount_fen: Annotated[int, Field(ge=0, le=10**10)] = 0
    text: Words = Field(default="", description="Evidence in words")


class RatingLink(_Body):
    """A link that is good once."""

    path: str = Field(examples=["/rate/s3cr3t"])
