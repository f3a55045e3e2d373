"""Rows of supervision: ratings, inspections, published scores, measures with their history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NewType, cast
from zoneinfo import ZoneInfo

import msgspec
from psycopg.rows import class_row

from analytics.alarms.report import PlacePath
from analytics.digest import digest_of
from analytics.duties.matrix import OrganisationId
from analytics.errors import BadAssessment, MeasureRefused
from analytics.supervision.indicator import Aspect
from analytics.supervision.measure import OPEN, Case, Deed, Kind, MeasureId, Stage, take
from analytics.supervision.period import ZONE, Period
from analytics.supervision.score import Score, Trace
from analytics.supervision.standing import Ranking, Standing
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "supervision.sql")
Number = NewType("Number", str)
"""What is printed on a measure, such as J2026-00001."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """One answer of an owner or an owners' committee.

    Attributes:
        giver: owner or committee.
        stars: 1 to 5.
        ballot: What entitles to one answer.
    """

    organisation: OrganisationId
    place_path: PlacePath
    giver: str
    stars: int
    ballot: str
    note: str = ""
    order_id: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.stars <= 5:
            raise BadAssessment(f"{self.stars} stars; a rating has 1 to 5")
        if self.giver not in ("owner", "committee"):
            raise BadAssessment(f"{self.giver!r} gives no rating; an owner or a committee does")
        if not self.ballot:
            raise BadAssessment("an answer needs its ballot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """Marks that an inspector gave to one aspect, 0 to 100."""

    organisation: OrganisationId
    place_path: PlacePath
    aspect: Aspect
    marks: float
    actor: str
    note: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.marks <= 100:
            raise BadAssessment(f"{self.marks} marks; an inspection gives 0 to 100")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A measure that somebody or the platform proposes.

    Attributes:
        period: The period whose score led to it; None: something else did.
        evidence: What it rests on.
    """

    kind: Kind
    company: OrganisationId
    place_path: PlacePath
    subject: str
    period: Period | None = None
    evidence: tuple[Trace, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureLine:
    """A measure as it stands in lists; kinds and stages by their names."""

    number: Number
    kind: str
    company_code: str
    company_zh: str
    period: str
    subject: str
    stage: str
    due: date | None
    appeal_until: date | None
    version: int
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """One line of a measure's history."""

    at: datetime
    step: str
    to_stage: str
    actor: str
    actor_role: str
    reason: str
    due: date | None
    appeal_until: date | None


def add_rating(connection: Connection, rating: Rating, now: datetime) -> bool:
    """Take one answer; False when its ballot has been used."""
    row = {
        "organisation": rating.organisation,
        "place_path": rating.place_path,
        "giver": rating.giver,
        "stars": rating.stars,
        "note": rating.note,
        "ballot": rating.ballot,
        "order_id": rating.order_id,
        "now": now,
    }
    return connection.execute(_QUERIES["add_rating"], row).fetchone() is not None


def add_inspection(connection: Connection, inspection: Inspection, now: datetime) -> None:
    """Take an inspector's marks."""
    row = {
        "organisation": inspection.organisation,
        "place_path": inspection.place_path,
        "aspect": inspection.aspect,
        "marks": inspection.marks,
        "note": inspection.note,
        "actor": inspection.actor,
        "now": now,
    }
    connection.execute(_QUERIES["add_inspection"], row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What is published, where, and by whom."""

    period: Period
    scope: PlacePath
    actor: str


def publish(
    connection: Connection,
    publication: Publication,
    scores: Sequence[Score],
    ranking: Ranking,
    now: datetime,
) -> int:
    """Keep scores as they are published; how many are new or differ from what was published."""
    asked = {"period": str(publication.period), "place_path": publication.scope}
    with connection.cursor(row_factory=class_row(_Published)) as cursor:
        rows = cursor.execute(_QUERIES["published"], asked).fetchall()
    known = {row.company: row.digest for row in rows}
    places = {one.company: one for one in ranking.standings}
    count = 0
    for found in scores:
        digest = score_digest(found)
        if known.get(found.company) == digest:
            continue
        row = _score_row(publication, found, places[found.company], ranking, digest)
        connection.execute(_QUERIES["add_score"], row | {"now": now})
        count += 1
    return count


@dataclass(frozen=True, slots=True, kw_only=True)
class _Published:
    company: OrganisationId
    digest: bytes


def score_digest(found: Score) -> bytes:
    """SHA-256 over a score with all its lines; the same facts give the same digest."""
    return digest_of(int(found.company), _lines(found), repr(found.equipment), repr(found.total))


def _lines(found: Score) -> str:
    return msgspec.json.encode(
        [
            {
                "indicator": str(line.indicator.key),
                "of": line.tally.of,
                "kept": line.tally.kept,
                "outside": line.tally.outside,
                "missed": [str(trace) for trace in line.tally.missed],
                "mean": line.mean,
                "coverage": line.coverage,
                "full": line.full,
                "points": line.points,
            }
            for line in found.lines
        ]
    ).decode()


def _score_row(
    publication: Publication, found: Score, standing: Standing, ranking: Ranking, digest: bytes
) -> dict[str, object]:
    return {
        "period": str(publication.period),
        "place_path": publication.scope,
        "company": found.company,
        "rank": standing.rank,
        "measured_by": ranking.measure,
        "equipment": found.equipment,
        "total": found.total,
        "answers": found.ratings.answers,
        "coverage": found.coverage.share,
        "lines": _lines(found),
        "digest": digest,
        "actor": publication.actor,
    }


def propose(connection: Connection, proposal: Proposal, now: datetime) -> MeasureId | None:
    """Open a measure that nobody has decided on; None when the period has led to it before."""
    row = {
        "prefix": f"J{now.astimezone(ZONE).year}-",
        "kind": proposal.kind,
        "company": proposal.company,
        "place_path": proposal.place_path,
        "period": "" if proposal.period is None else str(proposal.period),
        "subject": proposal.subject,
        "evidence": msgspec.json.encode(proposal.evidence).decode(),
        "now": now,
    }
    found = connection.execute(_QUERIES["propose_measure"], row).fetchone()
    return None if found is None else MeasureId(cast("int", found[0]))


def reviewed(connection: Connection, period: Period, kind: str) -> set[PlacePath]:
    """Places whose review of a period has taken place."""
    asked = {"period": str(period), "kind": kind}
    rows = connection.execute(_QUERIES["reviewed"], asked).fetchall()
    return {PlacePath(str(row[0])) for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """That the end of a period was looked at.

    Attributes:
        companies: How many were compared.
        proposals: How many measures that proposed.
    """

    period: Period
    kind: str
    place_path: PlacePath
    companies: int
    proposals: int


def note_review(connection: Connection, found: Reviewed, now: datetime) -> None:
    """Keep that the end of a period was looked at."""
    row = {
        "period": str(found.period),
        "kind": found.kind,
        "place_path": found.place_path,
        "companies": found.companies,
        "proposals": found.proposals,
        "now": now,
    }
    connection.execute(_QUERIES["note_review"], row)


@dataclass(frozen=True, slots=True, kw_only=True)
class _CaseRow:
    id: MeasureId
    kind: str
    company: OrganisationId
    stage: str
    due: date | None
    appeal_until: date | None
    version: int

    @property
    def value(self) -> Case:
        return Case(
            id=self.id,
            kind=Kind(self.kind),
            company=self.company,
            stage=Stage(self.stage),
            due=self.due,
            appeal_until=self.appeal_until,
            version=self.version,
        )


def step(connection: Connection, number: Number, deed: Deed, now: datetime) -> Case:
    """Take a step of a measure and write it into its history.

    Raises:
        MeasureRefused: There is no such measure, or the procedure does not permit the step.
    """
    with connection.cursor(row_factory=class_row(_CaseRow)) as cursor:
        row = cursor.execute(_QUERIES["lock_measure"], {"number": number}).fetchone()
    if row is None:
        raise MeasureRefused(f"there is no measure {number}")
    before = row.value
    after = take(before, deed, today(now))
    _save(connection, before, after, deed, now)
    return after


def today(now: datetime, zone: ZoneInfo = ZONE) -> date:
    """The local day."""
    return now.astimezone(zone).date()


def _save(connection: Connection, before: Case, after: Case, deed: Deed, now: datetime) -> None:
    connection.execute(
        _QUERIES["save_measure"],
        {
            "id": after.id,
            "stage": after.stage,
            "due": after.due,
            "appeal_until": after.appeal_until,
            "version": after.version,
            "closed_at": None if after.stage in OPEN else now,
        },
    )
    line: dict[str, str | int | datetime | None] = {
        "measure": after.id,
        "at": now,
        "step": deed.step,
        "from_stage": before.stage,
        "to_stage": after.stage,
        "version": after.version,
        "actor": deed.actor,
        "actor_role": deed.role,
        "reason": deed.reason,
    }
    digest = digest_of(*line.values(), _iso(after.due), _iso(after.appeal_until))
    days = {"due": after.due, "appeal_until": after.appeal_until}
    connection.execute(_QUERIES["add_measure_step"], line | days | {"digest": digest})


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def fetch_measures(
    connection: Connection, company: str | None = None, limit: int = 200
) -> list[MeasureLine]:
    """Open measures, or all of one company; those that wait first."""
    asked = {"company": company, "limit": limit}
    with connection.cursor(row_factory=class_row(MeasureLine)) as cursor:
        return cursor.execute(_QUERIES["measures"], asked).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measure with all that its sheet says; kind and stage by their names."""

    number: Number
    kind: str
    company_zh: str
    company_en: str
    place_zh: str
    subject: str
    evidence: tuple[Trace, ...]
    stage: str
    due: date | None
    appeal_until: date | None
    version: int


def fetch_measure(connection: Connection, number: Number) -> Measure:
    """One measure.

    Raises:
        MeasureRefused: There is none of that number.
    """
    row = connection.execute(_QUERIES["measure"], {"number": number}).fetchone()
    if row is None:
        raise MeasureRefused(f"there is no measure {number}")
    found, kind, company_zh, company_en, place_zh, subject, evidence, stage = map(str, row[:8])
    return Measure(
        number=Number(found),
        kind=kind,
        company_zh=company_zh,
        company_en=company_en,
        place_zh=place_zh,
        subject=subject,
        evidence=msgspec.json.decode(evidence, type=tuple[Trace, ...]),
        stage=stage,
        due=cast("date | None", row[8]),
        appeal_until=cast("date | None", row[9]),
        version=cast("int", row[10]),
    )


def fetch_steps(connection: Connection, number: Number) -> list[StepLine]:
    """The history of one measure, oldest first."""
    with connection.cursor(row_factory=class_row(StepLine)) as cursor:
        return cursor.execute(_QUERIES["measure_steps"], {"number": number}).fetchall()
