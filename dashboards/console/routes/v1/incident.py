"""Incidents with their alarms, running clocks, and early warnings."""

from typing import Annotated

from fastapi import APIRouter, Query

from dashboards.console import cursor
from dashboards.console.errors import NotFound
from dashboards.console.openapi import problems
from dashboards.console.paging import MOST_ID, After, Id, Limit, Page, page_of
from dashboards.console.record import AlarmNumber, Incident, RunningClock, WarningModel
from dashboards.console.role import Ability
from dashboards.console.store import record
from dashboards.console.web import ServicesOf, UserOf, require

router = APIRouter()
Open = Annotated[
    bool | None, Query(alias="open", description="Only open (true) or over (false); default: all")
]
OfId = Annotated[int | None, Query(ge=1, le=MOST_ID)]


@router.get("/incidents", tags=["incidents"], summary="Incidents", responses=problems(400))
def list_incidents(
    services: ServicesOf,
    user: UserOf,
    is_open: Open = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[Incident]:
    """Alarms with one cause, newest first; life safety is never folded away into one."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_incidents(
            connection, is_open=is_open, after=cursor.to_id(after), limit=limit + 1
        )
    return page_of(lines, limit, lambda one: one, lambda one: cursor.pack(one.id))


@router.get(
    "/incidents/{incident_id}",
    tags=["incidents"],
    summary="One incident",
    responses=problems(404),
)
def get_incident(services: ServicesOf, user: UserOf, incident_id: Id) -> Incident:
    """One incident, open or closed."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_incidents(connection, incident_id=incident_id)
    if not lines:
        raise NotFound(f"no incident {incident_id}")
    return lines[0]


@router.get(
    "/incidents/{incident_id}/alarms",
    tags=["incidents"],
    summary="Alarms of an incident",
    responses=problems(400, 404),
)
def list_incident_alarms(
    services: ServicesOf, user: UserOf, incident_id: Id, limit: Limit = 100, after: After = None
) -> Page[AlarmNumber]:
    """The numbers of its alarms, oldest first, open and closed."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        if not record.fetch_incidents(connection, incident_id=incident_id):
            raise NotFound(f"no incident {incident_id}")
        lines = record.fetch_incident_alarms(
            connection, incident_id, after=cursor.to_id(after), limit=limit + 1
        )
    return page_of(lines, limit, lambda one: one, lambda one: cursor.pack(one.id))


@router.get("/clocks", tags=["incidents"], summary="Running clocks", responses=problems(400))
def list_clocks(  # noqa: PLR0913, PLR0917 - the parts of a query
    services: ServicesOf,
    user: UserOf,
    alarm_id: OfId = None,
    order_id: OfId = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[RunningClock]:
    """Deadlines of alarms and orders of the scope that run, newest first."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_clocks(
            connection,
            alarm_id=alarm_id,
            order_id=order_id,
            after=cursor.to_id(after),
            limit=limit + 1,
        )
    return page_of(lines, limit, lambda one: one, lambda one: cursor.pack(one.id))


@router.get("/warnings", tags=["warnings"], summary="Early warnings", responses=problems(400))
def list_warnings(
    services: ServicesOf,
    user: UserOf,
    is_open: Open = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[WarningModel]:
    """What will fail, by when, why; newest first."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_warnings(
            connection, is_open=is_open, after=cursor.to_id(after), limit=limit + 1
        )
    return page_of(lines, limit, lambda one: one, lambda one: cursor.pack(one.id))
