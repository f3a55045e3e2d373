"""Evidence of a case and the notice board as sheets of paper."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from threading import BoundedSemaphore
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from analytics.supervision.board import LIFT_OUT
from dashboards.bulletin.render import Format, draw
from dashboards.console.errors import NotFound, TooOften
from dashboards.console.evidence import Case, compose_board, compose_case
from dashboards.console.export import hand_out
from dashboards.console.role import Ability
from dashboards.console.routes.board import Code
from dashboards.console.store import alarm as alarms
from dashboards.console.store import board as boards
from dashboards.console.store import order as orders
from dashboards.console.store import safety
from dashboards.console.store.pool import WHOLE_TREE
from dashboards.console.throttle import Throttle
from dashboards.console.web import (
    Now,
    ServicesOf,
    UserOf,
    address_of,
    language_of,
    require,
)
from ingest.database import Connection

router = APIRouter(include_in_schema=False)
_SHEETS: Final = 20
_WINDOW: Final = timedelta(minutes=10)
_AT_ONCE: Final = 2
"""Boards that are drawn at a time for strangers: threads are left for alarms and their acts."""
_BUSY_S: Final = 5
_TIMELINE: Final = "timeline"


@router.get("/alarms/{alarm_id}/evidence.{form}")
def give_evidence(  # noqa: PLR0913, PLR0917 - the parts of a query
    request: Request, services: ServicesOf, user: UserOf, now: Now, alarm_id: int, form: Format
) -> Response:
    """The case as a file: what happened, who was told, who did what, with receipts and digest."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        case = replace(_case(connection, alarm_id), people=services.people.fresh())
    document = compose_case(case)
    files = draw(document, form, language_of(request, user))
    file = next(one for one in files if form is not Format.CSV or _TIMELINE in one.name)
    return hand_out(services.store, user, file.name, file.content, len(case.timeline), now)


def _case(connection: Connection, alarm_id: int) -> Case:
    lines = alarms.fetch_alarms(connection, [alarm_id])
    if not lines:
        raise NotFound(f"no alarm {alarm_id}")
    line = lines[0]
    rescue = safety.fetch_rescue(connection, alarm_id, line.asset_id)
    order = None if line.order_id is None else orders.fetch_order(connection, line.order_id)
    return Case(
        line=line,
        timeline=alarms.fetch_timeline(connection, alarm_id),
        clocks=alarms.fetch_running_clocks(connection, alarm_id),
        rescue=() if rescue is None else safety.fetch_rescue_facts(connection, rescue.id),
        order=order,
        photos=() if order is None else orders.fetch_beside(connection, order.id).photos,
    )


@router.get("/board/{code}/a3.pdf")
def give_board(request: Request, services: ServicesOf, now: Now, code: Code) -> Response:
    """The board as one A3 sheet, for everybody like the board itself."""
    _require_patience(request, now)
    with services.store.scoped(WHOLE_TREE) as connection:
        compound = boards.fetch_compound(connection, code, now)
    if compound is None:
        raise NotFound(f"no compound {code}")
    with services.store.scoped((compound.path,)) as connection:
        board = boards.fetch_board(connection, compound.path, LIFT_OUT, now)
    with _one_of_few(request):
        file = draw(compose_board(compound, board, now), Format.PDF, language_of(request))[0]
    headers = {"Content-Disposition": f'inline; filename="{file.name}"'}
    return Response(file.content, media_type="application/pdf", headers=headers)


def _require_patience(request: Request, now: datetime) -> None:
    """Drawing costs time, and nobody is logged in here."""
    state = request.app.state
    if not hasattr(state, "sheets"):
        state.sheets = Throttle(_SHEETS, _WINDOW)
    throttle: Throttle = state.sheets
    if not throttle.permits(address_of(request), now):
        raise TooOften(int(_WINDOW.total_seconds()))


@contextmanager
def _one_of_few(request: Request) -> Iterator[None]:
    """A place among the few that are drawn at a time, however many addresses ask.

    Raises:
        TooOften: There is none; nobody waits for one, since a waiting request holds a thread.
    """
    state = request.app.state
    if not hasattr(state, "drawing"):
        state.drawing = BoundedSemaphore(_AT_ONCE)
    places: BoundedSemaphore = state.drawing
    if not places.acquire(blocking=False):
        raise TooOften(_BUSY_S, "boards drawn at once")
    try:
        yield
    finally:
        places.release()
