"""Counted facts of a period, read from the closed loop's own tables."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar, cast

from psycopg.rows import class_row

from analytics.alarms.report import PlacePath
from analytics.duties.matrix import OrganisationId
from analytics.errors import BadAssessment
from analytics.supervision.indicator import Aspect, IndicatorKey
from analytics.supervision.period import Period
from analytics.supervision.score import Coverage, Ratings, Record, Tally, Trace
from gateway.catalogue import Text
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "supervision.sql")
OUTSIDE: Final = ("water_company", "power_company", "telecom_operator")
"""Organisations whose faults are no company's own."""
REPEAT_WITHIN: Final = timedelta(days=30)
"""The same condition of the same asset again: the former order counts as not fixed (DESIGN 9)."""
_TALLIES: Final = ("clock_tallies", "repeat_tallies", "preventive_tallies", "post_tallies")
_POINTS_PER_STAR: Final = 20.0
_ROUNDING: Final = 1e-9
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Whom a score is about."""

    id: OrganisationId
    code: str
    name: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a period's scores are made of.

    Attributes:
        companies: Who ran a place in the period, by id.
        inspected: Marks of inspections, 0 to 100.
    """

    period: Period
    scope: PlacePath
    companies: Mapping[OrganisationId, Company]
    records: tuple[Record, ...]
    inspected: Mapping[OrganisationId, Mapping[Aspect, float]]


def gather(connection: Connection, period: Period, scope: PlacePath, now: datetime) -> Facts:
    """Read the facts of a period for every company that ran a place below `scope`.

    Args:
        now: A period that still runs is counted up to here.
    """
    window = {
        "begins_at": period.begins_at,
        "ends_at": period.ends_at,
        "scope": scope,
        "now": now,
        "outside": list(OUTSIDE),
        "repeat_within": REPEAT_WITHIN,
    }
    read = _Reader(connection, window)
    companies = {row.company: row.value for row in read.all("companies", _CompanyRow)}
    tallies: defaultdict[OrganisationId, dict[IndicatorKey, Tally]] = defaultdict(dict)
    for query in _TALLIES:
        for row in read.all(query, _TallyRow):
            tallies[row.company][IndicatorKey(row.indicator)] = row.value
    assets = defaultdict(list)
    for asset in read.all("asset_facts", _AssetRow):
        assets[asset.company].append(asset)
    ratings = {row.company: row.value for row in read.all("rating_facts", _RatingRow)}
    inspected: defaultdict[OrganisationId, dict[Aspect, float]] = defaultdict(dict)
    for marks in read.all("inspection_facts", _InspectionRow):
        inspected[marks.company][Aspect(marks.aspect)] = marks.marks
    records = tuple(
        Record(
            company=company,
            coverage=_coverage(assets[company]),
            tallies=tallies[company] | _asset_tallies(assets[company]),
            ratings=ratings.get(company, Ratings()),
        )
        for company in sorted(companies)
    )
    return Facts(
        period=period, scope=scope, companies=companies, records=records, inspected=dict(inspected)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place whose companies are compared."""

    path: PlacePath
    name_zh: str
    name_en: str

    @property
    def name(self) -> Text:
        """Its name; the Chinese one stands in for an English one that nobody gave."""
        return Text(zh=self.name_zh, en=self.name_en or self.name_zh)


def fetch_place(connection: Connection, code: str) -> Place:
    """A place by its code; an empty code is the place above all others.

    Raises:
        BadAssessment: There is none.
    """
    if not code:
        top = connection.execute(_QUERIES["top_place"]).fetchone()
        code = "" if top is None else str(top[0])
    with connection.cursor(row_factory=class_row(Place)) as cursor:
        found = cursor.execute(_QUERIES["place"], {"code": code}).fetchone()
    if found is None:
        raise BadAssessment(f"there is no place {code}" if code else "no place is registered")
    return found


def fetch_streets(connection: Connection, scope: PlacePath) -> list[Place]:
    """Streets below a place, in the order of the tree."""
    with connection.cursor(row_factory=class_row(Place)) as cursor:
        return cursor.execute(_QUERIES["streets"], {"scope": scope}).fetchall()


def fetch_districts(connection: Connection, scope: PlacePath) -> list[Place]:
    """Districts below a place, in the order of the tree."""
    with connection.cursor(row_factory=class_row(Place)) as cursor:
        return cursor.execute(_QUERIES["districts"], {"scope": scope}).fetchall()


def fetch_organisation(connection: Connection, code: str) -> OrganisationId:
    """An organisation by its code.

    Raises:
        BadAssessment: There is none.
    """
    row = connection.execute(_QUERIES["organisation"], {"code": code}).fetchone()
    if row is None:
        raise BadAssessment(f"there is no organisation {code}")
    return OrganisationId(cast("int", row[0]))


class _Reader:
    """Runs the named queries of one period."""

    def __init__(self, connection: Connection, window: Mapping[str, object]) -> None:
        self._connection = connection
        self._window = window

    def all(self, name: str, row: type[_Row]) -> list[_Row]:
        with self._connection.cursor(row_factory=class_row(row)) as cursor:
            return cursor.execute(_QUERIES[name], self._window).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class _CompanyRow:
    company: OrganisationId
    code: str
    name_zh: str
    name_en: str

    @property
    def value(self) -> Company:
        name = Text(zh=self.name_zh, en=self.name_en or self.name_zh)
        return Company(id=self.company, code=self.code, name=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _TallyRow:
    company: OrganisationId
    indicator: str
    of: int
    kept: int
    outside: int
    missed_alarms: list[int]
    missed_orders: list[int]
    missed_checks: list[int]

    @property
    def value(self) -> Tally:
        missed = (
            *_traces("alarm", self.missed_alarms),
            *_traces("order", self.missed_orders),
            *_traces("post_check", self.missed_checks),
        )
        return Tally(of=self.of, kept=self.kept, outside=self.outside, missed=missed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _AssetRow:
    company: OrganisationId
    asset: int
    is_lift: bool
    is_commissioned: bool
    is_in_contract: bool
    reported: float
    has_false_alarm: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _RatingRow:
    company: OrganisationId
    answers: int
    stars: float

    @property
    def value(self) -> Ratings:
        return Ratings(answers=self.answers, mean=self.stars * _POINTS_PER_STAR)


@dataclass(frozen=True, slots=True, kw_only=True)
class _InspectionRow:
    company: OrganisationId
    aspect: str
    marks: float


def _coverage(assets: Sequence[_AssetRow]) -> Coverage:
    return Coverage(
        registered=len(assets),
        commissioned=sum(asset.is_commissioned for asset in assets),
        reporting=_reporting(assets),
        lifts=sum(asset.is_lift for asset in assets),
        in_contract=sum(asset.is_lift and asset.is_in_contract for asset in assets),
    )


def _reporting(assets: Sequence[_AssetRow]) -> float:
    return math.fsum(min(max(asset.reported, 0.0), 1.0) for asset in assets)


def _asset_tallies(assets: Sequence[_AssetRow]) -> dict[IndicatorKey, Tally]:
    silent = [asset.asset for asset in assets if asset.reported < 1.0]
    falsely = [asset.asset for asset in assets if asset.has_false_alarm]
    reporting = math.floor(_reporting(assets) + _ROUNDING)
    return {
        IndicatorKey.REPORTING: Tally(
            of=len(assets), kept=reporting, missed=_traces("asset", silent)
        ),
        IndicatorKey.GENUINE: Tally(
            of=len(assets), kept=len(assets) - len(falsely), missed=_traces("asset", falsely)
        ),
    }


def _traces(kind: str, ids: Sequence[int]) -> tuple[Trace, ...]:
    return tuple(Trace(kind=kind, id=one) for one in ids)
