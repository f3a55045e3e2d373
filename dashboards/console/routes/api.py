"""The API for machines: the same reads and acts as the pages, as JSON."""

from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

import numpy as np
from fastapi import APIRouter, Query, Request, Response

from dashboards.console import auth, cursor
from dashboards.console.act import Asked, Outcome, act_on_alarm, act_on_order, words_of
from dashboards.console.errors import BadRequest, NotAllowed, NotFound
from dashboards.console.model import (
    ActIn,
    ActOut,
    AlarmDetailModel,
    AlarmModel,
    AlarmPage,
    EventModel,
    EventPage,
    MetricSeries,
    OrderModel,
    OrderPage,
    PlaceModel,
    PlacePage,
    SeriesModel,
    SessionIn,
    SessionOut,
    StepModel,
)
from dashboards.console.present import Presenter
from dashboards.console.role import Ability, User
from dashboards.console.routes.alarm import Key
from dashboards.console.store import alarm as alarms
from dashboards.console.store import asset as assets
from dashboards.console.store import order as orders
from dashboards.console.web import (
    ActingUser,
    Now,
    ServicesOf,
    UserOf,
    address_of,
    language_of,
    require,
)
from gateway.catalogue import asset_class

router = APIRouter(prefix="/api/v1")
_PROBLEM: Final = {
    "description": "Problem as RFC 9457",
    "content": {"application/problem+json": {}},
}
_MOST: Final = 500
_FRAMES: Final = 20_000
_LONGEST: Final = timedelta(days=7)
_DEFAULT_SPAN: Final = timedelta(hours=1)

Limit = Annotated[int, Query(ge=1, le=_MOST, description="Items on a page")]
Cursor = Annotated[str | None, Query(max_length=400, description="`next` of the page before")]


@router.post("/sessions", tags=["session"], status_code=201, responses={401: _PROBLEM})
def begin_session(request: Request, services: ServicesOf, now: Now, body: SessionIn) -> SessionOut:
    """Log in; send the token as `Authorization: Bearer <token>` from then on."""
    attempt = auth.Attempt(
        name=body.name.strip().lower(),
        password=body.password,
        address=address_of(request),
        at=now,
    )
    issued = auth.log_in(services.store, attempt, services.session_length)
    return SessionOut(token=issued.token, expires_at=issued.expires_at, role=issued.user.role)


@router.get("/alarms", tags=["alarms"], responses={401: _PROBLEM})
def list_alarms(  # noqa: PLR0913, PLR0917 - the parts of a query
    services: ServicesOf,
    user: UserOf,
    life_safety: Annotated[bool | None, Query(description="Only (true) or without (false)")] = None,
    group: Annotated[str | None, Query(max_length=40, examples=["fire"])] = None,
    unacknowledged: Annotated[bool, Query()] = False,
    state: Annotated[
        Literal["desk", "shelved", "suppressed", "out_of_service", "folded"] | None,
        Query(description="What the desk has before it, or what is kept from it; default: all"),
    ] = None,
    limit: Limit = 100,
    after: Cursor = None,
) -> AlarmPage:
    """Open alarms of the scope, most urgent first; none is ever too old to be listed."""
    require(user, Ability.WATCH)
    wanted = alarms.AlarmFilter(
        life_safety=life_safety,
        group=group,
        is_unacknowledged=unacknowledged,
        shown=state,
        after=cursor.to_alarm(after),
    )
    with services.store.scoped(user.scope) as connection:
        lines = alarms.fetch_open_alarms(connection, wanted, limit=limit + 1)
    kept = lines[:limit]
    return AlarmPage(
        items=[AlarmModel.of(line) for line in kept],
        next=cursor.of_alarm(kept[-1]) if len(lines) > limit else None,
    )


@router.get("/alarms/{alarm_id}", tags=["alarms"], responses={404: _PROBLEM})
def get_alarm(services: ServicesOf, user: UserOf, alarm_id: int) -> AlarmDetailModel:
    """One alarm, open or closed, with its timeline."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = alarms.fetch_alarms(connection, [alarm_id])
        if not lines:
            raise NotFound(f"no alarm {alarm_id}")
        timeline = alarms.fetch_timeline(connection, alarm_id)
    steps = [StepModel.model_validate(row, from_attributes=True) for row in timeline]
    return AlarmDetailModel(alarm=AlarmModel.of(lines[0]), timeline=steps)


@router.post(
    "/alarms/{alarm_id}/acts",
    tags=["alarms"],
    responses={202: {"model": ActOut}, 409: {"model": ActOut}, 403: _PROBLEM, 404: _PROBLEM},
)
def act_alarm(  # noqa: PLR0913, PLR0917 - the parts of a request
    request: Request,
    answer: Response,
    services: ServicesOf,
    user: ActingUser,
    alarm_id: int,
    body: ActIn,
    key: Key = None,
) -> ActOut:
    """Acknowledge, judge or reset; the same Idempotency-Key (a UUID) acts once."""
    asked = Asked(
        kind=body.kind, key=key, version=body.version, text=body.text, minutes=body.minutes
    )
    outcome = act_on_alarm(services.store, user, alarm_id, asked)
    return _act_out(answer, outcome, language_of(request, user))


@router.get("/orders", tags=["orders"], responses={401: _PROBLEM})
def list_orders(
    services: ServicesOf,
    user: UserOf,
    is_open: Annotated[bool | None, Query(alias="open")] = None,
    limit: Limit = 100,
    after: Cursor = None,
) -> OrderPage:
    """Work orders of the scope, newest first; a technician sees the own organisation's."""
    wanted = orders.OrderFilter(
        owner_id=None if user.may(Ability.WATCH) else _organisation_of(user),
        is_open=is_open,
        after=cursor.to_id(after),
    )
    with services.store.scoped(user.scope) as connection:
        lines = orders.fetch_orders(connection, wanted, limit=limit + 1)
    kept = lines[:limit]
    return OrderPage(
        items=[OrderModel.of(line) for line in kept],
        next=cursor.pack(kept[-1].id) if len(lines) > limit else None,
    )


@router.post(
    "/orders/{order_id}/acts",
    tags=["orders"],
    responses={202: {"model": ActOut}, 409: {"model": ActOut}, 403: _PROBLEM, 404: _PROBLEM},
)
def act_order(  # noqa: PLR0913, PLR0917 - the parts of a request
    request: Request,
    answer: Response,
    services: ServicesOf,
    user: ActingUser,
    order_id: int,
    body: ActIn,
    key: Key = None,
) -> ActOut:
    """Move an order one step on; the same Idempotency-Key (a UUID) acts once."""
    asked = Asked(kind=body.kind, key=key, version=body.version, text=body.text)
    outcome = act_on_order(services.store, user, order_id, asked)
    return _act_out(answer, outcome, language_of(request, user))


@router.get("/events", tags=["events"], responses={401: _PROBLEM})
def list_events(
    services: ServicesOf,
    user: UserOf,
    asset_id: Annotated[int | None, Query()] = None,
    limit: Limit = 100,
    after: Cursor = None,
) -> EventPage:
    """What devices of the scope said, newest first."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = assets.fetch_events(
            connection, asset_id=asset_id, before=cursor.to_id(after), limit=limit + 1
        )
    kept = lines[:limit]
    return EventPage(
        items=[EventModel.model_validate(line, from_attributes=True) for line in kept],
        next=cursor.pack(kept[-1].id) if len(lines) > limit else None,
    )


@router.get("/places", tags=["places"], responses={401: _PROBLEM})
def list_places(
    services: ServicesOf, user: UserOf, limit: Limit = 100, after: Cursor = None
) -> PlacePage:
    """Places of the scope, in tree order."""
    with services.store.scoped(user.scope) as connection:
        lines = assets.fetch_places(connection, after=cursor.to_path(after), limit=limit + 1)
    kept = lines[:limit]
    return PlacePage(
        items=[PlaceModel.model_validate(line, from_attributes=True) for line in kept],
        next=cursor.pack(kept[-1].path) if len(lines) > limit else None,
    )


@router.get("/assets/{asset_id}/series", tags=["assets"], responses={404: _PROBLEM})
def get_series(  # noqa: PLR0913, PLR0917 - the parts of a query
    request: Request,
    services: ServicesOf,
    user: UserOf,
    now: Now,
    asset_id: int,
    since: Annotated[
        datetime | None, Query(description="With a zone; default: an hour ago")
    ] = None,
    until: Annotated[datetime | None, Query(description="With a zone; default: now")] = None,
) -> SeriesModel:
    """What an asset measured, at most a week and 20,000 frames."""
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
            )
            for metric in kind.metrics
            if np.isfinite(series.values[metric.name]).any()
        ],
        is_cut=series.is_cut,
    )


def _span(since: datetime | None, until: datetime | None, now: datetime) -> assets.Span:
    end = until or now
    start = since or end - _DEFAULT_SPAN
    if start.tzinfo is None or end.tzinfo is None:
        raise BadRequest("since and until carry a zone, for example 2026-11-21T06:00:00Z")
    if not timedelta(0) < end - start <= _LONGEST:
        raise BadRequest("since lies before until, by at most 7 days")
    return assets.Span(since=start, until=end)


def _organisation_of(user: User) -> int:
    require(user, Ability.WORK)
    if user.organisation_id is None:
        raise NotAllowed("you belong to no organisation")
    return user.organisation_id


def _act_out(answer: Response, outcome: Outcome, language: str) -> ActOut:
    answer.status_code = outcome.status
    return ActOut(state=outcome.state.value, message=words_of(outcome, language))
