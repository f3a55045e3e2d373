"""What residents and owners think of the work: a link that is good once, and stars with words."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, cast

from analytics.digest import digest_of
from analytics.live import Announcement, Change
from analytics.orders.facts import OrderNotice, Told, order_facts, tell
from analytics.orders.work_order import OrderId
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "verification.sql")
VALID_FOR: Final = timedelta(days=30)
MOST_COMMENT: Final = 500
"""Longest comment [characters]."""
_TOKEN_BYTES: Final = 24
_STARS: Final = range(1, 6)


class Rater(StrEnum):
    """Who rates."""

    RESIDENT = "resident"
    OWNER = "owner"
    OWNERS_COMMITTEE = "owners_committee"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What somebody thinks of the work.

    Attributes:
        stars: 1 to 5.
    """

    stars: int
    comment: str = ""

    def __post_init__(self) -> None:
        if self.stars not in _STARS:
            raise ValueError("1 to 5 stars")
        if len(self.comment) > MOST_COMMENT:
            raise ValueError(f"at most {MOST_COMMENT} characters")


def token_hash(token: str) -> bytes:
    """What the database keeps of a token: SHA-256, since the token is random already."""
    return hashlib.sha256(token.encode()).digest()


def new_token() -> str:
    """A token for a link; only its hash is ever stored."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def keep_token(
    connection: Connection, hashed: bytes, order_id: OrderId, rater: Rater, now: datetime
) -> None:
    """Let whoever has the link rate an order once, within 30 days."""
    connection.execute(
        _QUERIES["make_token"],
        {
            "token_hash": hashed,
            "order_id": order_id,
            "rater": rater,
            "now": now,
            "expires_at": now + VALID_FOR,
        },
    )


def rate(connection: Connection, hashed: bytes, rating: Rating, now: datetime) -> OrderId | None:
    """Store a rating in the caller's transaction; None when the link is not good (any more)."""
    values = {"token_hash": hashed, "now": now}
    row = connection.execute(_QUERIES["use_token"], values).fetchone()
    if row is None:
        return None
    order_id, rater = OrderId(cast("int", row[0])), str(row[1])
    connection.execute(
        _QUERIES["add_rating"],
        {
            "order_id": order_id,
            "rater": rater,
            "stars": rating.stars,
            "comment": rating.comment,
            "now": now,
            "digest": digest_of(order_id, rater, rating.stars, rating.comment, now),
        },
    )
    facts = order_facts(connection, [order_id])[order_id]
    words = Told(
        kind=OrderNotice.RATED,
        facts=facts,
        to=facts.owner,
        note=f"{rating.stars}/5 {rating.comment}",
    )
    tell(connection, words, now)
    told = Announcement()
    told.add(Change.ORDER, order_id, facts.place_path)
    told.write(connection, now)
    return order_id
