"""The monthly rating by owners and their committee: one answer a household and month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, cast

from analytics.alarms.report import PlacePath
from analytics.duties.matrix import OrganisationId
from analytics.rows import rows_of
from analytics.supervision.period import Period, Rhythm
from analytics.supervision.store import today
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "board.sql")
OWNER: Final = "owner"
COMMITTEE: Final = "committee"
GIVERS: Final = (OWNER, COMMITTEE)
MOST_HOUSEHOLD: Final = 40
_TO_COME: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """Whose code it is.

    Attributes:
        household: Door number; of a committee its own word.
    """

    place_path: PlacePath
    giver: str
    household: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a household said on paper or elsewhere."""

    household: str
    stars: int
    giver: str = OWNER
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse what no slip says."""
        if not 1 <= self.stars <= 5:
            raise ValueError(f"{self.household}: {self.stars} stars; a rating has 1 to 5")
        if self.giver not in GIVERS:
            raise ValueError(f"{self.household}: giver is owner or committee")
        if not 0 < len(self.household.strip()) <= MOST_HOUSEHOLD:
            raise ValueError(f"a household has 1 to {MOST_HOUSEHOLD} characters")


def ballot_of(slip: Slip, month: Period) -> str:
    """What entitles to one answer: the household in the month."""
    return f"survey:{slip.place_path}:{slip.giver}:{slip.household.strip()}:{month}"


def month_of(now: datetime) -> Period:
    """The month that is rated now."""
    return Period.around(today(now), Rhythm.MONTH)


def answered_at(month: Period, now: datetime) -> datetime:
    """When an answer for a month counts: now, or the month's last moment when it is over."""
    return min(now, month.ends_at - _TO_COME)


def may_import(month: Period, now: datetime) -> bool:
    """Paper comes in for this month and the one before."""
    this = month_of(now)
    return month in (this, this.before)


def company_of(
    connection: Connection, place_path: PlacePath, at: datetime
) -> OrganisationId | None:
    """Who runs the compound and is rated; None: nobody does."""
    values = {"place_path": place_path, "at": at}
    row = connection.execute(_QUERIES["company"], values).fetchone()
    return None if row is None else OrganisationId(cast("int", row[0]))


def find_slip(connection: Connection, token_hash: bytes) -> Slip | None:
    """The slip of a code; None: there is none, or it was replaced."""
    row = connection.execute(_QUERIES["slip"], {"token_hash": token_hash}).fetchone()
    if row is None:
        return None
    return Slip(place_path=PlacePath(str(row[0])), giver=str(row[1]), household=str(row[2]))


def make_slips(
    connection: Connection, slips: Sequence[tuple[Slip, bytes]], by: str, now: datetime
) -> None:
    """Give households their codes; a former one of the same household ends."""
    rows = rows_of(
        [
            {
                "place_path": slip.place_path,
                "giver": slip.giver,
                "household": slip.household,
                "token_hash": token_hash.hex(),
            }
            for slip, token_hash in slips
        ]
    )
    connection.execute(_QUERIES["revoke_slips"], rows | {"now": now})
    connection.execute(_QUERIES["add_slips"], rows | {"by": by, "now": now})


def answer(
    connection: Connection, slip: Slip, said: Answer, month: Period, now: datetime
) -> bool | None:
    """Take one answer; False: the household has answered for the month; None: nobody is rated."""
    taken = answer_all(connection, slip.place_path, [(slip, said)], month, now)
    return None if taken is None else taken == 1


def answer_all(
    connection: Connection,
    place_path: PlacePath,
    answers: Sequence[tuple[Slip, Answer]],
    month: Period,
    now: datetime,
) -> int | None:
    """Take answers of one compound, every household once; how many are new. None: nobody is rated.

    In one statement: alarms wait while thousands are taken.
    """
    at = answered_at(month, now)
    company = company_of(connection, place_path, at)
    if company is None:
        return None
    rows = [
        {
            "giver": slip.giver,
            "stars": said.stars,
            "note": said.note,
            "ballot": ballot_of(slip, month),
        }
        for slip, said in answers
    ]
    values = {"organisation": company, "place_path": place_path, "at": at}
    return connection.execute(_QUERIES["add_answers"], values | rows_of(rows)).rowcount


def month_named(text: str) -> Period:
    """The month of a name such as 2026-11.

    Raises:
        ValueError: The text names no month.
    """
    return Period(first=date.fromisoformat(f"{text}-01"), rhythm=Rhythm.MONTH)
