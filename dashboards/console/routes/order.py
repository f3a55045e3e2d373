"""Work orders: the list for desks, the steps for technicians on a phone."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from starlette.responses import Response

from analytics.act import ActKind
from analytics.orders.fund import emergency_list
from dashboards.console import cursor
from dashboards.console.act import Asked, act_on_order, may_act_on
from dashboards.console.errors import NotAllowed, NotFound
from dashboards.console.language import N_
from dashboards.console.late import DoneAt, late_since
from dashboards.console.public import add_photos
from dashboards.console.role import Ability, Role, User
from dashboards.console.routes.alarm import Key, Version, Words, answer
from dashboards.console.routes.report import keep_photos
from dashboards.console.store import live, safety
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
from gateway.catalogue import asset_class
from ingest.database import Connection

router = APIRouter(include_in_schema=False)
_PAGE: Final = 100
_TREND: Final = timedelta(minutes=10)
"""How much of the device's trend a technician's page begins with."""
_LANE: Final = 100
"""Orders that a lane of the board shows; it counts them all and leads to the rest."""
_LANES: Final = ("proposed", "dispatched", "accepted", "on_site", "restored", "verified")
_MINE: Final = 100
_FIELD: Final = ("dispatched", "accepted", "on_site")
_ASSIGNABLE: Final = ("dispatched", "accepted", "on_site")
_DECLINABLE: Final = ("dispatched", "accepted")
_DONE: Final = ("restored", "verified", "closed")

NEXT_STEP: Final = {
    "dispatched": (ActKind.ORDER_ACCEPT, N_("接单")),
    "accepted": (ActKind.ORDER_ARRIVE, N_("我已到场")),
    "on_site": (ActKind.ORDER_RESTORE, N_("已修复")),
    "restored": (ActKind.ORDER_VERIFY, N_("验收通过")),
    "verified": (ActKind.ORDER_CLOSE, N_("关闭工单")),
}
"""The one button of each state."""


@router.get("/orders")
def list_orders(  # noqa: PLR0913, PLR0917 - the fields of an address
    request: Request,
    services: ServicesOf,
    user: UserOf,
    now: Now,
    closed: Annotated[bool, Query()] = False,
    state: Annotated[str | None, Query(max_length=20)] = None,
    after: Annotated[str | None, Query(max_length=300)] = None,
) -> Response:
    """Open orders of the scope, the most urgent first, or closed ones, the newest first; by pages."""
    require(user, Ability.WATCH)
    state = state if state in _LANES and not closed else None
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        lines = _listed(connection, after, state=state, is_closed=closed)
        counts = [] if closed else orders.count_open_orders(connection)
        strip = strip_context(connection, now)
    shown = lines[:_PAGE]
    of_state = [one for one in counts if state in {None, one.state}]
    named = {"closed": "true" if closed else None, "state": state, "after": after}
    context = {
        **strip,
        "orders": shown,
        "closed": closed,
        "state": state,
        "whole": None if closed else sum(one.orders for one in of_state),
        "here": _address("/orders", named),
        "is_first": after is None,
        "next_page": _address("/orders", named | {"after": _after(shown[-1], is_closed=closed)})
        if len(lines) > _PAGE
        else None,
        "stream_from": stream_from,
    }
    return page(request, "order/list.html", context, user=user)


@router.get("/orders/board")
def show_board(request: Request, services: ServicesOf, user: UserOf, now: Now) -> Response:
    """Open orders by their state: life safety on top, then those whose clock runs out first."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        columns = {
            state: orders.fetch_open_orders(connection, orders.OpenFilter(state=state), limit=_LANE)
            for state in _LANES
        }
        counts = {one.state: one for one in orders.count_open_orders(connection)}
        strip = strip_context(connection, now)
    context = {**strip, "columns": columns, "counts": counts, "stream_from": stream_from}
    return page(request, "order/board.html", context, user=user)


@router.get("/orders/{order_id}")
@router.get("/t/{order_id}")
def show_order(
    request: Request, services: ServicesOf, user: UserOf, now: Now, order_id: int
) -> Response:
    """One order with its next step."""
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        line = _order_for(connection, user, order_id)
        context = {
            **_story(connection, line),
            **_buttons(user, line),
            **strip_context(connection, now),
        }
        colleagues = (
            orders.fetch_colleagues(connection, line.owner_id or 0)
            if line.state in _ASSIGNABLE and may_act_on(user, line, ActKind.ORDER_ASSIGN)
            else []
        )
    is_measured = bool(line.asset_class) and asset_class(line.asset_class).table is not None
    context |= {
        "order": line,
        "items": emergency_list().items,
        "colleagues": colleagues,
        "acts": ActKind,
        "trend_since": now - _TREND if is_measured else None,
        "stream_from": stream_from,
    }
    is_phone = request.url.path.startswith("/t/")
    return page(
        request, "order/phone.html" if is_phone else "order/detail.html", context, user=user
    )


def _order_for(connection: Connection, user: User, order_id: int) -> orders.OrderLine:
    line = orders.fetch_order(connection, order_id)
    if line is None:
        raise NotFound(f"no order {order_id}")
    if not (user.may(Ability.WATCH) or may_act_on(user, line, ActKind.ORDER_ACCEPT)):
        raise NotAllowed("this order is another organisation's")
    return line


def _story(connection: Connection, line: orders.OrderLine) -> dict[str, object]:
    """What happened to the order, what stands beside it, where it is, and its rescue if it has one."""
    rescue = None
    if line.alarm_id is not None and line.asset_id is not None:
        rescue = safety.fetch_rescue(connection, line.alarm_id, line.asset_id)
    return {
        "steps": orders.fetch_steps(connection, line.id),
        "beside": orders.fetch_beside(connection, line.id),
        "place": orders.fetch_spot(connection, line.place_path),
        "rescue": rescue,
        "rescue_facts": [] if rescue is None else safety.fetch_rescue_facts(connection, rescue.id),
    }


def _buttons(user: User, line: orders.OrderLine) -> dict[str, object]:
    """What this user may do with the order as it stands; the alarm process judges it again."""
    is_done = line.state in _DONE
    return {
        "step": step_for(user, line),
        "field_steps": field_steps(user, line),
        "may_photo": may_act_on(user, line, ActKind.ORDER_PHOTO),
        "may_decline": line.state in _DECLINABLE and may_act_on(user, line, ActKind.ORDER_DECLINE),
        "may_reopen": is_done and may_act_on(user, line, ActKind.ORDER_REOPEN),
        "may_ask_rating": is_done and user.may_act(ActKind.ORDER_ASK_RATING),
        "may_fund": user.may_act(ActKind.ORDER_FUND),
    }


@router.get("/t")
def my_orders(
    request: Request,
    services: ServicesOf,
    user: UserOf,
    now: Now,
    after: Annotated[str | None, Query(max_length=300)] = None,
) -> Response:
    """Open orders as cards for a phone, the most urgent first.

    A registered technician's own, else the organisation's.
    """
    require(user, Ability.WORK)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        is_own = user.role is Role.TECHNICIAN and orders.is_technician(connection, user.name)
        wanted = orders.OpenFilter(
            owner_id=user.organisation_id,
            technician=user.name if is_own else None,
            after=cursor.to_order(after),
        )
        has_any = user.organisation_id is not None
        lines = orders.fetch_open_orders(connection, wanted, limit=_MINE + 1) if has_any else []
        strip = strip_context(connection, now)
    cards = [(line, field_steps(user, line)) for line in lines[:_MINE]]
    is_cut = len(lines) > _MINE
    context = {
        **strip,
        "cards": cards,
        "here": _address("/t", {"after": after}),
        "next_page": _address("/t", {"after": cursor.of_order(lines[_MINE - 1])})
        if is_cut
        else None,
        "stream_from": stream_from,
        "has_organisation": has_any,
    }
    return page(request, "order/mine.html", context, user=user)


@router.post("/orders/{order_id}/photos")
def send_photos(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    now: Now,
    order_id: int,
    photos: Annotated[list[UploadFile], File()],
    done_at: DoneAt = None,
    key: Key = None,
) -> Response:
    """Photos of the work; the same file again is the same photo."""
    asked = Asked(kind="order_photo", key=key, done_at=late_since(done_at, now))
    outcome = add_photos(services.store, user, order_id, keep_photos(services, photos), asked)
    return answer(request, outcome, language_of(request, user), f"/t/{order_id}")


@router.post("/orders/{order_id}/{kind}")
def act(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    now: Now,
    order_id: int,
    kind: str,
    version: Version = None,
    text: Words = "",
    technician: Annotated[str, Form(max_length=40)] = "",
    done_at: DoneAt = None,
    key: Key = None,
) -> Response:
    """Move the order one step on; the answer is the alarm process's word."""
    asked = Asked(
        kind=f"order_{kind}",
        key=key,
        version=version,
        text=text,
        technician=technician,
        done_at=late_since(done_at, now),
    )
    outcome = act_on_order(services.store, user, order_id, asked)
    return answer(request, outcome, language_of(request, user), f"/orders/{order_id}")


def _listed(
    connection: Connection, after: str | None, *, state: str | None, is_closed: bool
) -> list[orders.OrderLine]:
    """One order more than a page has, so that it is known whether others follow."""
    if is_closed:
        ended = orders.OrderFilter(is_open=False, after=cursor.to_id(after))
        return orders.fetch_orders(connection, ended, limit=_PAGE + 1)
    wanted = orders.OpenFilter(state=state, after=cursor.to_order(after))
    return orders.fetch_open_orders(connection, wanted, limit=_PAGE + 1)


def _after(line: orders.OrderLine, *, is_closed: bool) -> str:
    return cursor.pack(line.id) if is_closed else cursor.of_order(line)


def _address(path: str, named: Mapping[str, str | None]) -> str:
    """The address of a list with what is chosen of it."""
    query = urlencode({name: value for name, value in named.items() if value})
    return f"{path}?{query}" if query else path


def field_steps(user: User, order: orders.OrderLine) -> list[tuple[ActKind, str]]:
    """The steps that are left on site, the next one first, where the user may take them."""
    found: list[tuple[ActKind, str]] = []
    for state in _FIELD:
        kind, words = NEXT_STEP[state]
        if (found or state == order.state) and may_act_on(user, order, kind):
            found.append((kind, words))
    return found


def step_for(user: User, order: orders.OrderLine) -> tuple[ActKind, str] | None:
    """The next step that this user may take, with the words of its button."""
    step = NEXT_STEP.get(order.state)
    return step if step is not None and may_act_on(user, order, step[0]) else None
