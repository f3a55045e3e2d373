"""Early warnings 预警: the list with how they turned out, and one with what speaks for it."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from analytics.act import ActKind
from analytics.models.record import Record, fetch_records
from analytics.models.store import fallen_back
from dashboards.console.errors import NotFound
from dashboards.console.paging import Id
from dashboards.console.plot import plot_of
from dashboards.console.role import Ability
from dashboards.console.store import live
from dashboards.console.store import warning as warnings
from dashboards.console.web import Now, ServicesOf, UserOf, page, require, strip_context

router = APIRouter(include_in_schema=False)
_MOST: Final = 200
_ALIKE: Final = 10


@router.get("/warnings")
def list_warnings(request: Request, services: ServicesOf, user: UserOf, now: Now) -> Response:
    """Early warnings: what may fail, by when, why, and how it turned out."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        context = {
            "stream_from": live.fetch_bounds(connection).newest,
            "warnings": warnings.fetch_warnings(connection, limit=_MOST),
            "records": fetch_records(connection),
            "unfit": fallen_back(connection),
            **strip_context(connection, now),
        }
    return page(request, "warning/list.html", {**context, "acts": ActKind}, user=user)


@router.get("/warnings/{warning_id}")
def show_warning(
    request: Request, services: ServicesOf, user: UserOf, now: Now, warning_id: Id
) -> Response:
    """One early warning: its reason, the curve, the time it points to, and what came of others."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        line = warnings.fetch_warning(connection, warning_id)
        if line is None:
            raise NotFound(f"no warning {warning_id}")
        evidence = warnings.fetch_evidence(connection, warning_id)
        context = {
            "stream_from": live.fetch_bounds(connection).newest,
            "item": line,
            "unit": evidence.unit,
            "plot": plot_of(line, evidence),
            "alike": warnings.fetch_alike(connection, line, limit=_ALIKE),
            "record": _record_of(line, fetch_records(connection)),
            **strip_context(connection, now),
        }
    return page(request, "warning/detail.html", {**context, "acts": ActKind}, user=user)


def _record_of(line: warnings.WarningLine, records: list[Record]) -> Record | None:
    """How often what said this warning was right."""
    said_by = (line.model_id, line.asset_class, line.detector)
    return next(
        (one for one in records if (one.model, one.asset_class, one.detector) == said_by), None
    )
