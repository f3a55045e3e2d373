"""Other platforms with a key: who they are, what they may send and read."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
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
from dashboards.console.errors import NotAllowed, NotLoggedIn
from dashboards.console.store import record
from dashboards.console.store.pool import WHOLE_TREE, Store
from dashboards.console.web import ServicesOf, address_of

_BEARER: Final = "bearer "
_NO_KEY: Final = "a key of the exchange is needed"


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


def sender_of(request: Request, services: ServicesOf) -> Sender:
    """The platform whose key sends cases.

    Raises:
        NotLoggedIn: The key is nobody's.
        NotAllowed: It is a key of another use, or the platform was removed.
    """
    with services.store.transaction() as connection:
        party = party_of(connection, key_of(request))
    if party is None:
        raise NotLoggedIn(_NO_KEY)
    if party.system is None:
        raise NotAllowed("this key sends no cases")
    with services.store.scoped(WHOLE_TREE) as connection:
        place_path = record.fetch_system_scope(connection, party.system)
    if place_path is None:
        raise NotAllowed("this platform sends no cases any more")
    return Sender(system=party.system, place_path=place_path)


def reader_of(request: Request, services: ServicesOf) -> Reader:
    """The platform whose key reads by an agreement.

    Raises:
        NotLoggedIn: The key is nobody's.
        NotAllowed: It is a key of another use.
    """
    key = key_of(request)
    with services.store.transaction() as connection:
        opened = agreement_store.open_agreement(connection, key)
        is_known = opened is not None or party_of(connection, key) is not None
    if opened is None:
        raise NotAllowed("this key reads nothing") if is_known else NotLoggedIn(_NO_KEY)
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
