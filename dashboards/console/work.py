"""Reports, calls, ratings and the fund: what a request asks for becomes an act."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analytics.act import Person
from analytics.act.work_kind import (
    AskRating,
    CallTogether,
    FileReport,
    FundStep,
    MoveFund,
    RateOrder,
)
from analytics.orders.rating import Rater, new_token, token_hash
from analytics.orders.report import Category, Source
from analytics.orders.work_order import OrderId
from dashboards.console.act import Asked, Outcome, carry, id_of, kind_of, person
from dashboards.console.errors import NotAllowed, NotFound
from dashboards.console.role import User
from dashboards.console.store import order as orders
from dashboards.console.store.pool import Store

RESIDENT: Final = Person(name="resident", role="resident", scope=())
"""Whoever has no account; which place it is about, the report itself says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a report's form or request says."""

    category: Category
    place: str = ""
    asset: str = ""
    point: str = ""
    text: str = ""
    contact: str = ""
    case_number: str = ""
    photos: Sequence[str] = ()
    is_fine: bool = False


def file_report(pool: Store, user: User | None, said: Said, key: str | None) -> Outcome:
    """Take a report in: of a resident without an account, or of a user.

    Raises:
        NotAllowed: The user's role may not report.
        BadRequest: It names no place, or the key is no UUID.
    """
    asked = Asked(kind="report", key=key, text=said.text)
    if user is not None:
        kind_of(asked, user)
        if not user.scope:
            raise NotAllowed("you see no place")
    by = RESIDENT if user is None else _anywhere(user)
    source = Source.RESIDENT
    if user is not None:
        source = Source.HOTLINE if said.case_number else Source.ROUND
    return carry(
        pool,
        lambda: FileReport(
            id=id_of(asked),
            by=by,
            text=said.text.strip(),
            category=said.category,
            source=source,
            place=said.place.strip(),
            asset=said.asset.strip(),
            case_number=said.case_number.strip(),
            checkpoint=said.point.strip(),
            contact=said.contact.strip(),
            photos=tuple(said.photos),
            is_fine=said.is_fine,
        ),
    )


def _anywhere(user: User) -> Person:
    """Who reports, with the scope as it is; the whole tree is no limit."""
    made = person(user, "")
    return (
        made
        if "" not in user.scope
        else Person(name=made.name, role=made.role, scope=(), organisation=made.organisation)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What a joint call says."""

    place: str
    parties: Sequence[str]
    text: str


def call_together(pool: Store, user: User, called: Called, key: str | None) -> Outcome:
    """Call departments to a place.

    Raises:
        NotAllowed: The role may not call.
        NotFound: There is no such place.
        BadRequest: No department or no reason is named, or the key is no UUID.
    """
    asked = Asked(kind="call_together", key=key, text=called.text)
    kind_of(asked, user)
    with pool.scoped(user.scope) as connection:
        place_path = orders.fetch_place_path(connection, called.place.strip())
    if place_path is None:
        raise NotFound(f"no place {called.place}")
    return carry(
        pool,
        lambda: CallTogether(
            id=id_of(asked),
            by=person(user, place_path),
            text=called.text.strip(),
            place=called.place.strip(),
            parties=tuple(called.parties),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A rating link that was just made; the token is shown once and never stored."""

    token: str
    outcome: Outcome


def ask_rating(
    pool: Store, user: User, order_id: int, rater: Rater, key: str | None = None
) -> Link:
    """Make a link that lets somebody rate an order once; the same key in a session, the same link.

    Raises:
        NotAllowed: The role may not ask.
        NotFound: The scope shows no such order.
    """
    asked = Asked(kind="order_ask_rating", key=key)
    kind_of(asked, user)
    path = _path_of(pool, user, order_id)
    token = new_token() if key is None else _token_of(user, key)
    outcome = carry(
        pool,
        lambda: AskRating(
            id=id_of(asked),
            by=person(user, path),
            order_id=OrderId(order_id),
            token_hash=token_hash(token).hex(),
            rater=rater,
        ),
    )
    return Link(token=token, outcome=outcome)


def _token_of(user: User, key: str) -> str:
    """The token of a key: who does not hold the session's secret cannot tell it from the key."""
    made = hmac.digest(user.csrf_token.encode(), f"rating:{key}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def rate_order(pool: Store, token: str, stars: int, comment: str) -> Outcome:
    """Rate the order of a link.

    Raises:
        BadRequest: The stars or the comment are out of range.
    """
    asked = Asked(kind="order_rate")
    return carry(
        pool,
        lambda: RateOrder(
            id=id_of(asked),
            by=RESIDENT,
            text=comment.strip(),
            token_hash=token_hash(token).hex(),
            stars=stars,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FundAsked:
    """A step of the fund's part."""

    step: FundStep
    item: str = ""
    amount_fen: int = 0
    text: str = ""


def move_fund(
    pool: Store, user: User, order_id: int, wanted: FundAsked, key: str | None
) -> Outcome:
    """Take a step of the maintenance fund's part of an order.

    Raises:
        NotAllowed: The role may not do it.
        NotFound: The scope shows no such order.
    """
    asked = Asked(kind="order_fund", key=key, text=wanted.text)
    kind_of(asked, user)
    path = _path_of(pool, user, order_id)
    return carry(
        pool,
        lambda: MoveFund(
            id=id_of(asked),
            by=person(user, path),
            text=wanted.text.strip(),
            order_id=OrderId(order_id),
            step=wanted.step,
            item=wanted.item,
            amount_fen=wanted.amount_fen,
        ),
    )


def _path_of(pool: Store, user: User, order_id: int) -> str:
    with pool.scoped(user.scope) as connection:
        order = orders.fetch_order(connection, order_id)
    if order is None:
        raise NotFound(f"no order {order_id}")
    return order.place_path
