"""Who answers for what: lines from the matrix in force, organisations from the registry."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple, cast

import structlog

from analytics import metrics
from analytics.alarms.alarm import AssetId
from analytics.alarms.report import PlacePath
from analytics.clocks.working_time import WorkingTime
from analytics.duties.calendar import CHINA, office_hours
from analytics.duties.file import default_source, parse_matrix, public_holidays
from analytics.duties.lookup import LineFinder
from analytics.duties.matrix import Answer, Duty, DutyId, OrganisationId, Surroundings, answer
from analytics.duties.store import (
    Mark,
    duty_by_id,
    load_matrix,
    mark_in_force,
    matrix_in_force,
)
from gateway.catalogue import EventKind
from ingest.database import Connection, in_transaction, load_queries

QUERIES: Final = load_queries("analytics", "duty.sql")
Settle = Callable[[Connection, datetime], int]
"""Gives the heirs of merged and split places their lines, in the caller's transaction; how many."""

_log = structlog.get_logger("analytics.responsibility")


class Spot(NamedTuple):
    """An asset where it stands."""

    asset_id: AssetId | None
    place_path: PlacePath


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Who answers for an event on such an asset there?"""

    kind: EventKind
    asset_class: str
    spot: Spot


class _Manager(NamedTuple):
    kind: str
    organisation: OrganisationId | None


class _Keeper(NamedTuple):
    maintainer: OrganisationId | None
    network: OrganisationId | None


_NO_MANAGER: Final = _Manager("", None)
_NO_KEEPER: Final = _Keeper(None, None)


def ensure_matrix(connection: Connection, now: datetime) -> None:
    """See that a matrix is in force: the product's own, where no other was loaded."""
    source = default_source()
    default = parse_matrix(source)
    row = connection.execute(QUERIES["version_in_force"], {"at": now}).fetchone()
    if row is None or (row[1] == default.name and row[3] != default.checksum):
        in_transaction(connection, lambda held: load_matrix(held, default, source))


def surroundings(
    connection: Connection, spots: Sequence[Spot], at: datetime
) -> dict[Spot, Surroundings]:
    """Who is there, at each spot."""
    paths = {spot.place_path for spot in spots}
    lineages = {path: _lineage(path) for path in paths}
    named = {"paths": sorted({one for line in lineages.values() for one in line}), "at": at}
    managers = {
        str(path): _Manager(str(kind), cast("OrganisationId | None", found))
        for path, kind, found in connection.execute(QUERIES["managers"], named).fetchall()
    }
    serving: dict[str, dict[str, OrganisationId]] = {}
    for path, kind, found in connection.execute(QUERIES["serving"], named).fetchall():
        serving.setdefault(str(path), {})[str(kind)] = OrganisationId(cast("int", found))
    people = {path: _people(lineage, managers, serving) for path, lineage in lineages.items()}
    keepers = _keepers(connection, spots, at)
    return {
        spot: replace(
            people[spot.place_path],
            place_path=spot.place_path,
            maintainer=keepers.get(spot.asset_id, _NO_KEEPER).maintainer,
            network=keepers.get(spot.asset_id, _NO_KEEPER).network,
        )
        for spot in spots
    }


def _lineage(path: str) -> tuple[str, ...]:
    """A place and the places above it, the highest first."""
    labels = path.split(".")
    return tuple(".".join(labels[: depth + 1]) for depth in range(len(labels)))


def _people(
    lineage: Sequence[str],
    managers: Mapping[str, _Manager],
    serving: Mapping[str, Mapping[str, OrganisationId]],
) -> Surroundings:
    """Who is there: of each kind the nearest one, at last those that serve everywhere."""
    nearest: dict[str, OrganisationId] = dict(serving.get("", {}))
    manager = _NO_MANAGER
    for path in lineage:
        nearest |= serving.get(path, {})
        manager = managers.get(path, manager)
    return Surroundings(
        place_path=lineage[-1],
        manager=manager.organisation,
        management=manager.kind,
        nearest=nearest,
    )


def _keepers(
    connection: Connection, spots: Sequence[Spot], at: datetime
) -> dict[AssetId | None, _Keeper]:
    assets = sorted({spot.asset_id for spot in spots if spot.asset_id is not None})
    if not assets:
        return {}
    # A contract ends with a day in China.
    named = {"assets": assets, "at": at, "day": at.astimezone(CHINA).date()}
    return {
        AssetId(cast("int", asset)): _Keeper(
            cast("OrganisationId | None", maintainer), cast("OrganisationId | None", network)
        )
        for asset, maintainer, network in connection.execute(
            QUERIES["maintainers"], named
        ).fetchall()
    }


class Responsibility:
    """Answers who is responsible; remembers lines, which never change, but not organisations.

    Args:
        settle: Given where alarms are decided, so that an alarm after a merger or a split finds the
            lines of its place; whoever only asks waits until they are there.
    """

    def __init__(self, settle: Settle | None = None) -> None:
        self._settle = settle
        self._finder: LineFinder | None = None
        self._mark: Mark | None = None
        self._lines: dict[DutyId, Duty] = {}

    def who(
        self, connection: Connection, questions: Sequence[Question], at: datetime
    ) -> list[Answer | None]:
        """An answer for each question; None where no line or no matrix holds."""
        if not questions:
            return []
        finder = self._finder_at(connection, at)
        if finder is None:
            return [None] * len(questions)
        there = surroundings(connection, [question.spot for question in questions], at)
        found = []
        for question in questions:
            spot = question.spot
            duty = finder.find(question.kind, question.asset_class, spot.place_path, at)
            found.append(None if duty is None else answer(duty, there[spot]))
        return found

    def by_line(
        self, connection: Connection, duty_id: DutyId, spot: Spot, at: datetime
    ) -> Answer | None:
        """Whom a known line means now; None when there is no such line."""
        duty = self._lines.get(duty_id) or duty_by_id(connection, duty_id)
        if duty is None:
            return None
        self._lines[duty_id] = duty
        return answer(duty, surroundings(connection, [spot], at)[spot])

    def office_hours(self, connection: Connection, at: datetime) -> WorkingTime:
        """Hours of a service desk by the calendar of the matrix in force: holidays and 调休 count."""
        finder = self._finder_at(connection, at)
        holidays = public_holidays() if finder is None else finder.matrix.times.holidays
        return office_hours(holidays)

    def _finder_at(self, connection: Connection, at: datetime) -> LineFinder | None:
        mark = mark_in_force(connection, at)
        if mark is None:
            return None
        if not mark.is_settled and self._settle is not None:
            # Not remembered: this transaction may still be given up, and the lines with it.
            self._give_heirs_lines(connection, self._settle, at)
            return LineFinder(matrix_in_force(connection, at))
        if self._finder is None or self._mark != mark:
            self._finder, self._mark = LineFinder(matrix_in_force(connection, at)), mark
        return self._finder

    @staticmethod
    def _give_heirs_lines(connection: Connection, settle: Settle, at: datetime) -> None:
        try:
            in_transaction(connection, lambda held: settle(held, at))
        except Exception:  # the edge of a loop: an alarm is decided by the lines that there are
            if connection.broken:
                raise
            metrics.FAILURES.labels("successions").inc()
            _log.exception("heirs_without_lines")
