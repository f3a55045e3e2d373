"""The public notice board of a compound, the compounds of a scope, and the log of exports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from psycopg.rows import class_row

from dashboards.console.section import REPORTING
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "board.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compound:
    """A compound with who runs it.

    Attributes:
        management: company, work_unit, entrusted, self_managed, cleaning_only or nobody.
    """

    path: str
    code: str
    name_zh: str
    name_en: str
    address: str
    community_zh: str
    community_en: str
    company_zh: str
    company_en: str
    company_phone: str
    management: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintainer:
    """Who looks after lifts, fire equipment or electrical monitors.

    Attributes:
        contract_until: The first day on which a contract ends.
    """

    kind: str
    name_zh: str
    name_en: str
    phone: str
    contract_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """What the public may know of a lift.

    Attributes:
        out_since: Since when it is out of use; None: it is in use as far as is known.
        out_why: fault, or held (taken out of service by two people).
        is_watched: It is commissioned and was heard lately: only then no word means that it runs.
    """

    code: str
    name_zh: str
    name_en: str
    done_at: datetime | None
    due_at: datetime | None
    out_since: datetime | None
    out_why: str
    is_watched: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FundUse:
    """An amount of the maintenance fund that was made public."""

    item: str
    amount_fen: int
    published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PostLine:
    """What somebody posted."""

    field: str
    period: str
    text: str
    amount_fen: int | None
    posted_at: datetime
    lift_zh: str
    lift_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What the database knows of a compound's board."""

    maintainers: tuple[Maintainer, ...]
    lifts: tuple[Lift, ...]
    funds: tuple[FundUse, ...]
    posts: tuple[PostLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompoundLine:
    """A compound in a list."""

    code: str
    name_zh: str
    name_en: str
    answers: int
    slips: int
    posted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file that left the console."""

    at: datetime
    user_name: str
    what: str
    rows: int
    sha256: str


def fetch_compound(connection: Connection, code: str, now: datetime) -> Compound | None:
    """A compound of the scope by its code."""
    with connection.cursor(row_factory=class_row(Compound)) as cursor:
        return cursor.execute(_QUERIES["compound"], {"code": code, "now": now}).fetchone()


def fetch_board(
    connection: Connection, path: str, out_events: Sequence[str], now: datetime
) -> Board:
    """Everything that stands on the board of a compound."""
    values = {"path": path, "out_events": list(out_events), "since": now - REPORTING}
    with connection.cursor(row_factory=class_row(Maintainer)) as cursor:
        maintainers = tuple(cursor.execute(_QUERIES["maintainers"], values).fetchall())
    with connection.cursor(row_factory=class_row(Lift)) as cursor:
        lifts = tuple(cursor.execute(_QUERIES["lifts"], values).fetchall())
    with connection.cursor(row_factory=class_row(FundUse)) as cursor:
        funds = tuple(cursor.execute(_QUERIES["funds"], values).fetchall())
    with connection.cursor(row_factory=class_row(PostLine)) as cursor:
        posts = tuple(cursor.execute(_QUERIES["posts"], values).fetchall())
    return Board(maintainers=maintainers, lifts=lifts, funds=funds, posts=posts)


def fetch_compounds(connection: Connection, since: datetime) -> list[CompoundLine]:
    """The compounds of the scope, with the answers since a time."""
    with connection.cursor(row_factory=class_row(CompoundLine)) as cursor:
        return cursor.execute(_QUERIES["compounds"], {"since": since}).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExport:
    """A file that is about to leave."""

    user: str
    what: str
    scope: Sequence[str]
    rows: int
    sha256: bytes


def note_export(connection: Connection, export: NewExport, now: datetime) -> None:
    """Write down what is about to leave."""
    connection.execute(
        _QUERIES["note_export"],
        {
            "now": now,
            "user": export.user,
            "what": export.what,
            "scope": list(export.scope),
            "rows": export.rows,
            "sha256": export.sha256,
        },
    )


def fetch_exports(connection: Connection, user: str | None, limit: int) -> list[Export]:
    """What a user has taken, or everybody."""
    with connection.cursor(row_factory=class_row(Export)) as cursor:
        return cursor.execute(_QUERIES["exports"], {"user": user, "limit": limit}).fetchall()
