"""The warning process: a cycle over what arrived, and warnings raised, refreshed and settled."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from time import perf_counter
from typing import Final

import structlog

from analytics import metrics
from analytics.limits.watch import LimitWatch
from analytics.models.first import install_first
from analytics.rounds import Rounds
from analytics.warnings import store as warning_store
from analytics.warnings.cycle import CycleConfig, Findings, ModelState, cycle
from analytics.warnings.day_loop import DayWatch
from analytics.warnings.hour_loop import HourWatch
from analytics.warnings.store import MARGIN, Raised
from analytics.warnings.warning import OpenWarning, settle
from analytics.warnings.window import Span, Window, align
from gateway.catalogue import asset_class
from ingest.database import Connection, in_transaction

BINS: Final = 32
PATIENCE_CYCLES: Final = 4
"""A warning is withdrawn when so many cycles in a row do not find it."""
BACK_OFF_S: Final = (5.0,)

_log = structlog.get_logger("analytics.warnings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often and how far the warning process looks.

    Attributes:
        every: Time between two cycles.
        window: Length of the window.
        horizon: How far ahead a limit is worth a warning.
    """

    every: timedelta
    window: timedelta
    horizon: timedelta


class WarningProcess:
    """Looks for what will fail, and says so; it stands beside the path of alarms.

    Args:
        connect: Opens a connection of the role tw_analytics.
        pace: How often and how far it looks.
        clock: The platform's clock.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        pace: Pace,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._rounds = Rounds("warnings", connect, BACK_OFF_S)
        self._pace = pace
        self._clock = clock
        self._config = CycleConfig(horizon=pace.horizon)
        self._days = DayWatch()
        self._hours = HourWatch()
        self._limits = LimitWatch(pace.every)

    def run(self, stop: Event) -> None:
        """Go round until told to stop; a lost database is waited for."""
        self._rounds.run(self._serve, stop)

    def _serve(self, connection: Connection, stop: Event) -> None:
        self._install_first(connection)
        while not stop.is_set():
            self.turn(connection)
            self._rounds.went_well()
            stop.wait(self._pace.every.total_seconds())

    def _install_first(self, connection: Connection) -> None:
        """Put the models that are brought along in force where there never was one."""
        try:
            classes = in_transaction(connection, lambda held: install_first(held, self._clock()))
        except Exception:  # the edge of the models: limits and trends go on
            if connection.broken:
                raise
            metrics.FAILURES.labels("models").inc()
            _log.exception("first_models_unfit")
            return
        if classes:
            _log.info("first_models", classes=classes)

    def turn(self, connection: Connection) -> int:
        """One cycle over the classes of which something arrived; how many findings it had."""
        now = self._clock()
        begun = perf_counter()
        since = now - self._pace.every * PATIENCE_CYCLES - MARGIN
        arrived = warning_store.arrived_classes(connection, since)
        count = 0
        for name in self._limits.read(connection, now).watched_classes:
            # Back-filled history corrects what is known and warns of nothing live.
            newest = arrived.get(name)
            if newest is not None and newest > now - self._pace.window:
                count += self._look(connection, name, now)
        count += self._limits.look(connection, arrived, now)
        count += self._ask_models(connection, now)
        metrics.CYCLE_SECONDS.observe(perf_counter() - begun)
        metrics.PROGRESS.labels("warnings").set(now.timestamp())
        return count

    def _ask_models(self, connection: Connection, now: datetime) -> int:
        """Judge the day and the hours, after limits and trends have spoken: no model stops those."""
        return sum(
            self._ask(connection, watch, now) for watch in (self._days.turn, self._hours.turn)
        )

    def _ask(
        self, connection: Connection, watch: Callable[[Connection, datetime], int], now: datetime
    ) -> int:
        try:
            return watch(connection, now)
        except Exception:  # the edge of the models: limits and trends go on
            if connection.broken:
                raise
            metrics.FAILURES.labels("models").inc()
            _log.exception("models_failed")
            return 0

    def _look(self, connection: Connection, name: str, now: datetime) -> int:
        window = self._read(connection, name, now)
        found = cycle(window, ModelState(), self._config, self._limits.book)
        in_transaction(connection, lambda held: self._store(held, name, found, now))
        return len(found.findings)

    def _read(self, connection: Connection, name: str, now: datetime) -> Window:
        span = Span(end=now, length=self._pace.window, bins=BINS)
        watched = self._limits.book.watched_metrics(name)
        rows = warning_store.read_bins(connection, asset_class(name), watched, span)
        return align(name, span, watched, rows)

    def _store(self, connection: Connection, name: str, found: Findings, now: datetime) -> None:
        known = {
            (item.asset, item.detector, item.metric): item
            for item in warning_store.open_warnings(connection, name)
        }
        places = warning_store.places_of(connection, [item.asset for item in found.findings])
        for finding in found.findings:
            key = (finding.asset, finding.detector, finding.metric)
            warning = known.get(key)
            if warning is not None:
                # Another limit is ahead: the former was reached, which the settlement says.
                if warning.limit == finding.limit.value:
                    warning_store.refresh_warning(connection, warning, finding, name, now)
                    del known[key]
            elif finding.asset in places:
                raised = Raised(finding=finding, of_class=name, place_path=places[finding.asset])
                warning_store.raise_warning(connection, raised, now)
                metrics.WARNINGS.labels("raised").inc()
        self._settle(connection, known.values(), found, now)

    def _settle(
        self, connection: Connection, gone: Iterable[OpenWarning], found: Findings, now: datetime
    ) -> None:
        """Say how warnings turned out that nothing was found for any more."""
        readings = {(item.asset, item.metric): item for item in found.readings}
        patience = self._pace.every * PATIENCE_CYCLES
        for warning in gone:
            reading = readings.get((warning.asset, warning.metric))
            settlement = None if reading is None else settle(warning, reading, now, patience)
            if settlement is not None:
                warning_store.settle_warning(connection, warning, settlement, now)
                metrics.WARNINGS.labels(str(settlement)).inc()
