"""Limits: what another one would have raised in the last 30 days; set one, take one back."""

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Form, Path, Query, Request
from starlette.responses import Response

from analytics.act import ActKind
from analytics.alarms.limit_preview import BACK, preview_of
from dashboards.console import limit as limits
from dashboards.console.act import Asked
from dashboards.console.errors import BadRequest
from dashboards.console.limit import LimitAsked, standards_of
from dashboards.console.present import ZONE
from dashboards.console.role import Ability, covers
from dashboards.console.routes.alarm import Key, Words, answer
from dashboards.console.store import admin
from dashboards.console.store import limit as store
from dashboards.console.web import (
    ActingUser,
    Now,
    ServicesOf,
    UserOf,
    language_of,
    page,
    require,
    strip_context,
)
from gateway.catalogue import ASSET_CLASSES, asset_class

router = APIRouter(include_in_schema=False)
_MOST: Final = 200_000
_WORST: Final = 20
_SETTINGS: Final = 300
_CLASSES: Final = tuple(kind for kind in ASSET_CLASSES if kind.table is not None)


@router.post("/admin/limits")
def set_limit(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    now: Now,
    metric: Annotated[str, Form(max_length=80)],
    value: Annotated[float, Form(allow_inf_nan=False)],
    side: Annotated[str, Form(pattern="^(above|below)$")],
    standard: Annotated[str, Form(max_length=20, pattern=r"^-?[0-9.]*$")] = "",
    place: Annotated[str, Form(max_length=60)] = "",
    asset: Annotated[str, Form(max_length=60)] = "",
    begins: Annotated[str, Form(max_length=20)] = "",
    text: Words = "",
    key: Key = None,
) -> Response:
    """Set a limit for a place or for one device; the running warnings take it up by themselves."""
    wanted = LimitAsked(
        name=metric,
        value=value,
        is_floor=side == "below",
        standard=_number(standard),
        place=place,
        asset=asset.strip(),
        valid_from=_moment(begins),
    )
    asked = Asked(kind=ActKind.LIMIT_SET, key=key, text=text)
    outcome = limits.set_limit(services.store, user, wanted, asked, now)
    return answer(request, outcome, language_of(request, user), "/admin/limits")


@router.post("/admin/limits/{setting_id}/withdraw")
def withdraw_limit(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    now: Now,
    setting_id: Annotated[int, Path(ge=1, le=2**62)],
    text: Words = "",
    key: Key = None,
) -> Response:
    """Take a limit back: what held before it holds again."""
    asked = Asked(kind=ActKind.LIMIT_WITHDRAW, key=key, text=text)
    outcome = limits.withdraw_limit(services.store, user, setting_id, asked, now)
    return answer(request, outcome, language_of(request, user), "/admin/limits")


def _number(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise BadRequest("standard: a number") from None


def _moment(text: str) -> datetime | None:
    """A time of the places, as a browser's field says it."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZONE)
    except ValueError:
        raise BadRequest("begins: a date and time") from None


@router.get("/admin/limits")
def show_limits(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: UserOf,
    now: Now,
    metric: Annotated[str, Query(max_length=80)] = "",
    value: Annotated[float | None, Query(allow_inf_nan=False)] = None,
    side: Annotated[str, Query(pattern="^(above|below)$")] = "above",
) -> Response:
    """Choose a metric and a limit; the counts come from the hours of the last 30 days."""
    require(user, Ability.ADMIN)
    limit = None if value is None else _limit(metric, value, is_above=side == "above")
    beyond = []
    with services.store.scoped(user.scope) as connection:
        if limit is not None:
            beyond = store.fetch_beyond(connection, limit, now - BACK, most=_MOST)
        found = None if limit is None else preview_of(beyond)
        worst = [] if found is None else list(found.assets[:_WORST])
        names = store.fetch_names(connection, [asset for asset, _ in worst])
        settings = store.fetch_settings(connection, limit=_SETTINGS)
        places = store.fetch_places(connection) if limit is not None else []
        strip = strip_context(connection, now)
    if limit is not None:
        with services.store.scoped(user.scope, writes=True) as connection:
            admin.note(connection, user, "limit_preview", metric, f"{side} {value:g}", now)
    context = {
        **strip,
        "classes": _CLASSES,
        "chosen": metric,
        "value": value,
        "side": side,
        "limit": limit,
        "found": found,
        "is_cut": len(beyond) == _MOST,
        "worst": [(names[asset], count) for asset, count in worst if asset in names],
        "days": BACK.days,
        "settings": settings,
        "places": places,
        "standards": standards_of(metric, is_floor=side == "below"),
        "metric_of": lambda line: asset_class(line.asset_class).metric(line.metric),
        "may_set": user.may_act(ActKind.LIMIT_SET),
        "may_withdraw": lambda line: (
            user.may_act(ActKind.LIMIT_WITHDRAW) and covers(user.scope, line.path)
        ),
        "now": now,
    }
    return page(request, "admin/limits.html", context, user=user)


def _limit(name: str, value: float, *, is_above: bool) -> store.Limit:
    class_name, _, metric_name = name.partition(".")
    for kind in _CLASSES:
        metric = kind.metric(metric_name)
        if kind.name == class_name and metric is not None:
            return store.Limit(kind=kind, metric=metric, value=value, is_above=is_above)
    raise BadRequest("metric: choose one of the list")
