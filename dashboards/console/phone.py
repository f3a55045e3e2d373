"""A technician's telephone: a link that is good once, then a PIN that is good on it alone.

A PIN is short, so it is worth nothing without the telephone's own cookie, and five wrong ones
block the telephone until a new link is sent.
"""

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from dashboards.console import auth, metrics
from dashboards.console.auth import Issued, token_hash
from dashboards.console.errors import BadRequest, NotAllowed, WrongPassword
from dashboards.console.password import hash_password, is_password
from dashboards.console.store import phone as store
from dashboards.console.store.pool import Store

LINK_VALID_FOR: Final = timedelta(hours=24)
PHONE_VALID_FOR: Final = timedelta(days=180)
MOST_WRONG: Final = 5
COOKIE: Final = "towerwatch_phone"
_PIN: Final = re.compile(r"[0-9]{6}")
_TOKEN_BYTES: Final = 24


def phone_cookie(*, behind_tls: bool) -> str:
    """Name of the telephone's own cookie."""
    return f"__Host-{COOKIE}" if behind_tls else COOKIE


def make_link(  # noqa: PLR0913 - what a link is, each by name
    pool: Store, *, by: str, name: str, owner_id: int | None, order_id: int, now: datetime
) -> str:
    """A link's token for a technician of the order's own firm; only its hash is stored.

    Raises:
        NotAllowed: There is no such technician, or another firm's.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with pool.transaction() as connection:
        owner = store.fetch_owner(connection, name)
        if owner is None or owner_id is None or owner.organisation_id != owner_id:
            raise NotAllowed("a link goes to a technician of the order's own organisation")
        store.make_link(
            connection,
            store.NewLink(
                token_hash=token_hash(token),
                name=name,
                order_id=order_id,
                by=by,
                now=now,
                expires_at=now + LINK_VALID_FOR,
            ),
        )
    return token


def is_link_good(pool: Store, token: str, now: datetime) -> bool:
    """Whether a link may still be used."""
    with pool.transaction() as connection:
        return store.is_link_good(connection, token_hash(token), now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A telephone that a link has just opened.

    Attributes:
        device: What the telephone's cookie holds.
    """

    device: str = field(repr=False)
    issued: Issued
    order_id: int | None


def open_phone(pool: Store, token: str, pin: str, now: datetime, length: timedelta) -> Opened:
    """Use a link up: from now on the PIN opens a session on this telephone.

    Raises:
        BadRequest: The PIN is not six digits.
        WrongPassword: The link is used up or too old.
    """
    require_pin(pin)
    device = secrets.token_urlsafe(_TOKEN_BYTES)
    hashed = hash_pin(pin)
    with pool.transaction() as connection:
        opened = store.use_link(connection, token_hash(token), now)
        if opened is None:
            raise WrongPassword("this link was used already, or its time is over")
        store.add_phone(connection, token_hash(device), opened.name, hashed, now)
    issued = auth.begin_session(pool, opened.name, now, length)
    return Opened(device=device, issued=issued, order_id=opened.order_id)


def unlock(pool: Store, device: str | None, pin: str, now: datetime, length: timedelta) -> Issued:
    """Begin a session on a known telephone.

    Raises:
        WrongPassword: The PIN is another, or the telephone is blocked or not known.
    """
    hashed = token_hash(device or "")
    with pool.transaction() as connection:
        known = store.lock_phone(connection, hashed)
        is_right = is_password(None if known is None else known.pin_hash, padded(pin))
        if known is not None and not is_right:
            store.note_failure(connection, hashed, MOST_WRONG, now)
        if known is not None and is_right:
            store.note_success(connection, hashed, now)
    if known is None or not is_right:
        metrics.LOG_INS.labels("refused").inc()
        raise WrongPassword("another PIN, or this telephone is blocked")
    return auth.begin_session(pool, known.user_name, now, length)


def require_pin(pin: str) -> None:
    """Refuse what is no PIN, and the few that everybody tries first.

    Raises:
        BadRequest: It is not six digits, or all are alike or in a row.
    """
    if not _PIN.fullmatch(pin) or len(set(pin)) == 1 or pin in "01234567890" or pin in "9876543210":
        raise BadRequest("PIN: six digits, not all alike, not in a row")


def hash_pin(pin: str) -> str:
    """The hash that is stored of a PIN."""
    return hash_password(padded(pin))


def padded(pin: str) -> str:
    """A PIN as a password: the hash's least length is one of passwords; the cookie is the rest."""
    return f"towerwatch-pin-{pin}"
