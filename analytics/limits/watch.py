"""Keeps the limits in force, and holds the newest values against those that people set.

Read anew with every cycle, so that what an administrator sets needs no restart.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog

from analytics import metrics
from analytics.alarms.alarm import AssetId
from analytics.limits.book import LimitBook
from analytics.limits.crossing import BINS, Back, Crossings, cross
from analytics.limits.store import load_book
from analytics.warnings import store as warning_store
from analytics.warnings.store import OpenCrossing, Raised
from analytics.warnings.warning import Settlement
from analytics.warnings.window import Span, align
from gateway.catalogue import asset_class
from ingest.database import Connection, in_transaction

_log = structlog.get_logger("analytics.limits")


class LimitWatch:
    """Warns of values beyond a limit that an administrator set.

    Args:
        every: Time between two looks; a value counts that lies beyond for two of them.
    """

    def __init__(self, every: timedelta) -> None:
        self._every = every
        self.book = LimitBook()

    def read(self, connection: Connection, now: datetime) -> LimitBook:
        """The limits in force; where they cannot be read, those that were read last."""
        try:
            self.book = in_transaction(connection, lambda held: load_book(held, now))
        except Exception:  # the edge of the settings: the limits known so far go on
            if connection.broken:
                raise
            metrics.FAILURES.labels("limits").inc()
            _log.exception("limits_not_read")
        return self.book

    def look(self, connection: Connection, arrived: Iterable[str], now: datetime) -> int:
        """Look at the classes of which something arrived; how many values lie beyond."""
        try:
            return self._look(connection, arrived, now)
        except Exception:  # the edge of the settings: trends and models go on
            if connection.broken:
                raise
            metrics.FAILURES.labels("limits").inc()
            _log.exception("limits_not_judged")
            return 0

    def _look(self, connection: Connection, arrived: Iterable[str], now: datetime) -> int:
        known = warning_store.open_crossings(connection)
        reporting = set(arrived)
        count = 0
        for name in {*self.book.set_classes, *(item.of_class for item in known)}:
            found = Crossings(beyond=(), back=frozenset())
            if name in reporting and name in self.book.set_classes:
                found = self._cross(connection, name, now)
            of_class = [item for item in known if item.of_class == name]
            in_transaction(connection, lambda held: self._store(held, name, found, of_class, now))  # noqa: B023
            count += len(found.beyond)
        return count

    def _cross(self, connection: Connection, name: str, now: datetime) -> Crossings:
        span = Span(end=now, length=self._every * BINS, bins=BINS)
        watched = self.book.set_metrics(name)
        rows = warning_store.read_bins(connection, asset_class(name), watched, span)
        return cross(align(name, span, watched, rows), self.book)

    def _store(
        self,
        connection: Connection,
        name: str,
        found: Crossings,
        known: Iterable[OpenCrossing],
        now: datetime,
    ) -> None:
        standing = {(item.warning.asset, item.warning.metric): item.warning for item in known}
        places = warning_store.places_of(connection, [item.asset for item in found.beyond])
        for finding in found.beyond:
            warning = standing.pop((finding.asset, finding.metric), None)
            if warning is not None:
                warning_store.refresh_warning(connection, warning, finding, name, now)
            elif finding.asset in places:
                raised = Raised(finding=finding, of_class=name, place_path=places[finding.asset])
                warning_store.raise_warning(connection, raised, now)
                metrics.WARNINGS.labels("raised").inc()
        for (asset, metric), warning in standing.items():
            is_back = Back(asset=asset, metric=metric) in found.back
            if is_back or not self._is_set(name, asset, metric):
                warning_store.settle_warning(connection, warning, Settlement.WITHDRAWN, now)
                metrics.WARNINGS.labels(str(Settlement.WITHDRAWN)).inc()

    def _is_set(self, name: str, asset: AssetId, metric: str) -> bool:
        settings = self.book.settings_of(name, asset)
        return any(target.metric == metric for target in settings)
