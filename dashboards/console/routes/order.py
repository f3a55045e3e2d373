"""Work orders: the list for desks, the steps for technicians on a phone."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from analytics.act import ActKind
from dashboards.console.act import Asked, act_on_order, may_act_on
from dashboards.console.errors import NotAllowed, NotFound
from dashboards.console.language import N_
from dashboards.console.role import Ability, User
from dashboards.console.routes.alarm import Key, Version, Words, answer
from dashboards.console.store import live
from dashboards.console.store import order as orders
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

router = APIRouter(include_in_schema=False)
_PAGE: Final = 100
_MINE: Final = 30

NEXT_STEP: Final = {
    "dispatched": (ActKind.ORDER_ACCEPT, N_("接单")),
    "accepted": (ActKind.ORDER_ARRIVE, N_("我已到场")),
    "on_site": (ActKind.ORDER_RESTORE, N_("已修复")),
    "restored": (ActKind.ORDER_VERIFY, N_("验收通过")),
    "verified": (ActKind.ORDER_CLOSE, N_("关闭工单")),
}
"""The one button of each state."""


@router.get("/orders")
def list_orders(
    request: Request,
    services: ServicesOf,
    user: UserOf,
    now: Now,
    closed: Annotated[bool, Query()] = False,
) -> Response:
    """Orders of the scope, newest first."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        wanted = orders.OrderFilter(is_open=not closed)
        lines = orders.fetch_orders(connection, wanted, limit=_PAGE)
        strip = strip_context(connection, now)
    context = {**strip, "orders": lines, "closed": closed, "stream_from": stream_from}
    return page(request, "order/list.html", context, user=user)


@router.get("/orders/{order_id}")
@router.get("/t/{order_id}")
def show_order(
    request: Request, services: ServicesOf, user: UserOf, now: Now, order_id: int
) -> Response:
    """One order with its next step."""
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        line = orders.fetch_order(connection, order_id)
        if line is None:
            raise NotFound(f"no order {order_id}")
        if not (user.may(Ability.WATCH) or may_act_on(user, line, ActKind.ORDER_ACCEPT)):
            raise NotAllowed("this order is another organisation's")
        steps = orders.fetch_steps(connection, order_id)
        strip = strip_context(connection, now)
    context = {
        **strip,
        "order": line,
        "steps": steps,
        "step": step_for(user, line),
        "may_decline": line.state in ("dispatched", "accepted")
        and may_act_on(user, line, ActKind.ORDER_DECLINE),
        "stream_from": stream_from,
    }
    return page(request, "order/detail.html", context, user=user)


@router.get("/t")
def my_orders(request: Request, services: ServicesOf, user: UserOf, now: Now) -> Response:
    """Open orders of the user's own organisation, as cards for a phone."""
    require(user, Ability.WORK)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        wanted = orders.OrderFilter(owner_id=user.organisation_id, is_open=True)
        has_any = user.organisation_id is not None
        lines = orders.fetch_orders(connection, wanted, limit=_MINE) if has_any else []
        strip = strip_context(connection, now)
    cards = [(line, step_for(user, line)) for line in lines]
    context = {**strip, "cards": cards, "stream_from": stream_from, "has_organisation": has_any}
    return page(request, "order/mine.html", context, user=user)


@router.post("/orders/{order_id}/{kind}")
def act(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    order_id: int,
    kind: str,
    version: Version = None,
    text: Words = "",
    key: Key = None,
) -> Response:
    """Move the order one step on; the answer is the alarm process's word."""
    asked = Asked(kind=f"order_{kind}", key=key, version=version, text=text)
    outcome = act_on_order(services.store, user, order_id, asked)
    return answer(request, outcome, language_of(request, user), f"/orders/{order_id}")


def step_for(user: User, order: orders.OrderLine) -> tuple[ActKind, str] | None:
    """The next step that this user may take, with the words of its button."""
    step = NEXT_STEP.get(order.state)
    return step if step is not None and may_act_on(user, order, step[0]) else None
