"""Supervision: published scores, measures step by step, inspections."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from dashboards.console import cursor
from dashboards.console.act_model import ActOut
from dashboards.console.errors import NotFound
from dashboards.console.openapi import problems
from dashboards.console.paging import After, Limit, Page, page_of
from dashboards.console.reply import IfMatch, Key, reply, tag, version_of
from dashboards.console.role import Ability
from dashboards.console.routes.v1.incident import Open
from dashboards.console.store import record
from dashboards.console.supervise import InspectIn, MeasureStepIn, inspect, step_measure
from dashboards.console.supervision_record import (
    InspectionModel,
    MeasureDetail,
    MeasureModel,
    ScoreModel,
)
from dashboards.console.web import ActingUser, ServicesOf, UserOf, require

router = APIRouter(tags=["supervision"])
Number = Annotated[str, Path(pattern="^[A-Za-z0-9-]{1,40}$", examples=["J2026-00001"])]


@router.get("/scores", summary="Published scores", responses=problems(400))
def list_scores(  # noqa: PLR0913, PLR0917 - the parts of a query
    services: ServicesOf,
    user: UserOf,
    period: Annotated[str | None, Query(max_length=20, examples=["2026-11"])] = None,
    company: Annotated[str | None, Query(max_length=60, description="Its code")] = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[ScoreModel]:
    """Scores of companies as they were published, corrections beside them; newest first."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_scores(
            connection, period=period, company=company, after=cursor.to_id(after), limit=limit + 1
        )
    return page_of(lines, limit, lambda one: one, lambda one: cursor.pack(one.id))


@router.get("/measures", summary="Measures of supervision", responses=problems(400))
def list_measures(
    services: ServicesOf,
    user: UserOf,
    is_open: Open = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[MeasureModel]:
    """Notices, the last five, the red and the black list; newest first."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_measures(
            connection, is_open=is_open, after=cursor.to_id(after), limit=limit + 1
        )
    return page_of(lines, limit, lambda one: one, lambda one: cursor.pack(one.id))


@router.get("/measures/{number}", summary="One measure", responses=problems(404))
def get_measure(
    answer: Response, services: ServicesOf, user: UserOf, number: Number
) -> MeasureDetail:
    """One measure with its history; its ETag is its version."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_measures(connection, number=number)
        if not lines:
            raise NotFound(f"no measure {number}")
        steps = record.fetch_measure_steps(connection, lines[0].id)
    tag(answer, lines[0].version)
    return MeasureDetail(measure=lines[0], steps=steps)


@router.post(
    "/measures/{number}/acts",
    summary="Take a step of a measure",
    responses={202: {"model": ActOut}, **problems(404, 409, 412, 428)},
)
def act_measure(  # noqa: PLR0913, PLR0917 - the parts of a request
    request: Request,
    answer: Response,
    services: ServicesOf,
    user: ActingUser,
    number: Number,
    body: MeasureStepIn,
    key: Key = None,
    seen: IfMatch = None,
) -> ActOut:
    """A person decides every step; the procedure refuses what is not its turn."""
    version = version_of("measure_step", seen, body.version)
    outcome = step_measure(services.store, user, number, body, key, version)
    return reply(request, answer, outcome, user, seen)


@router.get("/inspections", summary="Marks of inspectors", responses=problems(400))
def list_inspections(
    services: ServicesOf, user: UserOf, limit: Limit = 100, after: After = None
) -> Page[InspectionModel]:
    """Marks by aspect of the star rating, newest first."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_inspections(connection, after=cursor.to_id(after), limit=limit + 1)
    return page_of(lines, limit, lambda one: one, lambda one: cursor.pack(one.id))


@router.post(
    "/inspections",
    summary="Give the marks of an inspection",
    responses={202: {"model": ActOut}, **problems(404, 409)},
)
def act_inspection(  # noqa: PLR0913, PLR0917 - the parts of a request
    request: Request,
    answer: Response,
    services: ServicesOf,
    user: ActingUser,
    body: InspectIn,
    key: Key = None,
) -> ActOut:
    """Marks from 0 to 100 for one aspect of one company at one place."""
    return reply(request, answer, inspect(services.store, user, body, key), user)
