"""Sign-in by a provider or a passkey: what a browser begins is answered once, by the same browser."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Final

import structlog

from dashboards.console import binding, metrics
from dashboards.console.auth import token_hash
from dashboards.console.errors import BadRequest, NotFound, WrongPassword
from dashboards.console.role import User
from dashboards.console.settings import FirstSignIn, Settings
from dashboards.console.store import sign_in as store
from dashboards.console.store.binding import note_own
from dashboards.console.store.pool import Store
from dashboards.identity import passkey
from dashboards.identity.errors import NotBelieved
from dashboards.identity.oidc import Client, Question, new_question
from dashboards.identity.passkey import Site
from dashboards.identity.provider import ProviderLink
from ingest.database import Connection

COOKIE: Final = "towerwatch_sign_in"
BACK: Final = "/login/provider/back"
VALID_FOR: Final = timedelta(minutes=10)
MOST_PASSKEYS: Final = 20
_TOKEN_BYTES: Final = 32
_HANDLE_BYTES: Final = 32

_log = structlog.get_logger("console.sign_in")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a browser is given when it begins: a cookie of its own, and what to do."""

    browser: str = field(repr=False)
    told: str


def cookie_name(*, behind_tls: bool) -> str:
    """Name of the cookie that binds a sign-in to the browser that began it."""
    return f"__Host-{COOKIE}" if behind_tls else COOKIE


@cache
def provider_of(settings: Settings) -> ProviderLink | None:
    """The provider of the settings; None: people sign in here alone."""
    if not settings.oidc_issuer:
        return None
    return ProviderLink(
        Client(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret.get_secret_value(),
            claim=settings.oidc_claim,
            asks_address=settings.oidc_first_sign_in is FirstSignIn.VERIFIED_EMAIL,
            back=f"{settings.console_public_url.rstrip('/')}{BACK}",
        )
    )


def site_of(settings: Settings) -> Site | None:
    """Whom passkeys are for; None: there are none without the console's own address."""
    return Site.of(settings.console_public_url) if settings.console_public_url else None


def begin_by_provider(pool: Store, link: ProviderLink, now: datetime) -> Opened:
    """Where the browser goes to.

    Raises:
        ProviderAway: The provider does not describe itself.
    """
    question = new_question()
    begun = store.Begun(
        challenge=token_hash(question.state),
        nonce=question.nonce,
        verifier=question.verifier,
        expires_at=now + VALID_FOR,
    )
    return Opened(
        told=link.authorize_url(question), browser=_begin(pool, store.Kind.PROVIDER, begun, now)
    )


def _begin(pool: Store, kind: store.Kind, begun: store.Begun, now: datetime) -> str:
    browser = secrets.token_urlsafe(_TOKEN_BYTES)
    with pool.transaction() as connection:
        store.begin(connection, token_hash(browser), kind, begun, now)
    return browser


def _take(pool: Store, browser: str | None, kind: store.Kind, now: datetime) -> store.Begun:
    begun = None
    if browser:
        with pool.transaction() as connection:
            begun = store.take(connection, token_hash(browser), kind, now)
    if begun is None:
        raise WrongPassword("this browser has begun no sign-in, or too long ago")
    return begun


def finish_by_provider(  # noqa: PLR0913 - an answer and what it is held against
    pool: Store,
    link: ProviderLink,
    *,
    first: FirstSignIn,
    browser: str | None,
    code: str,
    state: str,
    now: datetime,
) -> str:
    """Name of the user who came back.

    Raises:
        WrongPassword: The browser did not begin this, nothing proves who came, or the user is shut
            out.
        NotBound: The person is tied to no user yet, and waits for an administrator.
        ProviderAway: The provider does not answer.
    """
    begun = _take(pool, browser, store.Kind.PROVIDER, now)
    if not hmac.compare_digest(begun.challenge, token_hash(state)):
        raise WrongPassword("the answer is of another sign-in")
    question = Question(state=state, nonce=begun.nonce, verifier=begun.verifier)
    try:
        identity = link.identify(code, question)
    except NotBelieved as error:
        raise _refused("provider", str(error)) from error
    name = binding.user_of(pool, identity, first, now)
    if name is None:
        raise _refused("provider", "the user is shut out")
    return name


def _refused(way: str, why: str) -> WrongPassword:
    metrics.LOG_INS.labels("refused").inc()
    _log.warning("sign_in_refused", way=way, why=why)
    return WrongPassword("this sign-in is refused")


def begin_new_passkey(pool: Store, site: Site, user: User, now: datetime) -> Opened:
    """What the browser of a person who is logged in is asked, to make a key.

    Raises:
        BadRequest: The person has very many already.
    """
    with pool.transaction() as connection:
        known = [bytes.fromhex(one.id) for one in store.fetch_passkeys(connection, user.name)]
    if len(known) >= MOST_PASSKEYS:
        raise BadRequest(f"at most {MOST_PASSKEYS} passkeys: remove one first")
    asked = passkey.ask_to_add(
        site,
        name=user.name,
        display_name=user.display_name,
        handle=hashlib.sha256(f"towerwatch {user.name}".encode()).digest()[:_HANDLE_BYTES],
        known=known,
    )
    begun = store.Begun(challenge=asked.challenge, name=user.name, expires_at=now + VALID_FOR)
    browser = _begin(pool, store.Kind.NEW_PASSKEY, begun, now)
    return Opened(browser=browser, told=asked.options)


def finish_new_passkey(  # noqa: PLR0913 - an answer and what it is held against
    pool: Store,
    site: Site,
    user: User,
    *,
    browser: str | None,
    answer: str,
    label: str,
    now: datetime,
) -> None:
    """Keep the key that the browser made.

    Raises:
        WrongPassword: This browser began nothing, or the person is another by now.
        BadRequest: The key proves nothing, or is known already.
    """
    begun = _take(pool, browser, store.Kind.NEW_PASSKEY, now)
    if begun.name != user.name:
        raise WrongPassword("another person began this")
    try:
        key = passkey.read_new(site, answer, begun.challenge)
    except NotBelieved as error:
        raise BadRequest(str(error)) from error
    with pool.transaction() as connection:
        owned = store.OwnedPasskey(name=user.name, key=key)
        if not store.add_passkey(connection, owned, label, now):
            raise BadRequest("this passkey is known already")
        note_own(connection, user.name, "passkey_add", label, now)
    _log.info("passkey_added", user=user.name)


def begin_by_passkey(pool: Store, site: Site, now: datetime) -> Opened:
    """What a browser is asked before anybody is known: any key that it has for this site."""
    asked = passkey.ask_to_sign(site, ())
    begun = store.Begun(challenge=asked.challenge, expires_at=now + VALID_FOR)
    browser = _begin(pool, store.Kind.PASSKEY, begun, now)
    return Opened(browser=browser, told=asked.options)


def finish_by_passkey(
    pool: Store, site: Site, *, browser: str | None, answer: str, now: datetime
) -> str:
    """Name of the user whose key has signed.

    Raises:
        WrongPassword: This browser began nothing, the key is nobody's, or its answer proves nothing.
    """
    begun = _take(pool, browser, store.Kind.PASSKEY, now)
    try:
        with pool.transaction() as connection:
            return _signed_by(connection, site, answer, begun.challenge, now)
    except NotBelieved as error:
        _note_refused(pool, answer, now)
        raise _refused("passkey", str(error)) from error


def _note_refused(pool: Store, answer: str, now: datetime) -> None:
    """A known key that is refused is written down: somebody may have a copy of it."""
    try:
        credential = passkey.credential_of(answer)
    except NotBelieved:
        return
    with pool.transaction() as connection:
        owner = store.owner_of(connection, credential)
        if owner is not None:
            note_own(connection, owner[0], "passkey_refuse", owner[1], now)


def _signed_by(
    connection: Connection, site: Site, answer: str, challenge: bytes, now: datetime
) -> str:
    """Whose key has signed; the key stays locked until its count is written."""
    owned = store.lock_passkey(connection, passkey.credential_of(answer))
    if owned is None:
        raise NotBelieved("the passkey is nobody's")
    count = passkey.read_signed(site, answer, challenge, owned.key)
    label = store.use_passkey(connection, owned.key.credential_id, count, now)
    note_own(connection, owned.name, "passkey_use", label, now)
    return owned.name


def drop_passkey(pool: Store, user: User, passkey_id: str, now: datetime) -> None:
    """Forget one of the person's own keys.

    Raises:
        NotFound: The person has no such key.
    """
    with pool.transaction() as connection:
        label = store.drop_passkey(connection, user.name, passkey_id)
        if label is None:
            raise NotFound("no such passkey")
        note_own(connection, user.name, "passkey_drop", label, now)
    _log.info("passkey_dropped", user=user.name)
