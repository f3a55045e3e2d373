"""Places, assets, what they said and what they measured."""

from datetime import datetime, timedelta
from typing import Annotated, Final

import numpy as np
from fastapi import APIRouter, Query, Request

from dashboards.console import cursor
from dashboards.console.errors import BadRequest, NotFound
from dashboards.console.model import EventModel, MetricSeries, PlaceModel, SeriesModel
from dashboards.console.openapi import problems
from dashboards.console.paging import After, AssetQuery, Limit, Page, SmallId, page_of
from dashboards.console.present import Presenter
from dashboards.console.record import AssetModel
from dashboards.console.role import Ability
from dashboards.console.store import asset as assets
from dashboards.console.store import record
from dashboards.console.web import Now, ServicesOf, UserOf, language_of, require
from gateway.catalogue import asset_class

router = APIRouter()
_FRAMES: Final = 20_000
_LONGEST: Final = timedelta(days=7)
_DEFAULT_SPAN: Final = timedelta(hours=1)


@router.get("/places", tags=["places"], summary="Places", responses=problems(400))
def list_places(
    services: ServicesOf, user: UserOf, limit: Limit = 100, after: After = None
) -> Page[PlaceModel]:
    """Places of the scope, in tree order."""
    with services.store.scoped(user.scope) as connection:
        lines = assets.fetch_places(connection, after=cursor.to_path(after), limit=limit + 1)
    return page_of(
        lines,
        limit,
        lambda one: PlaceModel.model_validate(one, from_attributes=True),
        lambda one: cursor.pack(one.path),
    )


@router.get("/assets", tags=["assets"], summary="Assets", responses=problems(400))
def list_assets(
    services: ServicesOf,
    user: UserOf,
    wanted: Annotated[
        str | None, Query(alias="class", max_length=40, description="Asset class")
    ] = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[AssetModel]:
    """Things that can break, of the scope, by id."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_assets(
            connection, asset_class=wanted, after=cursor.to_small_id(after), limit=limit + 1
        )
    return page_of(lines, limit, lambda one: one, lambda one: cursor.pack(one.id))


@router.get("/assets/{asset_id}", tags=["assets"], summary="One asset", responses=problems(404))
def get_asset(services: ServicesOf, user: UserOf, asset_id: SmallId) -> AssetModel:
    """One asset of the scope."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_assets(connection, asset_id=asset_id)
    if not lines:
        raise NotFound(f"no asset {asset_id}")
    return lines[0]


@router.get("/events", tags=["events"], summary="What devices said", responses=problems(400))
def list_events(
    services: ServicesOf,
    user: UserOf,
    asset_id: AssetQuery = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[EventModel]:
    """What devices of the scope said, newest first."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = assets.fetch_events(
            connection, asset_id=asset_id, before=cursor.to_id(after), limit=limit + 1
        )
    return page_of(
        lines,
        limit,
        lambda one: EventModel.model_validate(one, from_attributes=True),
        lambda one: cursor.pack(one.id),
    )


@router.get(
    "/assets/{asset_id}/series",
    tags=["assets"],
    summary="What an asset measured",
    responses=problems(404),
)
def get_series(  # noqa: PLR0913, PLR0917 - the parts of a query
    request: Request,
    services: ServicesOf,
    user: UserOf,
    now: Now,
    asset_id: SmallId,
    since: Annotated[
        datetime | None, Query(description="With a zone; default: an hour ago")
    ] = None,
    until: Annotated[datetime | None, Query(description="With a zone; default: now")] = None,
) -> SeriesModel:
    """At most a week and 20,000 frames."""
    span = _span(since, until, now)
    with services.store.scoped(user.scope) as connection:
        card = assets.fetch_asset(connection, asset_id)
        if card is None:
            raise NotFound(f"no asset {asset_id}")
        kind = asset_class(card.asset_class)
        if kind.table is None:
            raise NotFound(f"asset {card.code} measures nothing")
        series = assets.fetch_series(connection, kind, asset_id, span, limit=_FRAMES)
    say = Presenter(language_of(request, user))
    return SeriesModel(
        asset=card.code,
        asset_class=kind.name,
        at=series.at_s.tolist(),
        metrics=[
            MetricSeries(
                name=metric.name,
                label=say.text(metric.label),
                unit=metric.unit,
                values=[None if np.isnan(v) else float(v) for v in series.values[metric.name]],
                codes=say.codes(kind, metric),
            )
            for metric in kind.metrics
            if np.isfinite(series.values[metric.name]).any()
        ],
        is_cut=series.is_cut,
    )


def _span(since: datetime | None, until: datetime | None, now: datetime) -> assets.Span:
    end = until or now
    try:
        start = since or end - _DEFAULT_SPAN
        if start.tzinfo is None or end.tzinfo is None:
            raise BadRequest("since and until carry a zone, for example 2026-11-21T06:00:00Z")
        length = end - start
    except OverflowError:
        raise BadRequest("since and until are times that a clock has shown") from None
    if not timedelta(0) < length <= _LONGEST:
        raise BadRequest("since lies before until, by at most 7 days")
    return assets.Span(since=start, until=end)
