"""One asset: live values, trends, its alarms; and the list of early warnings."""

from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from analytics.act import ActKind
from analytics.models.record import fetch_records
from analytics.models.store import fallen_back
from dashboards.console.errors import NotAllowed, NotFound
from dashboards.console.role import Ability
from dashboards.console.store import alarm as alarms
from dashboards.console.store import asset as assets
from dashboards.console.store import live
from dashboards.console.web import Now, ServicesOf, UserOf, page, require, strip_context
from gateway.catalogue import asset_class

router = APIRouter(include_in_schema=False)
_TREND: Final = timedelta(hours=1)
_LATEST_WITHIN: Final = timedelta(days=1)
_ALARMS: Final = 20
_WARNINGS: Final = 200


@router.get("/assets/{asset_id}")
def show_asset(
    request: Request, services: ServicesOf, user: UserOf, now: Now, asset_id: int
) -> Response:
    """The asset with its newest values, the last hour and its last alarms."""
    if not (user.may(Ability.WATCH) or user.may(Ability.WORK)):
        raise NotAllowed("your role may not do this")
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        card = assets.fetch_asset(connection, asset_id)
        if card is None:
            raise NotFound(f"no asset {asset_id}")
        kind = asset_class(card.asset_class)
        latest = (
            assets.fetch_latest(connection, kind, asset_id, now - _LATEST_WITHIN)
            if kind.table
            else None
        )
        lines = alarms.fetch_asset_alarms(connection, asset_id, limit=_ALARMS)
        events = assets.fetch_events(connection, asset_id=asset_id, before=None, limit=_ALARMS)
        strip = strip_context(connection, now)
    is_stale = latest is None or (now - latest.at).total_seconds() > kind.silence_s
    context = {
        **strip,
        "card": card,
        "acts": ActKind,
        "kind": kind,
        "latest": latest,
        "is_stale": is_stale,
        "alarms": lines,
        "events": events,
        "trend_since": now - _TREND,
        "trend_until": now,
        "stream_from": stream_from,
    }
    return page(request, "asset.html", context, user=user)


@router.get("/warnings")
def list_warnings(request: Request, services: ServicesOf, user: UserOf, now: Now) -> Response:
    """Early warnings: what may fail, by when, why, and how it turned out."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        lines = assets.fetch_warnings(connection, limit=_WARNINGS)
        records = fetch_records(connection)
        unfit = fallen_back(connection)
        strip = strip_context(connection, now)
    context = {
        **strip,
        "warnings": lines,
        "records": records,
        "unfit": unfit,
        "stream_from": stream_from,
    }
    return page(request, "warnings.html", context, user=user)
