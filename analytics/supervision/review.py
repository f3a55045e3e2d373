"""The end of a period: the scores propose measures, and persons decide on every one of them.

Each month the last five of every street, each quarter the red and the black list of every
district. Looked at once, some days after the end, when the owners' answers are in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import structlog

from analytics.alarms.report import PlacePath
from analytics.duties.matrix import OrganisationId, Party, resolve
from analytics.duties.responsibility import Spot, surroundings
from analytics.supervision import store
from analytics.supervision.facts import Facts, Place, fetch_districts, fetch_streets, gather
from analytics.supervision.measure import NAMES, Kind, MeasureId
from analytics.supervision.notice import MeasureNotice, Told, tell
from analytics.supervision.period import Period, Rhythm
from analytics.supervision.score import Score, Trace, score
from analytics.supervision.standing import Measure, Ranking, Standing, list_of, rank
from analytics.supervision.store import Proposal, Reviewed
from ingest.database import Connection, in_transaction

GRACE: Final = timedelta(days=3)
"""From the end of a period to its review, so that late answers count (site rule)."""
MOST_EVIDENCE: Final = 50
"""Facts that a proposal names; the score names all of them."""
_EVERYWHERE: Final = PlacePath("")

_log = structlog.get_logger("analytics.supervision")


class Review(StrEnum):
    """What the end of a period is looked at for."""

    LAST_FIVE = "last_five"
    LISTS = "lists"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A review that has not taken place."""

    review: Review
    period: Period
    place: Place


def review_periods(connection: Connection, now: datetime) -> int:
    """Review one place of what ended last and was not reviewed; 1 when there was one.

    One at a time, since the facts of a large place take seconds to count.
    """
    for due in due_reviews(connection, now)[:1]:
        in_transaction(connection, lambda held: _review(held, due, now))  # noqa: B023 - called now
        return 1
    return 0


def due_reviews(connection: Connection, now: datetime) -> list[Due]:
    """Reviews of the periods that ended last and whose grace is over."""
    wanted: list[tuple[Review, Rhythm, Callable[[Connection, PlacePath], list[Place]]]] = [
        (Review.LAST_FIVE, Rhythm.MONTH, fetch_streets),
        (Review.LISTS, Rhythm.QUARTER, fetch_districts),
    ]
    found = []
    for review, rhythm, places in wanted:
        period = Period.around(store.today(now - GRACE), rhythm).before
        done = store.reviewed(connection, period, str(review))
        found += [
            Due(review=review, period=period, place=place)
            for place in places(connection, _EVERYWHERE)
            if place.path not in done
        ]
    return found


def _review(connection: Connection, due: Due, now: datetime) -> None:
    facts = gather(connection, due.period, due.place.path, now)
    scores = score(facts.records)
    ranking = rank(scores)
    proposals = list(_proposals(due, facts, scores, ranking))
    count = 0
    for proposal in proposals:
        measure = store.propose(connection, proposal, now)
        if measure is not None:
            count += 1
            _tell(connection, measure, proposal, now)
    reviewed = Reviewed(
        period=due.period,
        kind=str(due.review),
        place_path=due.place.path,
        companies=len(scores),
        proposals=count,
    )
    store.note_review(connection, reviewed, now)
    _log.info(
        "period_reviewed",
        period=str(due.period),
        place=due.place.path,
        companies=len(scores),
        proposals=count,
    )


def _proposals(
    due: Due, facts: Facts, scores: Sequence[Score], ranking: Ranking
) -> Sequence[Proposal]:
    by_company = {one.company: one for one in scores}
    return [
        Proposal(
            kind=kind,
            company=one.company,
            place_path=due.place.path,
            subject=_subject(due, kind, one, ranking),
            period=due.period,
            evidence=_evidence(by_company[one.company]),
        )
        for one in ranking.standings
        if one.company in facts.companies and (kind := _kind(due.review, one)) is not None
    ]


def _kind(review: Review, standing: Standing) -> Kind | None:
    if review is Review.LISTS:
        return list_of(standing.points)
    return Kind.LAST_FIVE if standing.is_last else None


def _subject(due: Due, kind: Kind, standing: Standing, ranking: Ranking) -> str:
    total = len(ranking.standings)
    by = "总分" if ranking.measure is Measure.TOTAL else "设备分,业主评价份数不足"
    return (
        f"{due.place.name.zh} {due.period} {NAMES[kind].zh}:"
        f" 第{standing.rank}名/{total}家, {standing.points:.1f}分({by})"
    )


def _evidence(found: Score) -> tuple[Trace, ...]:
    missed = (trace for line in found.lines for trace in line.tally.missed)
    return tuple(dict.fromkeys(missed))[:MOST_EVIDENCE]


def _tell(connection: Connection, measure: MeasureId, proposal: Proposal, now: datetime) -> None:
    """The street, or whoever stands for it, has a proposal to decide on; the company knows nothing."""
    told = Told(
        kind=MeasureNotice.PROPOSED,
        number=int(measure),
        subject=proposal.subject,
        place_path=proposal.place_path,
        to=supervisor_at(connection, proposal.place_path, now),
    )
    tell(connection, told, now)


def supervisor_at(
    connection: Connection, place_path: PlacePath, now: datetime
) -> OrganisationId | None:
    """Who supervises there: the street, or who stands for it."""
    spot = Spot(None, place_path)
    return resolve(Party.STREET, surroundings(connection, [spot], now)[spot])
