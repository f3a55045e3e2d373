"""The overview: the fire queue, every other open alarm, and the status strip."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from dashboards.console.errors import BadRequest
from dashboards.console.role import Ability
from dashboards.console.store import alarm as alarms
from dashboards.console.store import live
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

router = APIRouter(include_in_schema=False)
FIRE_QUEUE: Final = 50
PAGE: Final = 100
_MOST_SIGHTINGS: Final = 200


@router.get("/")
def overview(
    request: Request,
    services: ServicesOf,
    user: UserOf,
    now: Now,
    unacknowledged: Annotated[bool, Query()] = False,
) -> Response:
    """Fire queue and open alarms as they are now; the stream goes on from here."""
    if not user.may(Ability.WATCH):
        return see_other(user.home)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        fire = alarms.fetch_open_alarms(
            connection, alarms.AlarmFilter(life_safety=True), limit=FIRE_QUEUE
        )
        wanted = alarms.AlarmFilter(
            life_safety=False, is_unacknowledged=unacknowledged, shown=alarms.DESK
        )
        other = alarms.fetch_open_alarms(connection, wanted, limit=PAGE)
        last_closed = alarms.fetch_last_closed(connection)
        strip = strip_context(connection, now)
    return page(
        request,
        "overview.html",
        {
            "fire": fire,
            "other": other,
            **strip,
            "last_closed": last_closed,
            "stream_from": stream_from,
            "unacknowledged": unacknowledged,
            "page_size": PAGE,
        },
        user=user,
    )


@router.get("/strip")
def show_strip(request: Request, services: ServicesOf, user: UserOf, now: Now) -> Response:
    """The status strip alone; every page asks for it again and again."""
    with services.store.scoped(user.scope) as connection:
        context = strip_context(connection, now)
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
