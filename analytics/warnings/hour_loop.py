"""Every three hours: each asset's newest hours against the same hours of its former days."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from analytics import metrics
from analytics.detectors.contract import Scores
from analytics.detectors.surge import Surge
from analytics.features.store import begin_of, day_of, first_day
from analytics.models.errors import BadModel, UnfitModel
from analytics.models.guard import check_flood
from analytics.models.hours import detector_of
from analytics.models.model import Hourly, told_of
from analytics.models.store import Stored
from analytics.warnings import day_store, hour_store
from analytics.warnings.day import SURGE, DayFinding
from analytics.warnings.day_store import ToRaise
from analytics.warnings.hour import (
    STEP,
    Watched,
    advance,
    findings,
    nothing_known,
    step_end,
)
from analytics.warnings.store import places_of
from analytics.warnings.verdict import verdict
from analytics.warnings.watch import MAKING_S, ModelWatch, settle_case
from ingest.database import Connection, in_transaction

LATE: Final = timedelta(minutes=30)
"""A step is taken so long after its end: most late telemetry has come by then."""
PAST: Final = timedelta(days=28)
"""So much of the past is learned from when the watch begins."""
LIVE: Final = timedelta(hours=6)
"""What ended longer ago is learned from and warned of no more."""
PATIENCE: Final = timedelta(days=14)
"""A failure is waited for so long after the time that was said: what is found within hours may
grow for weeks."""

_log = structlog.get_logger("analytics.warnings")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watch:
    """One class with the model that watches its hours."""

    stored: Stored
    hourly: Hourly
    surge: Surge


class HourWatch(ModelWatch):
    """Takes every step of every class whose model knows of hours."""

    def _turn_of(
        self, connection: Connection, of_class: str, stored: Stored | None, now: datetime
    ) -> int:
        if stored is None:
            return 0
        try:
            hourly = stored.model().hourly
        except BadModel:
            return 0  # The watch of days says so and gives it up.
        if hourly is None:
            return 0
        newest = step_end(now, LATE)
        through = hour_store.fetch_through(connection, of_class)
        if through is not None and newest <= through <= newest + STEP:
            return 0
        watch = _Watch(stored=stored, hourly=hourly, surge=detector_of(of_class, hourly))
        return self._advance(connection, watch, newest, now)

    def _advance(
        self, connection: Connection, watch: _Watch, newest: datetime, now: datetime
    ) -> int:
        watched = _begin(connection, watch, newest)
        if watched is None:
            return 0
        begun, said = self._stopwatch(), None
        while watched.through < newest and self._stopwatch() - begun < MAKING_S:
            end = watched.through + STEP
            step = hour_store.read_step(connection, watched.of_class, end)
            said = advance(watched, step, watch.surge)
        if said is None:
            return 0
        found = _Found(watch=watch, watched=watched, said=said)
        is_live = now - watched.through <= LIVE
        return in_transaction(
            connection, lambda held: self._store(held, found, now, is_live=is_live)
        )

    def _store(
        self, connection: Connection, found: "_Found", now: datetime, *, is_live: bool
    ) -> int:
        hour_store.keep_watched(connection, found.watched, now)
        if not is_live:
            return 0
        new = self._new(connection, found, now)
        of_class = found.watched.of_class
        places = places_of(connection, [item.asset for item in new])
        raised = [item for item in new if item.asset in places]
        for item in raised:
            cases = day_store.past_cases(connection, of_class, item.metric, SURGE)
            true = sum(case.lead_days is not None for case in cases)
            sure = replace(item, confidence=told_of(len(cases), true))
            told = ToRaise(finding=sure, place_path=places[item.asset], cases=cases)
            day_store.raise_finding(connection, told, now)
            metrics.WARNINGS.labels("raised").inc()
        _settle(connection, found, now)
        return len(raised)

    def _new(self, connection: Connection, found: "_Found", now: datetime) -> list[DayFinding]:
        """What is told: nothing that is warned of already, nothing of assets that rest."""
        watch, watched = found.watch, found.watched
        of_class = watched.of_class
        told = day_store.warned_assets(connection, of_class)
        told |= day_store.resting_assets(connection, of_class, now, SURGE)
        all_ = findings(watched, found.said, watch.surge, watch.hourly, watch.stored.id)
        new = [item for item in all_ if item.asset not in told]
        seen = int(found.said.is_known.sum())
        try:
            check_flood(len(new), seen, self._bounds)
        except UnfitModel as error:
            # So many at once are a fault of the readings; the scan of days judges the model.
            _log.warning("surge_flood", asset_class=of_class, why=str(error))
            return []
        return self._told_of(new, seen, watch.stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What the newest step said."""

    watch: _Watch
    watched: Watched
    said: Scores


def _begin(connection: Connection, watch: _Watch, newest: datetime) -> Watched | None:
    """What is known, or the begin of it; None: nothing was ever read."""
    of_class, oldest = watch.stored.asset_class, newest - PAST
    watched = hour_store.fetch_watched(connection, of_class)
    if watched is not None and watched.through > newest:
        # The clock was ahead and has gone back: go on from where it is now.
        watched.through = newest - STEP
    if watched is not None and watched.through >= oldest:
        return watched
    first = first_day(connection, of_class, day_of(oldest))
    if first is None:
        return None
    begin = max(oldest, step_end(begin_of(first), timedelta()))
    if watched is not None:
        watched.through = begin
        return watched
    return nothing_known(of_class, begin)


def _settle(connection: Connection, found: _Found, now: datetime) -> None:
    of_class = found.watched.of_class
    rows = {asset: row for row, asset in enumerate(found.watched.assets)}
    for case in day_store.open_cases(connection, of_class, SURGE):
        row = rows.get(case.asset)
        is_known = row is not None and bool(found.said.is_known[row])
        is_over = is_known and row is not None and not found.said.alarm[row]
        told = verdict(case, is_over=is_over, now=now, patience=PATIENCE)
        if told is not None:
            settle_case(connection, case, told, now)
        elif row is not None and is_known:
            day_store.refresh(connection, case.id, float(found.said.score[row]), now)
