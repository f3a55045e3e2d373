"""The overview and the wallboard: the fire queue, every other open alarm, and the status strip."""

from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from dashboards.console import cursor
from dashboards.console.errors import BadRequest
from dashboards.console.role import Ability
from dashboards.console.routes.bureau import note_desk, sounding_of
from dashboards.console.store import alarm as alarms
from dashboards.console.store import coverage, live, site
from dashboards.console.store import search as searches
from dashboards.console.store.queue import QueueAfter, fetch_queue
from dashboards.console.view import SEVERITIES, View, view_of
from dashboards.console.web import (
    ActingUser,
    Now,
    ServicesOf,
    UserOf,
    page,
    require,
    see_other,
    strip_context,
)
from ingest.database import Connection

router = APIRouter(include_in_schema=False)
FIRE_QUEUE: Final = 200
"""Rows of life safety that are read at once; the rest follows as the list's end comes into sight."""
LIFE: Final = "life"
FIRST: Final = 40
"""Rows of the first paint, more than a wall shows; the rest follows as the list's end comes into sight."""
PAGE: Final = 100
_WALL: Final = 12
_SITES: Final = 200
_BEHIND: Final = 200
_MOST_SIGHTINGS: Final = 200


@router.get("/")
def overview(request: Request, services: ServicesOf, user: UserOf, now: Now) -> Response:
    """Fire queue and open alarms as they are now; the stream goes on from here."""
    if not user.may(Ability.WATCH):
        return see_other(user.home)
    view = view_of(request.query_params)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        count = alarms.count_open(connection)
        fire = _fire_queue(connection) if count.life_safety else FireQueue(lines=[], rest=None)
        place = None if view.place is None else coverage.fetch_place(connection, view.place)
        other = _page(connection, view, place, limit=FIRST)
        last_closed = alarms.fetch_last_closed(connection)
        kept = searches.fetch_views(connection, user.name)
        strip = strip_context(connection, now, count)
    context = {
        "fire": fire.lines,
        "more_fire": fire.rest,
        **_listed(other, FIRST),
        **strip,
        "last_closed": last_closed,
        "stream_from": stream_from,
        "view": view,
        "place": place,
        "severities": SEVERITIES,
        "kept": kept,
    }
    return page(request, "overview.html", context, user=user)


@router.get("/more")
def more(
    request: Request,
    services: ServicesOf,
    user: UserOf,
    after: Annotated[str, Query(max_length=300)],
    queue: Annotated[str, Query(max_length=8)] = "",
) -> Response:
    """The next rows of one of the overview's lists; the page asks as its end comes into sight."""
    require(user, Ability.WATCH)
    view = view_of(request.query_params)
    if queue == LIFE:
        with services.store.scoped(user.scope) as connection:
            fire = _fire_queue(connection, cursor.to_queue(after))
        context = {"other": fire.lines, "next_page": None, "next_fire": fire.rest, "view": view}
        return page(request, "alarm/rows.html", context, user=user)
    with services.store.scoped(user.scope) as connection:
        place = None if view.place is None else coverage.fetch_place(connection, view.place)
        lines = _page(connection, view, place, cursor.to_alarm(after))
    rows = {**_listed(lines, PAGE), "view": view}
    return page(request, "alarm/rows.html", rows, user=user)


@dataclass(frozen=True, slots=True, kw_only=True)
class FireQueue:
    """A stretch of the open life-safety alarms.

    Attributes:
        rest: Where the next stretch is read; None: this was the last.
    """

    lines: list[alarms.AlarmLine]
    rest: str | None


def _fire_queue(
    connection: Connection, after: QueueAfter | None = None, *, limit: int = FIRE_QUEUE
) -> FireQueue:
    """Open life safety, from the beginning or from the row after which this stretch begins."""
    wanted = alarms.AlarmFilter(life_safety=True)
    lines = fetch_queue(connection, wanted, limit=limit + 1, after=after)
    if len(lines) <= limit:
        return FireQueue(lines=lines, rest=None)
    rest = urlencode({"queue": LIFE, "after": cursor.of_queue(lines[limit - 1])})
    return FireQueue(lines=lines[:limit], rest=f"/more?{rest}")


def _page(
    connection: Connection,
    view: View,
    place: coverage.PlaceName | None,
    after: alarms.AlarmAfter | None = None,
    *,
    limit: int = PAGE,
) -> list[alarms.AlarmLine]:
    """One row more than a page has, so that it is known whether others follow."""
    wanted = view.filter(None if place is None else place.path, after)
    return alarms.fetch_open_alarms(connection, wanted, limit=limit + 1)


def _listed(lines: list[alarms.AlarmLine], limit: int) -> dict[str, object]:
    """A page of rows, and where the next begins."""
    follows = len(lines) > limit
    return {
        "other": lines[:limit],
        "next_page": cursor.of_alarm(lines[limit - 1]) if follows else None,
    }


@router.get("/alarms/{alarm_id}/behind")
def behind(request: Request, services: ServicesOf, user: UserOf, alarm_id: int) -> Response:
    """What stands behind the head of an incident, as rows."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = alarms.fetch_folded_alarms(connection, alarm_id, limit=_BEHIND)
    context = {"other": lines, "next_page": None, "view": View()}
    return page(request, "alarm/rows.html", context, user=user)


@router.get("/wall")
def wallboard(request: Request, services: ServicesOf, user: UserOf, now: Now) -> Response:
    """Three numbers, the most urgent alarms and every compound, to be read from five metres."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        fire = _fire_queue(connection, limit=_WALL).lines
        other = alarms.fetch_open_alarms(connection, View().filter(None), limit=_WALL)
        sites = site.fetch_sites(connection, limit=_SITES)
        count = alarms.count_open(connection)
        strip = strip_context(connection, now, count)
    context = {
        **strip,
        "lines": [*fire, *other][:_WALL],
        "beyond": max(0, count.life_safety - min(len(fire), _WALL)),
        "sites": sites,
        "stream_from": stream_from,
    }
    return page(request, "wall.html", context, user=user)


@router.post("/views")
def keep_view(
    services: ServicesOf,
    user: ActingUser,
    now: Now,
    name: Annotated[str, Form(min_length=1, max_length=30)],
    query: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """Keep the list under a name; the same name again replaces it."""
    require(user, Ability.WATCH)
    named = dict(part.split("=", 1) for part in query.split("&") if "=" in part)
    view = view_of(named)
    with services.store.scoped(user.scope, writes=True) as connection:
        kept = searches.SavedView(name=name.strip() or "-", query=view.query)
        searches.save_view(connection, user.name, kept, now)
    return see_other(view.url)


@router.post("/views/drop")
def drop_view(
    services: ServicesOf, user: ActingUser, name: Annotated[str, Form(max_length=30)]
) -> Response:
    """Forget a kept list."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope, writes=True) as connection:
        searches.drop_view(connection, user.name, name)
    return see_other("/")


@router.get("/strip")
def show_strip(request: Request, services: ServicesOf, user: UserOf, now: Now) -> Response:
    """The status strip alone; every page asks for it again and again."""
    with services.store.scoped(user.scope) as connection:
        context = strip_context(connection, now) | sounding_of(connection, user)
    note_desk(services.store, user, now)
    return page(request, "strip.html", context, user=user)


@router.post("/seen")
def seen(
    services: ServicesOf, user: ActingUser, now: Now, ids: Annotated[str, Form(max_length=4000)]
) -> Response:
    """Alarms that stand on this person's screen: their second tick."""
    require(user, Ability.WATCH)
    try:
        numbers = [int(part) for part in ids.split(",") if part]
    except ValueError:
        raise BadRequest("ids: whole numbers with commas between") from None
    with services.store.scoped(user.scope, writes=True) as connection:
        alarms.record_sightings(connection, numbers[:_MOST_SIGHTINGS], user.name, now)
    return Response(status_code=204)
