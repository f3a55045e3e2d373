"""One asset: live values, trends, its alarms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final
from urllib.parse import quote

import numpy as np
from fastapi import APIRouter, Query, Request
from markupsafe import Markup
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from analytics.act import ActKind
from analytics.alarms.alarm import AssetId
from analytics.limits.book import Held, LimitBook
from analytics.limits.store import fetch_in_force
from dashboards.bulletin.code import qr_svg
from dashboards.console.errors import BadRequest, NotAllowed, NotFound
from dashboards.console.present import Presenter
from dashboards.console.role import Ability
from dashboards.console.store import alarm as alarms
from dashboards.console.store import asset as assets
from dashboards.console.store import hold as holds
from dashboards.console.store import live, platform
from dashboards.console.store import site as sites
from dashboards.console.web import (
    Now,
    ServicesOf,
    UserOf,
    language_of,
    own_url,
    page,
    strip_context,
)
from gateway.catalogue import AssetClass, asset_class
from ingest.database import Connection

router = APIRouter(include_in_schema=False)
_TREND: Final = timedelta(hours=1)
_LATEST_WITHIN: Final = timedelta(days=1)
_ALARMS: Final = 20
_BLOCKS: Final = 24
_SPANS: Final = {
    1: timedelta(minutes=5),
    7: timedelta(hours=1),
    30: timedelta(hours=1),
    400: timedelta(hours=1),
}
"""Days that a chart shows, to the length of its bins."""


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
        gateways = (
            platform.fetch_gateways(connection, limit=1, gateway=card.gateway)
            if card.gateway
            else []
        )
        blocks = hours_of(connection, kind, asset_id, now)
        site_code = sites.fetch_site_code(connection, asset_id)
        held = _held(connection, kind, card, now)
        is_out = holds.is_out_of_service(connection, asset_id)
    is_stale = latest is None or (now - latest.at).total_seconds() > kind.silence_s
    say = Presenter(language_of(request, user))
    context = {
        **strip,
        "card": card,
        "acts": ActKind,
        "kind": kind,
        "latest": latest,
        "is_stale": is_stale,
        "is_out": is_out,
        "alarms": lines,
        "events": events,
        "gateways": gateways,
        "blocks": blocks,
        "site_code": site_code,
        "spans": list(_SPANS),
        "now": now,
        "limits": _limits(held, kind, say),
        "plate": Markup(qr_svg(_plate_url(request, card.code))),  # noqa: S704 - drawn from our own address
        "trend_since": now - _TREND,
        "trend_until": now,
        "stream_from": stream_from,
    }
    return page(request, "asset.html", context, user=user)


def _plate_url(request: Request, code: str) -> str:
    """What the code on the device says: its open order for who works, the device for who watches."""
    return f"{own_url(request)}/q/{quote(code, safe='')}"


def _limits(
    held: Sequence[Held], kind: AssetClass, say: Presenter
) -> dict[str, list[dict[str, object]]]:
    """What each metric is judged by, in the reader's language."""
    return {
        metric.name: [
            {
                "value": one.limit.value,
                "is_floor": one.limit.is_floor,
                "words": say.text(one.limit.meaning),
                "basis": one.limit.basis,
                "is_set": one.setting is not None,
                "standard": one.setting.target.standard if one.setting else None,
            }
            for one in held
            if one.limit.metric == metric.name
        ]
        for metric in kind.metrics
    }


def _held(
    connection: Connection, kind: AssetClass, card: assets.AssetCard, now: datetime
) -> list[Held]:
    """The limits that hold for an asset: the catalogue's, or what an administrator set."""
    asset = AssetId(card.id)
    settings = fetch_in_force(connection, now, kind.name)
    return LimitBook(settings=settings, paths={asset: card.place_path}).held_for(kind.name, asset)


class HistoryMetric(BaseModel):
    """One metric over a long time."""

    model_config = ConfigDict(frozen=True)

    name: str
    label: str
    unit: str
    mean: list[float | None]
    low: list[float | None]
    high: list[float | None]
    limits: list[float]


class HistoryModel(BaseModel):
    """What an asset measured over a long time, in bins; for the page's own charts."""

    model_config = ConfigDict(frozen=True)

    at: list[float]
    metrics: list[HistoryMetric]


@router.get("/assets/{asset_id}/history")
def get_history(  # noqa: PLR0913, PLR0917 - the parts of a query
    request: Request,
    services: ServicesOf,
    user: UserOf,
    now: Now,
    asset_id: int,
    days: Annotated[int, Query()] = 1,
) -> HistoryModel:
    """Mean, least and greatest values of a day, a week, a month or a year."""
    step = _SPANS.get(days)
    if step is None:
        raise BadRequest(f"days: one of {', '.join(map(str, _SPANS))}")
    with services.store.scoped(user.scope) as connection:
        card = assets.fetch_asset(connection, asset_id)
        if card is None:
            raise NotFound(f"no asset {asset_id}")
        kind = asset_class(card.asset_class)
        if kind.table is None:
            raise NotFound(f"asset {card.code} measures nothing")
        span = assets.Span(since=now - timedelta(days=days), until=now)
        found = assets.fetch_history(connection, kind, asset_id, span, step)
        held = _held(connection, kind, card, now)
    say = Presenter(language_of(request, user))
    return HistoryModel(
        at=found.at_s.tolist(),
        metrics=[
            HistoryMetric(
                name=metric.name,
                label=say.text(metric.label),
                unit=metric.unit,
                mean=_plain(found.mean[metric.name]),
                low=_plain(found.low[metric.name]),
                high=_plain(found.high[metric.name]),
                limits=[one.limit.value for one in held if one.limit.metric == metric.name],
            )
            for metric in kind.metrics
            if metric.name in found.mean and np.isfinite(found.mean[metric.name]).any()
        ],
    )


def _plain(values: NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 4) for value in values]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """How much came of one hour.

    Attributes:
        share: Frames of those that the class sends at least, 0 to 1.
    """

    since: datetime
    frames: int
    share: float


def hours_of(connection: Connection, kind: AssetClass, asset_id: int, now: datetime) -> list[Hour]:
    """The last day hour by hour; empty for a class that measures nothing."""
    if kind.table is None:
        return []
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=_BLOCKS - 1)
    frames = assets.fetch_frames_by_hour(connection, kind, asset_id, first)
    hours = [first + timedelta(hours=at) for at in range(_BLOCKS)]
    return [
        Hour(
            since=hour,
            frames=frames.get(hour, 0),
            share=min(
                1.0,
                frames.get(hour, 0)
                * kind.interval_s
                / max(kind.interval_s, min(3600.0, (now - hour).total_seconds())),
            ),
        )
        for hour in hours
    ]
