"""The public board, the monthly rating and photos of the work: a request becomes an act."""

import csv
import io
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid5

from analytics.act import ActId, ActKind, Person
from analytics.act.public_kind import AddPhotos, ImportRatings, MakeSlips, PostOnBoard, RateMonth
from analytics.orders.rating import token_hash
from analytics.orders.work_order import OrderId
from analytics.supervision.board import LABELS, Field
from analytics.supervision.survey import COMMITTEE, OWNER, Answer
from dashboards.console.act import (
    WAIT_S,
    Asked,
    Outcome,
    carry,
    id_of,
    kind_of,
    may_act_on,
    person,
)
from dashboards.console.errors import BadRequest, NotAllowed, NotFound
from dashboards.console.language import N_
from dashboards.console.role import User
from dashboards.console.store import order as orders
from dashboards.console.store.pool import Store
from dashboards.console.work import RESIDENT

_TOKEN_BYTES: Final = 18
_FEN: Final = 100
_MOST_YUAN: Final = 1e9
MOST_ROWS: Final = 500
_HEADINGS: Final = {
    "公示内容": "field",
    "电梯": "asset",
    "时间": "period",
    "金额": "amount_yuan",
    "文字": "text",
    "门牌号": "household",
    "评分": "stars",
    "由谁评价": "giver",
    "意见": "note",
}
"""Headings that a table may have instead of the codes of its columns."""
_GIVERS: Final = {"业主": OWNER, "业委会": COMMITTEE}
_MANY_ROWS: Final = N_("没有导入：一次最多 %(n)s 行，请分成几个文件")
_NO_TABLE: Final = N_("没有导入：请把表格另存为 CSV（UTF-8 或 GB 18030 编码）")
_BAD_POST: Final = N_("没有导入：第 %(n)s 行不对。公示内容填名称或代码，金额填数字或留空")
_BAD_ANSWER: Final = N_(
    "没有导入：第 %(n)s 行不对。门牌号不能空，评分填 1 到 5，由谁评价填业主或业委会"
)


def add_photos(
    pool: Store, user: User, order_id: int, digests: Sequence[str], asked: Asked
) -> Outcome:
    """Photos of the work on an order.

    Raises:
        NotFound: The scope shows no such order.
        NotAllowed: The role may not, or the order is another organisation's.
    """
    kind_of(asked, user)
    with pool.scoped(user.scope) as connection:
        order = orders.fetch_order(connection, order_id)
    if order is None:
        raise NotFound(f"no order {order_id}")
    if not may_act_on(user, order, ActKind.ORDER_PHOTO):
        raise NotAllowed("this order is another organisation's")
    return carry(
        pool,
        lambda: AddPhotos(
            id=id_of(asked),
            by=person(user, order.place_path),
            order_id=OrderId(order_id),
            photos=tuple(digests),
        ),
        asked.done_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What somebody wants on the board of a compound."""

    place: str
    field: Field
    text: str = ""
    asset: str = ""
    period: str = ""
    amount_yuan: float | None = None


def post(pool: Store, user: User, posted: Posted, key: str | None) -> Outcome:
    """Post something on the board of a compound of the scope.

    Raises:
        NotFound: The scope shows no such place.
        NotAllowed: The role posts nothing.
        BadRequest: The board could not show it.
    """
    asked = Asked(kind="board_post", key=key, text=posted.text)
    kind_of(asked, user)
    by = _at(pool, user, posted.place)
    return carry(pool, lambda: _post(posted, id_of(asked), by))


def _post(posted: Posted, act_id: ActId, by: Person) -> PostOnBoard:
    amount = posted.amount_yuan
    return PostOnBoard(
        id=act_id,
        by=by,
        text=posted.text.strip(),
        place=posted.place,
        field=posted.field,
        asset=posted.asset.strip(),
        period=posted.period.strip(),
        amount_fen=None if amount is None else round(amount * _FEN),
    )


def post_rows(
    pool: Store, user: User, place: str, rows: Iterable[Posted], key: str | None
) -> list[Outcome]:
    """Post row after row of a list; the same list again posts nothing twice.

    Where the alarm process is away, one row is waited for and not each: all are kept for it.

    Raises:
        BadRequest: The board could not show a row; nothing was posted.
    """
    asked = Asked(kind="board_post", key=key)
    kind_of(asked, user)
    by = _at(pool, user, place)
    acts = _posts(rows, id_of(asked), by)
    outcomes: list[Outcome] = []
    for act in acts:
        is_away = bool(outcomes) and outcomes[-1].result is None
        outcomes.append(carry(pool, lambda: act, wait_s=0.0 if is_away else WAIT_S))  # noqa: B023 - called now
    return outcomes


def _posts(rows: Iterable[Posted], first: ActId, by: Person) -> list[PostOnBoard]:
    """All of a list before any of it is posted.

    Raises:
        BadRequest: The board could not show a row; the message says which.
    """
    made = []
    for number, row in enumerate(rows):
        try:
            made.append(_post(row, ActId(uuid5(first, str(number))), by))
        except ValueError as error:
            line = number + 2
            raise BadRequest(f"line {line}: {error}", sentence=_BAD_POST, n=line) from error
    return made


def read_posts(place: str, text: str) -> list[Posted]:
    """Rows of a CSV list: field, asset, period, amount_yuan, text; the first line names them.

    Raises:
        BadRequest: A row cannot be read; the message says which.
    """
    found = []
    for number, row in enumerate(_rows(text), start=2):
        try:
            amount = (row.get("amount_yuan") or "").strip()
            found.append(
                Posted(
                    place=place,
                    field=_field_of((row.get("field") or "").strip()),
                    asset=(row.get("asset") or "").strip(),
                    period=(row.get("period") or "").strip(),
                    amount_yuan=_yuan(amount) if amount else None,
                    text=(row.get("text") or "").strip(),
                )
            )
        except ValueError as error:
            raise BadRequest(f"line {number}: {error}", sentence=_BAD_POST, n=number) from error
    return found


def _yuan(said: str) -> float:
    """An amount of money.

    Raises:
        ValueError: It is none, or more than anything costs.
    """
    amount = float(said)
    if not 0 <= amount <= _MOST_YUAN:
        raise ValueError(f"amount_yuan: 0 to {_MOST_YUAN:g}")
    return amount


def _rows(text: str) -> list[dict[str, str]]:
    read = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    try:
        names = [name.strip() for name in read.fieldnames or ()]
        read.fieldnames = [_HEADINGS.get(name, name) for name in names]
        rows = list(read)
    except csv.Error as error:
        raise BadRequest(f"no table: {error}", sentence=_NO_TABLE) from error
    if len(rows) > MOST_ROWS:
        raise BadRequest(f"at most {MOST_ROWS} rows", sentence=_MANY_ROWS, n=MOST_ROWS)
    return rows


def _field_of(said: str) -> Field:
    """A field of the board by its code or its name.

    Raises:
        ValueError: There is none.
    """
    named = (field for field, label in LABELS.items() if said in (label.zh, label.en))
    return next(named, None) or Field(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A household's code; its token is shown once and never stored."""

    household: str
    token: str


def make_slips(
    pool: Store, user: User, place: str, households: Sequence[str], giver: str = OWNER
) -> tuple[Outcome, list[Code]]:
    """Codes for households; former ones of the same households end.

    Raises:
        NotFound: The scope shows no such place.
        NotAllowed: The role makes none.
        BadRequest: There are none or too many, or one stands there twice.
    """
    asked = Asked(kind="slips_make")
    kind_of(asked, user)
    by = _at(pool, user, place)
    codes = [Code(household=one, token=secrets.token_urlsafe(_TOKEN_BYTES)) for one in households]
    outcome = carry(
        pool,
        lambda: MakeSlips(
            id=id_of(asked),
            by=by,
            place=place,
            households=tuple(one.household for one in codes),
            token_hashes=tuple(token_hash(one.token).hex() for one in codes),
            giver=giver,
        ),
    )
    return outcome, codes


def rate_month(pool: Store, token: str, stars: int, comment: str, key: str | None) -> Outcome:
    """Rate the company of the code's compound for this month."""
    asked = Asked(kind="rate_month", key=key)
    return carry(
        pool,
        lambda: RateMonth(
            id=id_of(asked),
            by=RESIDENT,
            text=comment.strip(),
            token_hash=token_hash(token).hex(),
            stars=stars,
        ),
    )


def import_ratings(  # noqa: PLR0913, PLR0917 - what an import is
    pool: Store, user: User, place: str, month: str, text: str, key: str | None
) -> Outcome:
    """Take answers from a CSV list: household, stars, giver, note.

    Raises:
        NotFound: The scope shows no such place.
        NotAllowed: The role imports none.
        BadRequest: A row cannot be read.
    """
    asked = Asked(kind="ratings_import", key=key)
    kind_of(asked, user)
    by = _at(pool, user, place)
    answers = tuple(_answers(text))
    return carry(
        pool,
        lambda: ImportRatings(
            id=id_of(asked), by=by, place=place, month=month.strip(), answers=answers
        ),
    )


def _answers(text: str) -> Iterable[Answer]:
    for number, row in enumerate(_rows(text), start=2):
        giver = (row.get("giver") or "").strip() or OWNER
        try:
            yield Answer(
                household=(row.get("household") or "").strip(),
                stars=int(row.get("stars") or 0),
                giver=_GIVERS.get(giver, giver),
                note=(row.get("note") or "").strip(),
            )
        except ValueError as error:
            raise BadRequest(f"line {number}: {error}", sentence=_BAD_ANSWER, n=number) from error


def _at(pool: Store, user: User, place: str) -> Person:
    """Who asks, about a place that the scope shows."""
    with pool.scoped(user.scope) as connection:
        path = orders.fetch_place_path(connection, place)
    if path is None:
        raise NotFound(f"no place {place}")
    return person(user, path)
