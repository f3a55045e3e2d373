"""Work orders, reports that open them, joint calls, the maintenance fund, links for ratings."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from analytics.act import ActKind
from analytics.orders.rating import Rater
from dashboards.console import cursor
from dashboards.console.act import Asked, act_on_order, may_act_on
from dashboards.console.act_model import ActOut, OrderActIn
from dashboards.console.errors import NotAllowed, NotFound
from dashboards.console.model import OrderDetailModel, OrderModel, OrderStepModel
from dashboards.console.openapi import problems
from dashboards.console.paging import After, Id, Limit, Page, page_of
from dashboards.console.record import ReportModel
from dashboards.console.reply import IfMatch, Key, reply, tag, version_of
from dashboards.console.role import Ability, User
from dashboards.console.store import order as orders
from dashboards.console.store import record
from dashboards.console.web import ActingUser, ServicesOf, UserOf, require
from dashboards.console.work import (
    Called,
    FundAsked,
    Said,
    ask_rating,
    call_together,
    file_report,
    move_fund,
)
from dashboards.console.work_model import CallIn, FundIn, RatingLink, ReportIn

router = APIRouter(tags=["orders"])


@router.get("/orders", summary="Work orders", responses=problems(400))
def list_orders(
    services: ServicesOf,
    user: UserOf,
    is_open: Annotated[bool | None, Query(alias="open")] = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[OrderModel]:
    """Work orders of the scope, newest first; a technician sees the own organisation's."""
    wanted = orders.OrderFilter(
        owner_id=None if user.may(Ability.WATCH) else _organisation_of(user),
        is_open=is_open,
        after=cursor.to_id(after),
    )
    with services.store.scoped(user.scope) as connection:
        lines = orders.fetch_orders(connection, wanted, limit=limit + 1)
    return page_of(lines, limit, OrderModel.of, lambda one: cursor.pack(one.id))


@router.get("/orders/{order_id}", summary="One work order", responses=problems(404))
def get_order(
    answer: Response, services: ServicesOf, user: UserOf, order_id: Id
) -> OrderDetailModel:
    """One order with its history; its ETag is its version."""
    with services.store.scoped(user.scope) as connection:
        line = orders.fetch_order(connection, order_id)
        if line is None:
            raise NotFound(f"no order {order_id}")
        if not (user.may(Ability.WATCH) or may_act_on(user, line, ActKind.ORDER_ACCEPT)):
            raise NotAllowed("this order is another organisation's")
        steps = orders.fetch_steps(connection, order_id)
    tag(answer, line.version)
    return OrderDetailModel(
        order=OrderModel.of(line),
        detail=line.detail,
        source=line.source,
        merged_into=line.merged_into,
        repeat_of=line.repeat_of,
        steps=[OrderStepModel.model_validate(step, from_attributes=True) for step in steps],
    )


@router.post(
    "/orders/{order_id}/acts",
    summary="Move an order one step on",
    responses={202: {"model": ActOut}, **problems(404, 409, 412, 428)},
)
def act_order(  # noqa: PLR0913, PLR0917 - the parts of a request
    request: Request,
    answer: Response,
    services: ServicesOf,
    user: ActingUser,
    order_id: Id,
    body: OrderActIn,
    key: Key = None,
    seen: IfMatch = None,
) -> ActOut:
    """Needs the version that was seen: If-Match, or `version` in the body."""
    asked = Asked(
        kind=body.kind,
        key=key,
        version=version_of(body.kind, seen, body.version),
        text=body.text,
        technician=body.technician,
    )
    outcome = act_on_order(services.store, user, order_id, asked)
    return reply(request, answer, outcome, user, seen)


@router.post(
    "/orders/{order_id}/fund",
    summary="Take a step of the maintenance fund's part",
    responses={202: {"model": ActOut}, **problems(404, 409)},
)
def post_fund(  # noqa: PLR0913, PLR0917 - the parts of a request
    request: Request,
    answer: Response,
    services: ServicesOf,
    user: ActingUser,
    order_id: Id,
    body: FundIn,
    key: Key = None,
) -> ActOut:
    """Apply, approve, reject, settle, publish."""
    wanted = FundAsked(step=body.step, item=body.item, amount_fen=body.amount_fen, text=body.text)
    return reply(request, answer, move_fund(services.store, user, order_id, wanted, key), user)


@router.post(
    "/orders/{order_id}/rating-links",
    summary="Make a link for a rating",
    status_code=201,
    responses=problems(404, 409),
)
def post_link(  # noqa: PLR0913, PLR0917 - the parts of a request
    request: Request,
    answer: Response,
    services: ServicesOf,
    user: ActingUser,
    order_id: Id,
    rater: Rater,
    key: Key = None,
) -> RatingLink:
    """A link that lets somebody rate the order once; 202: it will be good in a moment."""
    link = ask_rating(services.store, user, order_id, rater, key)
    reply(request, answer, link.outcome, user)
    answer.status_code = 201
    return RatingLink(path=f"/rate/{link.token}")


@router.get("/reports", summary="What people reported", responses=problems(400))
def list_reports(
    services: ServicesOf,
    user: UserOf,
    source: Annotated[Literal["resident", "hotline", "round"] | None, Query()] = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[ReportModel]:
    """Reports of residents, the hotline and rounds within the scope, newest first."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_reports(
            connection, source=source, after=cursor.to_id(after), limit=limit + 1
        )
    return page_of(lines, limit, lambda one: one, lambda one: cursor.pack(one.id))


@router.post(
    "/reports",
    summary="Report what is wrong",
    responses={202: {"model": ActOut}, **problems(404, 409)},
)
def post_report(  # noqa: PLR0913, PLR0917 - the parts of a request
    request: Request,
    answer: Response,
    services: ServicesOf,
    user: ActingUser,
    body: ReportIn,
    key: Key = None,
) -> ActOut:
    """Take in a hotline's case or a finding; a case number is taken in once, whatever the key."""
    said = Said(
        category=body.category,
        place=body.place,
        asset=body.asset,
        text=body.text,
        contact=body.contact,
        case_number=body.case_number,
    )
    return reply(request, answer, file_report(services.store, user, said, key), user)


@router.post(
    "/calls",
    summary="Call departments together",
    responses={202: {"model": ActOut}, **problems(404, 409)},
)
def post_call(  # noqa: PLR0913, PLR0917 - the parts of a request
    request: Request,
    answer: Response,
    services: ServicesOf,
    user: ActingUser,
    body: CallIn,
    key: Key = None,
) -> ActOut:
    """社区吹哨: each department gets an order with a receipt and an arrival clock of its own."""
    called = Called(place=body.place, parties=list(body.parties), text=body.text)
    return reply(request, answer, call_together(services.store, user, called, key), user)


def _organisation_of(user: User) -> int:
    require(user, Ability.WORK)
    if user.organisation_id is None:
        raise NotAllowed("you belong to no organisation")
    return user.organisation_id
