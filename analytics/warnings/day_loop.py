"""Once a day, each class is judged by its model: features made, model asked under guard, warnings."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
import structlog

from analytics import metrics
from analytics.alarms.alarm import AssetId
from analytics.alarms.report import PlacePath
from analytics.features import store as features
from analytics.features.store import FeatureDays, day_of
from analytics.models import store as models
from analytics.models.errors import BadModel, UnfitModel
from analytics.models.guard import (
    GAP_DAYS,
    Judgement,
    Lengths,
    check_flood,
    judge,
)
from analytics.models.model import Model
from analytics.models.record import Run, has_run, note_run
from analytics.models.store import Stored
from analytics.warnings import day_store
from analytics.warnings.day import DayFinding, finding_of, last_day
from analytics.warnings.day_store import ToRaise
from analytics.warnings.store import places_of
from analytics.warnings.verdict import OpenCase, verdict
from analytics.warnings.watch import MAKING_S, ModelWatch, settle_case
from ingest.database import Connection, in_transaction

LATE: Final = timedelta(hours=2)
"""A day is judged so long after its end: most late telemetry has come by then."""
DRIFTED: Final = (0.5, 2.0)
"""Outside this a model meets another world than it was trained on: its warnings are told, but
open no alarm and no order until it is trained anew."""

_log = structlog.get_logger("analytics.warnings")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Day:
    """One class on one day, with the model that judges it."""

    stored: Stored
    model: Model
    day: date

    @property
    def first(self) -> date:
        """The oldest day of the window."""
        back = self.model.scan.shape.window + self.model.rule.steps + GAP_DAYS - 2
        return self.day - timedelta(days=back)


class DayWatch(ModelWatch):
    """Judges every class once a day; whatever is wrong with a model stays in here."""

    def _turn_of(
        self, connection: Connection, of_class: str, stored: Stored | None, now: datetime
    ) -> int:
        if stored is None:
            metrics.MODEL_FIT.labels(of_class).set(0)
            return 0
        try:
            model = stored.model()
            today = _Day(stored=stored, model=model, day=last_day(now, LATE))
            raised = self._judge(connection, today, now)
            metrics.MODEL_FIT.labels(of_class).set(1)
        except (BadModel, UnfitModel) as error:
            self._give_up(connection, stored, str(error), now)
            return 0
        return raised

    def _judge(self, connection: Connection, today: _Day, now: datetime) -> int:
        if has_run(connection, today.stored.id, today.day):
            return 0
        if not self._make_days(connection, today, now):
            return 0
        of_class = today.stored.asset_class
        days = features.load_days(connection, of_class, today.first, today.day)
        if not days.assets:
            # Nothing reports yet: no model is to blame for that, and none is asked.
            return 0
        open_ = {case.asset: case for case in day_store.open_cases(connection, of_class)}
        standing = _standing(days, open_, today.day)
        seen = judge(days.values, standing, today.model, self._bounds, self._stopwatch)
        told = day_store.resting_assets(connection, of_class, now)
        told |= day_store.warned_assets(connection, of_class)
        found = _found(days, seen, today)
        new = [item for item in found if item.asset not in told]
        watched = int((~np.isnan(seen.seen.score)).sum())
        check_flood(len(new), watched, self._bounds)
        new = self._told_of(new, watched, today.stored)
        outcome = _Outcome(today=today, days=days, judgement=seen, found=found, new=new, open=open_)
        in_transaction(connection, lambda held: _store(held, outcome, now))
        return len(new)

    def _make_days(self, connection: Connection, today: _Day, now: datetime) -> bool:
        """Make days that are missing, the newest first; whether all are there."""
        of_class = today.stored.asset_class
        begun = self._stopwatch()
        for day in self._missing(connection, today):
            if self._stopwatch() - begun > MAKING_S:
                return False
            in_transaction(
                connection,
                lambda held: features.make_day(held, of_class, day, now),  # noqa: B023
            )
        features.prune(connection, of_class, today.day)
        return True

    def _missing(self, connection: Connection, today: _Day) -> list[date]:
        of_class = today.stored.asset_class
        missing = features.missing_days(connection, of_class, today.first, today.day)
        if not missing:
            return []
        oldest = features.first_day(connection, of_class, today.first)
        return [day for day in missing if oldest is not None and day >= oldest]

    def _give_up(self, connection: Connection, bad: Stored, why: str, now: datetime) -> None:
        """Tell a model unfit and go back to the one before."""
        run = Run(
            asset_class=bad.asset_class,
            model=bad.id,
            day=last_day(now, LATE),
            is_fit=False,
            why=why,
        )

        def work(held: Connection) -> models.ModelId | None:
            note_run(held, run, now)
            return models.fall_back(held, bad, why, now)

        former = in_transaction(connection, work)
        metrics.MODEL_FIT.labels(bad.asset_class).set(0)
        metrics.MODELS_REJECTED.labels(bad.asset_class).inc()
        _log.error(
            "model_unfit",
            asset_class=bad.asset_class,
            model=bad.id,
            why=why,
            instead=former if former is not None else "limits and trends",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """All that a judgement leads to."""

    today: _Day
    days: FeatureDays
    judgement: Judgement
    found: list[DayFinding]
    new: list[DayFinding]
    open: dict[AssetId, OpenCase]


def _standing(days: FeatureDays, open_: dict[AssetId, OpenCase], day: date) -> Lengths:
    """Newest days in which a warning of each asset has stood, 0: none, shape (n_assets,)."""
    standing = np.zeros(len(days.assets), dtype=np.int64)
    for row, asset in enumerate(days.assets):
        if asset in open_:
            begun = day_of(open_[asset].raised_at)
            standing[row] = max((day - begun).days + 1, 1)
    return standing


def _found(days: FeatureDays, seen: Judgement, today: _Day) -> list[DayFinding]:
    return [
        finding_of(int(row), days, seen, today.model, today.stored.id)
        for row in np.flatnonzero(seen.is_raised)
    ]


def _drift(outcome: _Outcome) -> float | None:
    """Middle score of the day over that of the training; None: nothing is known."""
    middle = outcome.judgement.middle
    return middle / outcome.today.model.middle if np.isfinite(middle) else None


def _is_drifted(drift: float | None) -> bool:
    return drift is not None and not DRIFTED[0] <= drift <= DRIFTED[1]


def _store(connection: Connection, outcome: _Outcome, now: datetime) -> None:
    of_class = outcome.today.stored.asset_class
    places = places_of(connection, [item.asset for item in outcome.new])
    is_held = _is_drifted(_drift(outcome))
    for item in outcome.new:
        if item.asset in places:
            cases = day_store.past_cases(connection, of_class, item.metric)
            new = ToRaise(finding=item, place_path=places[item.asset], cases=cases, is_held=is_held)
            day_store.raise_finding(connection, new, now)
            metrics.WARNINGS.labels("raised").inc()
    settled = _settle(connection, outcome, now)
    note_run(connection, _run(outcome, len(outcome.open) - settled), now)


def _settle(connection: Connection, outcome: _Outcome, now: datetime) -> int:
    """Refresh or settle what stands; how many were settled."""
    rows = {asset: row for row, asset in enumerate(outcome.days.assets)}
    again = {item.asset: item for item in outcome.found}
    settled = 0
    for asset, case in outcome.open.items():
        row = rows.get(asset)
        is_over = row is not None and bool(outcome.judgement.is_over[row])
        told = verdict(case, is_over=is_over, now=now)
        if told is not None:
            settle_case(connection, case, told, now)
            settled += 1
        elif asset in again:
            day_store.refresh(connection, case.id, again[asset].strength, now)
            if not _is_drifted(_drift(outcome)):
                day_store.release(connection, case.id, PlacePath(case.place_path), now)
    return settled


def _run(outcome: _Outcome, standing: int) -> Run:
    seen, today = outcome.judgement, outcome.today
    drift = _drift(outcome)
    if drift is not None:
        if _is_drifted(drift):
            _log.warning("model_drifts", model=today.stored.id, drift=round(drift, 2))
        metrics.MODEL_DRIFT.labels(today.stored.asset_class).set(drift)
    return Run(
        asset_class=today.stored.asset_class,
        model=today.stored.id,
        day=today.day,
        is_fit=True,
        assets=int((~np.isnan(seen.seen.score)).sum()),
        raised=len(outcome.new),
        standing=standing + len(outcome.new),
        middle=None if drift is None else seen.middle,
        drift=drift,
        took_s=seen.took_s,
    )
