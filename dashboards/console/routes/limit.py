"""How many alarms another limit would have raised in the last 30 days."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from analytics.alarms.limit_preview import BACK, preview_of
from dashboards.console.errors import BadRequest
from dashboards.console.role import Ability
from dashboards.console.store import admin
from dashboards.console.store import limit as store
from dashboards.console.web import Now, ServicesOf, UserOf, page, require, strip_context
from gateway.catalogue import ASSET_CLASSES

router = APIRouter(include_in_schema=False)
_MOST: Final = 200_000
_WORST: Final = 20
_CLASSES: Final = tuple(kind for kind in ASSET_CLASSES if kind.table is not None)


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
    }
    return page(request, "admin/limits.html", context, user=user)


def _limit(name: str, value: float, *, is_above: bool) -> store.Limit:
    class_name, _, metric_name = name.partition(".")
    for kind in _CLASSES:
        metric = kind.metric(metric_name)
        if kind.name == class_name and metric is not None:
            return store.Limit(kind=kind, metric=metric, value=value, is_above=is_above)
    raise BadRequest("metric: choose one of the list")
