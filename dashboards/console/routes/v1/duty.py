"""The responsibility matrix: its lines in force, and who answers for what where and when."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from analytics.alarms.report import PlacePath
from analytics.duties.matrix import Answer
from analytics.duties.responsibility import Question, Responsibility, Spot
from dashboards.console import cursor
from dashboards.console.errors import BadRequest, NotFound
from dashboards.console.openapi import problems
from dashboards.console.paging import After, Limit, Page, page_of
from dashboards.console.record import DutyLine, OrganisationModel, Record
from dashboards.console.role import Ability
from dashboards.console.store import record
from dashboards.console.web import Now, ServicesOf, UserOf, require
from gateway.catalogue import event_kind

router = APIRouter(tags=["duties"])


class DutyAnswer(Record):
    """Who answers; an organisation that was not found is null."""

    key: str = Field(description="Name of the line that holds", examples=["entrapment"])
    responsible: OrganisationModel | None = Field(description="Who answers 责任单位")
    worker: OrganisationModel | None = Field(description="Who does the work")
    bureau: OrganisationModel | None = Field(description="The bureau that is told at once")
    chain: list[OrganisationModel] = Field(
        description="Who is told one after another while nobody acknowledges"
    )
    basis: str = Field(description="Law, standard or rule behind the line")


@router.get("/duties", summary="Lines of the matrix in force", responses=problems(400))
def list_duties(
    services: ServicesOf, user: UserOf, now: Now, limit: Limit = 100, after: After = None
) -> Page[DutyLine]:
    """权责清单: every line in force now, in the order of its file."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_duty_lines(
            connection, now, after=cursor.to_small_id(after), limit=limit + 1
        )
    return page_of(lines, limit, lambda one: one, lambda one: cursor.pack(one.id))


@router.get("/duties/answer", summary="Who answers", responses=problems(404))
def get_answer(  # noqa: PLR0913, PLR0917 - the parts of a question
    services: ServicesOf,
    user: UserOf,
    now: Now,
    event: Annotated[str, Query(max_length=60, examples=["entrapment"])],
    place: Annotated[str, Query(max_length=60, description="Code of a place of the scope")],
    asset_class: Annotated[str, Query(max_length=40, examples=["lift"])] = "",
    at: Annotated[datetime | None, Query(description="With a zone; default: now")] = None,
) -> DutyAnswer:
    """Who answers for an event on such an asset at a place and a time."""
    require(user, Ability.WATCH)
    moment = at or now
    if moment.tzinfo is None or not 2000 <= moment.year < 2100:
        raise BadRequest("at carries a zone, for example 2026-11-22T03:00:00Z")
    try:
        kind = event_kind(event)
    except LookupError:
        raise NotFound(f"no event {event}") from None
    with services.store.scoped(user.scope) as connection:
        path = record.fetch_place_path(connection, place)
        if path is None:
            raise NotFound(f"no place {place}")
        spot = Spot(None, PlacePath(path))
        question = Question(kind=kind, asset_class=asset_class, spot=spot)
        found = Responsibility().who(connection, [question], moment)[0]
        if found is None:
            raise NotFound("no line of the matrix holds")
        people = record.fetch_organisations(connection, _ids(found))
    named = {one.id: one for one in people}
    return DutyAnswer(
        key=found.duty.key,
        responsible=None if found.responsible is None else named.get(found.responsible),
        worker=None if found.worker is None else named.get(found.worker),
        bureau=None if found.bureau is None else named.get(found.bureau),
        chain=[named[one] for one in found.chain if one in named],
        basis=found.duty.basis,
    )


def _ids(found: Answer) -> list[int]:
    all_of_them = (found.responsible, found.worker, found.bureau, *found.chain)
    return sorted({int(one) for one in all_of_them if one is not None})
