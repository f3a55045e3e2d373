"""The public notice board 公示栏 of a compound: what has to stand on it, and how old it may be.

References:
    Fields: public documents on residential property management, secondary sources, unverified.
    How old a field may be before it counts as stale: our choice, the documents say "kept current".
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from analytics.alarms.report import PlacePath
from analytics.digest import digest_of
from gateway.catalogue import Text
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "board.sql")


class Field(StrEnum):
    """What people post; the rest of the board is computed."""

    PROJECT_MANAGER = "project_manager"
    COMPLAINT_PHONE = "complaint_phone"
    SERVICES = "services"
    FEES = "fees"
    PARKING = "parking"
    SHARED_POWER = "shared_power"
    FEE_ACCOUNT = "fee_account"
    COMMON_REVENUE = "common_revenue"
    LIFT_SPENDING = "lift_spending"


LABELS: Final = {
    Field.PROJECT_MANAGER: Text(zh="项目负责人基本情况及办公电话", en="Project manager and office"),
    Field.COMPLAINT_PHONE: Text(zh="投诉电话", en="Complaints"),
    Field.SERVICES: Text(zh="服务内容和标准", en="Services and standards"),
    Field.FEES: Text(zh="收费项目和标准", en="Fees and standards"),
    Field.PARKING: Text(zh="车位使用情况", en="Use of parking"),
    Field.SHARED_POWER: Text(zh="公共用电分摊", en="Shared electricity"),
    Field.FEE_ACCOUNT: Text(zh="物业费收支情况", en="Income and spending of fees"),
    Field.COMMON_REVENUE: Text(zh="公共收益收支情况", en="Income and spending of common revenue"),
    Field.LIFT_SPENDING: Text(zh="电梯维护保养费用", en="Spending on lifts"),
}
_YEAR: Final = timedelta(days=366)
_QUARTER: Final = timedelta(days=92)
STALE_AFTER: Final = {
    Field.PROJECT_MANAGER: _YEAR,
    Field.COMPLAINT_PHONE: _YEAR,
    Field.SERVICES: _YEAR,
    Field.FEES: _YEAR,
    Field.PARKING: _QUARTER,
    Field.SHARED_POWER: _QUARTER,
    Field.FEE_ACCOUNT: _QUARTER,
    Field.COMMON_REVENUE: _QUARTER,
    Field.LIFT_SPENDING: _QUARTER,
}
"""How long a post stands for the present; afterwards the board itself says that it is old."""
LIFT_OUT: Final = (
    "suspected_stop",
    "restart_prevented",
    "position_lost",
    "main_power_off",
    "lift_must_be_checked",
    "mode_out_of_service",
    "mode_inspection",
    "safety_circuit_open",
)
"""Conditions under which a lift does not run; the board says so of lifts, and of nothing else."""
_SEPARATORS: Final = re.compile(r"(?<=\d)[ \-\u2010-\u2015\u00a0](?=\d)")
_MOBILE: Final = re.compile(r"(?<!\d)(?:86)?1[3-9]\d{9}(?!\d)")
_IDENTITY: Final = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
PERIOD: Final = re.compile(r"20\d\d(?:-(?:0[1-9]|1[0-2])|-Q[1-4]|-H[12])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One thing that somebody posts.

    Attributes:
        asset: Code of the lift whose spending it is; empty for every other field.
        period: What it is about; empty: as of now.
        amount_fen: For spending [fen].
    """

    field: Field
    text: str = ""
    asset: str = ""
    period: str = ""
    amount_fen: int | None = None

    def __post_init__(self) -> None:
        """Refuse what the board could not show."""
        is_spending = self.field is Field.LIFT_SPENDING
        if is_spending != bool(self.asset):
            raise ValueError("spending on lifts names its lift, and nothing else does")
        if is_spending and (self.amount_fen is None or not self.period):
            raise ValueError("spending on lifts needs an amount and a period")
        if not is_spending and not self.text.strip():
            raise ValueError("there is nothing to post")
        if self.period and not PERIOD.fullmatch(self.period):
            raise ValueError(f"period {self.period!r}: such as 2026-11, 2026-Q4, 2026-H2 or 2026")
        if self.amount_fen is not None and self.amount_fen < 0:
            raise ValueError("an amount is not negative")


def is_personal(text: str) -> bool:
    """Whether a text holds a mobile or identity number: the board is for everybody to read."""
    joined = _SEPARATORS.sub("", text)
    return bool(_MOBILE.search(joined) or _IDENTITY.search(joined))


def is_stale(field: Field, posted_at: datetime, now: datetime) -> bool:
    """Whether a post is too old to stand for the present."""
    return now - posted_at > STALE_AFTER[field]


def add_post(
    connection: Connection, place_path: PlacePath, post: Post, by: str, now: datetime
) -> bool:
    """Post it in the caller's transaction; False: the place has no such lift."""
    row = connection.execute(
        _QUERIES["add_post"],
        {
            "place_path": place_path,
            "field": post.field,
            "asset": post.asset,
            "period": post.period,
            "text": post.text.strip(),
            "amount_fen": post.amount_fen,
            "by": by,
            "now": now,
            "digest": digest_of(
                place_path,
                post.field,
                post.asset,
                post.period,
                post.text.strip(),
                post.amount_fen,
                by,
                now,
            ),
        },
    ).fetchone()
    return row is not None
