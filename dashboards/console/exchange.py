"""Other platforms with a key: who they are, what they may send and read."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import Depends, Request

from analytics.act import Person
from analytics.act.case_kind import EXCHANGE_ROLE
from analytics.exchange import agreement_store
from analytics.exchange.agreement import Grant, Standing
from analytics.exchange.agreement_store import Given, Opened
from analytics.exchange.case import SystemCode
from analytics.exchange.key import party_of
from analytics.exchange.page import Format, write_page
from dashboards.console.errors import NotAllowed, NotLoggedIn, TooOften
from dashboards.console.store import record
from dashboards.console.store.pool import WHOLE_TREE, Store
from dashboards.console.throttle import Throttle
from dashboards.console.web import Now, ServicesOf, address_of

_BEARER: Final = "bearer "
_NO_KEY: Final = "a key of the exchange is needed"
_GUESSES: Final = 20
"""Wrong keys of one address within a minute; a key has 256 bits, so this is for the log's sake."""
_USES: Final = 600
"""Requests with one key within a minute: ten a second, far above what any party needs."""
_WINDOW: Final = timedelta(minutes=1)


class KeyGate:
    """Counts wrong keys by address and uses by key, in this process's memory."""

    def __init__(self, guesses: int = _GUESSES, uses: int = _USES) -> None:
        self._guesses = Throttle(guesses, _WINDOW)
        self._uses = Throttle(uses, _WINDOW)

    def require_pace(self, key: str, now: datetime) -> None:
        """Count a use of a key.

        Raises:
            TooOften: It was used too often within the last minute.
        """
        if not self._uses.permits(hashlib.sha256(key.encode()).hexdigest(), now):
            raise TooOften(int(_WINDOW.total_seconds()), "requests with this key")

    def refuse(self, address: str, now: datetime) -> Exception:
        """What a wrong key is answered: after too many of them, to wait."""
        if self._guesses.permits(address, now):
            return NotLoggedIn(_NO_KEY)
        return TooOften(int(_WINDOW.total_seconds()), "wrong keys from this address")


def _gate_of(request: Request) -> KeyGate:
    """The application's own count; made with the first key."""
    state = request.app.state
    if not hasattr(state, "key_gate"):
        state.key_gate = KeyGate()
    gate: KeyGate = state.key_gate
    return gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A platform that sends cases."""

    system: SystemCode
    place_path: str

    @property
    def person(self) -> Person:
        """The platform as whoever asks for an act."""
        return Person(name=self.system, role=EXCHANGE_ROLE, scope=(self.place_path,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A platform that reads by an agreement.

    Attributes:
        address: Where it reads from.
    """

    opened: Opened
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which page a reader wants: the records after an id."""

    form: Format
    after: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A page that was written down and may leave.

    Attributes:
        next: Id after which the next page begins; None: this was the last.
    """

    content: bytes
    digest: str
    next: int | None


def key_of(request: Request) -> str:
    """The key that a request carries.

    Raises:
        NotLoggedIn: It carries none.
    """
    header = request.headers.get("authorization", "")
    if not header.lower().startswith(_BEARER):
        raise NotLoggedIn(_NO_KEY)
    return header[len(_BEARER) :].strip()


def sender_of(request: Request, services: ServicesOf, at: Now) -> Sender:
    """The platform whose key sends cases.

    Raises:
        NotLoggedIn: The key is nobody's.
        NotAllowed: It is a key of another use, or the platform was removed.
        TooOften: The key was used, or keys were guessed from there, too often.
    """
    key, gate = key_of(request), _gate_of(request)
    gate.require_pace(key, at)
    with services.store.transaction() as connection:
        party = party_of(connection, key)
    if party is None:
        raise gate.refuse(address_of(request), at)
    if party.system is None:
        raise NotAllowed("this key sends no cases")
    with services.store.scoped(WHOLE_TREE) as connection:
        place_path = record.fetch_system_scope(connection, party.system)
    if place_path is None:
        raise NotAllowed("this platform sends no cases any more")
    return Sender(system=party.system, place_path=place_path)


def reader_of(request: Request, services: ServicesOf, at: Now) -> Reader:
    """The platform whose key reads by an agreement.

    Raises:
        NotLoggedIn: The key is nobody's.
        NotAllowed: It is a key of another use.
        TooOften: The key was used, or keys were guessed from there, too often.
    """
    key, gate = key_of(request), _gate_of(request)
    gate.require_pace(key, at)
    with services.store.transaction() as connection:
        opened = agreement_store.open_agreement(connection, key)
        is_known = opened is not None or party_of(connection, key) is not None
    if opened is None:
        if is_known:
            raise NotAllowed("this key reads nothing")
        raise gate.refuse(address_of(request), at)
    return Reader(opened=opened, address=address_of(request))


SenderOf = Annotated[Sender, Depends(sender_of)]
ReaderOf = Annotated[Reader, Depends(reader_of)]


def export(pool: Store, reader: Reader, wanted: Wanted, now: datetime) -> Exported:
    """Read a page within the agreement's place, write it down, and hand it over.

    Raises:
        NotAllowed: The agreement gives nothing at this moment.
    """
    grant = reader.opened.grant
    _require_in_force(grant, now)
    with pool.scoped((grant.place_path,)) as connection:
        rows = agreement_store.fetch_rows(
            connection, grant, after=wanted.after, limit=wanted.limit + 1
        )
    kept = rows[: wanted.limit]
    content = write_page(grant, kept, wanted.form)
    given = Given(
        grant=grant,
        reader=f"{reader.opened.hint} {reader.address}",
        form=wanted.form,
        rows=len(kept),
        content=content,
    )
    with pool.scoped((grant.place_path,), writes=True) as connection:
        is_given = agreement_store.log_export(connection, given, now)
    if not is_given:
        raise NotAllowed("the agreement gives nothing any more")
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    last = kept[-1][0] if kept and len(rows) > wanted.limit else None
    return Exported(content=content, digest=digest, next=last if isinstance(last, int) else None)


def _require_in_force(grant: Grant, now: datetime) -> None:
    match grant.standing(now):
        case Standing.IN_FORCE:
            return
        case Standing.NOT_YET:
            raise NotAllowed(f"the agreement begins at {grant.begins_at.isoformat()}")
        case Standing.EXPIRED:
            raise NotAllowed(f"the agreement expired at {grant.ends_at.isoformat()}")
        case Standing.ENDED:
            raise NotAllowed("the agreement was withdrawn")
