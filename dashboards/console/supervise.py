"""Carry acts of supervision to the alarm process."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from analytics.act.supervise_kind import Inspect, StepMeasure
from analytics.supervision.indicator import Aspect
from analytics.supervision.measure import Step
from dashboards.console.act import Asked, Outcome, carry, id_of, kind_of, person
from dashboards.console.errors import NotFound
from dashboards.console.role import User
from dashboards.console.store import record
from dashboards.console.store.pool import Store

Code = Annotated[str, Field(max_length=60)]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MeasureStepIn(_Body):
    """A step of a measure."""

    step: Step = Field(description="The step that is taken")
    text: str = Field(min_length=1, max_length=2000, description="Why", examples=["现场复查"])
    due: date | None = Field(None, description="Last day of the company's time")
    appeal_until: date | None = Field(None, description="Last day of an appeal")
    version: int | None = Field(None, ge=1, le=2**31 - 1, description="Instead of If-Match")


class InspectIn(_Body):
    """Marks of an inspection."""

    company: Code = Field(description="Code of the company", examples=["property"])
    place: Code = Field(description="Code of the place", examples=["garden"])
    aspect: Aspect = Field(description="Which aspect of the star rating 星级")
    marks: float = Field(ge=0, le=100, description="0 to 100", examples=[85.0])
    text: str = Field("", max_length=2000, description="What was found")


def step_measure(  # noqa: PLR0913, PLR0917 - the parts of a request
    pool: Store, user: User, number: str, body: MeasureStepIn, key: str | None, version: int | None
) -> Outcome:
    """Take a step of a measure.

    Raises:
        NotAllowed: The role takes no step of any measure.
        NotFound: The scope shows no such measure.
    """
    asked = Asked(kind="measure_step", key=key, text=body.text)
    kind_of(asked, user)
    with pool.scoped(user.scope) as connection:
        lines = record.fetch_measures(connection, number=number)
    if not lines:
        raise NotFound(f"no measure {number}")
    return carry(
        pool,
        lambda: StepMeasure(
            id=id_of(asked),
            by=person(user, lines[0].place_path),
            version=version,
            text=body.text.strip(),
            number=number,
            step=body.step,
            due=body.due,
            appeal_until=body.appeal_until,
        ),
    )


def inspect(pool: Store, user: User, body: InspectIn, key: str | None) -> Outcome:
    """Give the marks of an inspection.

    Raises:
        NotAllowed: The role inspects nothing.
        NotFound: The scope shows no such place.
    """
    asked = Asked(kind="inspect", key=key, text=body.text)
    kind_of(asked, user)
    with pool.scoped(user.scope) as connection:
        path = record.fetch_place_path(connection, body.place)
    if path is None:
        raise NotFound(f"no place {body.place}")
    return carry(
        pool,
        lambda: Inspect(
            id=id_of(asked),
            by=person(user, path),
            text=body.text.strip(),
            company=body.company,
            place=body.place,
            aspect=body.aspect,
            marks=body.marks,
        ),
    )
