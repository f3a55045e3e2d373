"""Who is asking: log-in with throttling, opaque sessions, and the guard against forged requests."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from dashboards.console import metrics
from dashboards.console.errors import NotAllowed, NotLoggedIn, TooManyTries, WrongPassword
from dashboards.console.password import is_password
from dashboards.console.role import User
from dashboards.console.store import user as store
from dashboards.console.store.pool import Store
from dashboards.console.throttle import counted_address, site_of

COOKIE: Final = "towerwatch_session"
_TOKEN_BYTES: Final = 32
_WINDOW: Final = timedelta(minutes=15)
_PER_NAME_AND_ADDRESS: Final = 5
_PER_ADDRESS: Final = 30
"""A control room behind one address has several people, each with a wrong try or two."""
_PER_NAME_AND_SITE: Final = 20
_PER_SITE: Final = 240
"""A site of IPv6 has 65,536 networks to guess from, each with guesses of its own; a provider's
customers may share one, so that it has those of eight."""
_PER_NAME: Final = 50
"""From then on an address has one guess at the name: who guesses from elsewhere keeps nobody out
whose own address has not failed, and gains one guess with every address that he has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A log-in that somebody tries.

    Attributes:
        address: IP address it comes from.
    """

    name: str
    password: str = field(repr=False)
    address: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A session that was just made; the token goes into the cookie and nowhere else."""

    token: str
    user: User
    expires_at: datetime


def cookie_name(*, behind_tls: bool) -> str:
    """`__Host-` binds the cookie to the host, and browsers take it over HTTPS only."""
    return f"__Host-{COOKIE}" if behind_tls else COOKIE


def token_hash(token: str) -> bytes:
    """What the database keeps of a token: SHA-256, since the token is random already."""
    return hashlib.sha256(token.encode()).digest()


def log_in(pool: Store, attempt: Attempt, length: timedelta) -> Issued:
    """Check a name and password and begin a session with a token never used before.

    Raises:
        TooManyTries, WrongPassword, StoreUnavailable: As `prove` does.
    """
    prove(pool, attempt)
    return begin_session(pool, attempt.name, attempt.at, length)


def prove(pool: Store, attempt: Attempt) -> None:
    """Check a name and password.

    Raises:
        TooManyTries: The address failed too often in the last 15 minutes, on the name or in all.
        WrongPassword: There is no such enabled user, or the password is another.
        StoreUnavailable: The database does not answer.
    """
    name, address, at = attempt.name, counted_address(attempt.address), attempt.at
    with pool.transaction() as connection:
        site = site_of(attempt.address)
        failures = store.count_failures(connection, name, address, site, at - _WINDOW)
        stored = store.fetch_password_hash(connection, name)
    if is_too_much(failures):
        metrics.LOG_INS.labels("throttled").inc()
        raise TooManyTries(int(_WINDOW.total_seconds()))
    if not is_password(stored, attempt.password):
        with pool.transaction() as connection:
            store.record_failure(connection, name, address, at)
        metrics.LOG_INS.labels("refused").inc()
        raise WrongPassword("wrong name or password")
    with pool.transaction() as connection:
        store.forget_failures(connection, name, address, at - 2 * _WINDOW)


def begin_session(pool: Store, name: str, at: datetime, length: timedelta) -> Issued:
    """Begin a session of somebody who has shown who it is, with a token never used before.

    Raises:
        WrongPassword: The user was disabled meanwhile.
        StoreUnavailable: The database does not answer.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    session = store.NewSession(
        token_hash=token_hash(token),
        name=name,
        now=at,
        expires_at=at + length,
        csrf_secret=secrets.token_bytes(_TOKEN_BYTES),
    )
    with pool.transaction() as connection:
        store.insert_session(connection, session)
        user = store.fetch_session_user(connection, session.token_hash, at)
    if user is None:
        raise WrongPassword("wrong name or password")
    metrics.LOG_INS.labels("accepted").inc()
    return Issued(token=token, user=user, expires_at=session.expires_at)


def is_too_much(failures: store.Failures) -> bool:
    """Whether an attempt is refused unheard after such failures."""
    if failures.on_name >= _PER_NAME and failures.on_name_from_address:
        return True
    return (
        failures.on_name_from_address >= _PER_NAME_AND_ADDRESS
        or failures.from_address >= _PER_ADDRESS
        or failures.on_name_from_site >= _PER_NAME_AND_SITE
        or failures.from_site >= _PER_SITE
    )


def user_of(pool: Store, token: str | None, now: datetime) -> User:
    """The user of a session's token.

    Raises:
        NotLoggedIn: There is no such session, it has ended, or the user was disabled.
        StoreUnavailable: The database does not answer.
    """
    if not token:
        raise NotLoggedIn("log in first")
    with pool.transaction() as connection:
        user = store.fetch_session_user(connection, token_hash(token), now)
    if user is None:
        raise NotLoggedIn("the session has ended: log in again")
    return user


def log_out(pool: Store, token: str) -> None:
    """End the session of a token."""
    with pool.transaction() as connection:
        store.end_session(connection, token_hash(token))


def require_own_site(*, origin: str | None, fetch_site: str | None, host: str | None) -> None:
    """Refuse a request that another site's page made.

    Browsers send Sec-Fetch-Site or Origin with every unsafe request; a client that sends neither
    is no browser and carries the session's token by its own will.

    Raises:
        NotAllowed: The request came from another site.
    """
    if fetch_site is not None and fetch_site not in ("same-origin", "none"):
        raise NotAllowed("this request came from another site")
    if origin is not None and urlsplit(origin).netloc != host:
        raise NotAllowed("this request came from another site")


def require_csrf_token(user: User, sent: str | None) -> None:
    """Refuse an act that does not carry the token of the user's own session.

    Raises:
        NotAllowed: The token is absent or another.
    """
    if sent is None or not hmac.compare_digest(user.csrf_token.encode(), sent.encode()):
        raise NotAllowed("the page is out of date: load it again")
