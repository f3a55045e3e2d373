"""Duties by the calendar, points of rounds, and hand-overs of compounds."""

from fastapi import APIRouter

from dashboards.console import cursor
from dashboards.console.errors import NotFound
from dashboards.console.openapi import problems
from dashboards.console.paging import After, Limit, Page, SmallId, page_of
from dashboards.console.record import CheckpointModel, HandoverModel, PlanModel, PlanPeriod
from dashboards.console.role import Ability
from dashboards.console.store import record
from dashboards.console.web import ServicesOf, UserOf, require

router = APIRouter()


@router.get("/plans", tags=["plans"], summary="Duties by the calendar", responses=problems(400))
def list_plans(
    services: ServicesOf, user: UserOf, limit: Limit = 100, after: After = None
) -> Page[PlanModel]:
    """Maintenance of lifts, test calls, fire rounds of the scope; newest first."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_plans(connection, after=cursor.to_small_id(after), limit=limit + 1)
    return page_of(lines, limit, lambda one: one, lambda one: cursor.pack(one.id))


@router.get(
    "/plans/{plan_id}/periods",
    tags=["plans"],
    summary="Turns of a plan",
    responses=problems(400, 404),
)
def list_periods(
    services: ServicesOf, user: UserOf, plan_id: SmallId, limit: Limit = 100, after: After = None
) -> Page[PlanPeriod]:
    """Each turn with its order or what did it without a person, newest first."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        if not record.fetch_plans(connection, plan_id=plan_id):
            raise NotFound(f"no plan {plan_id}")
        lines = record.fetch_plan_periods(
            connection, plan_id, after=cursor.to_small_id(after), limit=limit + 1
        )
    return page_of(lines, limit, lambda one: one, lambda one: cursor.pack(one.number))


@router.get("/checkpoints", tags=["plans"], summary="Points of rounds", responses=problems(400))
def list_checkpoints(
    services: ServicesOf, user: UserOf, limit: Limit = 100, after: After = None
) -> Page[CheckpointModel]:
    """Points of the scope by code, and when somebody was there last."""
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_checkpoints(connection, after=cursor.to_name(after), limit=limit + 1)
    return page_of(lines, limit, lambda one: one, lambda one: cursor.pack(one.code))


@router.get(
    "/handovers", tags=["plans"], summary="Hand-overs of compounds", responses=problems(400)
)
def list_handovers(
    services: ServicesOf, user: UserOf, limit: Limit = 100, after: After = None
) -> Page[HandoverModel]:
    """Compounds of the scope that pass or passed to another organisation, newest first."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_handovers(connection, after=cursor.to_small_id(after), limit=limit + 1)
    return page_of(lines, limit, lambda one: one, lambda one: cursor.pack(one.id))
