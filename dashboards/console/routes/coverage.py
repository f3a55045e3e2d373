"""What is watched and what is not, from the city down to the device."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from dashboards.console.errors import NotFound
from dashboards.console.role import Ability
from dashboards.console.store import coverage, live
from dashboards.console.web import Now, ServicesOf, UserOf, page, require, strip_context

router = APIRouter(include_in_schema=False)
_PLACES: Final = 3000
_DEVICES: Final = 500


@router.get("/coverage")
def show_coverage(
    request: Request,
    services: ServicesOf,
    user: UserOf,
    now: Now,
    place: Annotated[str | None, Query(max_length=60)] = None,
) -> Response:
    """Registered, commissioned, reporting and under contract, for each place below one."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        here = None if place is None else coverage.fetch_place(connection, place)
        if place is not None and here is None:
            raise NotFound(f"no place {place}")
        path = None if here is None else here.path
        above = [] if path is None else coverage.fetch_above(connection, path)
        lines = coverage.fetch_coverage(connection, path, now, limit=_PLACES)
        devices = (
            coverage.fetch_uncovered(connection, here.path, now, limit=_DEVICES)
            if here is not None and here.level in ("compound", "building", "floor")
            else []
        )
        strip = strip_context(connection, now)
    context = {
        **strip,
        "here": here,
        "above": above,
        "places": lines,
        "devices": devices,
        "has_devices": here is not None and here.level in ("compound", "building", "floor"),
        "most_devices": _DEVICES,
        "stream_from": stream_from,
    }
    return page(request, "coverage.html", context, user=user)
