"""The page on how the line itself is."""

from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboards.console.role import Ability
from dashboards.console.store import live, platform
from dashboards.console.web import Now, ServicesOf, UserOf, page, require, strip_context

router = APIRouter(include_in_schema=False)
_GATEWAYS: Final = 500
_DAY: Final = timedelta(days=1)


@router.get("/platform")
def show_platform(request: Request, services: ServicesOf, user: UserOf, now: Now) -> Response:
    """Gateways, the balance of their ledgers, what was kept aside in the last day, certificates."""
    require(user, Ability.PLATFORM)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        gateways = platform.fetch_gateways(connection, limit=_GATEWAYS)
        reasons = platform.fetch_quarantine_reasons(connection, now - _DAY)
        doors = platform.fetch_doors(connection)
        strip = strip_context(connection, now)
    context = {
        **strip,
        "gateways": gateways,
        "reasons": reasons,
        "doors": doors,
        "stream_from": stream_from,
    }
    return page(request, "platform.html", context, user=user)
