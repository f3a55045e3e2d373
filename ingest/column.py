"""Values of one class and one set of metrics as columns, judged against the catalogue at once."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gateway.catalogue import AssetClass, Metric
from gateway.wire import MAX_MS
from ingest.batch import Reason, Refusal

FUTURE_MS = 300_000
"""A sample may lie this far ahead of the platform's clock [ms]."""
EARLIEST_MS = 946_684_800_000
"""1 January 2000 [ms since 1970]: before it no gateway had a clock that was set."""
_NOWHERE = 1 << 62


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Block:
    """Rows to store.

    Attributes:
        kind: Asset class; its table takes the rows.
        metrics: Column names, k of them.
        at_ms: Times [ms UTC], shape (n,).
        asset: Asset ids, shape (n,).
        values: [units of the catalogue], shape (n, k); NaN means no value.
        message: Place in the batch of the message each row came in, shape (n,).
    """

    kind: AssetClass
    metrics: tuple[str, ...]
    at_ms: NDArray[np.int64]
    asset: NDArray[np.int32]
    values: NDArray[np.float32]
    message: NDArray[np.int32]

    def values_by_message(self, messages: int) -> NDArray[np.int64]:
        """How many values each message of the batch brought, shape (messages,)."""
        present = (~np.isnan(self.values)).sum(axis=1)
        counted = np.bincount(self.message, weights=present, minlength=messages)
        return counted.astype(np.int64)

    def without(self, messages: NDArray[np.bool_]) -> "Block":
        """The rows whose message is not marked, shape (messages,)."""
        keep = ~messages[self.message]
        return Block(
            kind=self.kind,
            metrics=self.metrics,
            at_ms=self.at_ms[keep],
            asset=self.asset[keep],
            values=self.values[keep],
            message=self.message[keep],
        )

    def renumbered(self, places: NDArray[np.int32]) -> "Block":
        """The same rows with new places of their messages, shape (old messages,)."""
        return replace(self, message=places[self.message])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Judged:
    """A group after judgement: what to store, and what was refused of which message."""

    block: Block | None
    refused: list[tuple[int, Refusal]]


class Group:
    """Frames of one class with the same metrics, appended one after the other.

    Attributes:
        codes: Code of each frame's asset, as sent.
        assets: Its id.
        messages: Place in the batch of the message it came in.
        counts: Rows of it.
        times: Times of all rows [ms UTC].
        columns: Values of all rows, a list for each metric.
    """

    __slots__ = ("assets", "codes", "columns", "counts", "kind", "messages", "metrics", "times")

    def __init__(self, kind: AssetClass, metrics: tuple[str, ...]) -> None:
        self.kind = kind
        self.metrics = metrics
        self.codes: list[str] = []
        self.assets: list[int] = []
        self.messages: list[int] = []
        self.counts: list[int] = []
        self.times: list[int] = []
        self.columns: list[list[float | None]] = [[] for _ in metrics]

    def judge(self, received_ms: NDArray[np.int64]) -> Judged:
        """Refuse what cannot be true; keep the rest.

        Args:
            received_ms: When each message of the batch came [ms UTC].
        """
        refused: list[tuple[int, Refusal]] = []
        frame = np.repeat(np.arange(len(self.counts)), self.counts)
        message = np.array(self.messages, dtype=np.int32)[frame]
        at = self._at()
        rows = self._bad_times(at, received_ms[message], frame, refused)
        known = [(n, m) for n, name in enumerate(self.metrics) if (m := self.kind.metric(name))]
        self._refuse_unknown(frame, {n for n, _ in known}, refused)
        values = np.empty((len(at), len(known)), dtype=np.float32)
        for place, (n, metric) in enumerate(known):
            values[:, place] = self._within(n, metric, frame, rows, refused)
        keep = rows & self._has_something(values, known)
        if not known or not keep.any():
            return Judged(block=None, refused=refused)
        asset = np.array(self.assets, dtype=np.int32)[frame]
        if not keep.all():
            at, asset, values, message = at[keep], asset[keep], values[keep], message[keep]
        block = Block(
            kind=self.kind,
            metrics=tuple(metric.name for _, metric in known),
            at_ms=at,
            asset=asset,
            values=values,
            message=message,
        )
        return Judged(block=block, refused=refused)

    def _at(self) -> NDArray[np.int64]:
        try:
            return np.array(self.times, dtype=np.int64)
        except OverflowError:
            return np.array([t if abs(t) < _NOWHERE else _NOWHERE for t in self.times], np.int64)

    def _bad_times(
        self,
        at: NDArray[np.int64],
        received_ms: NDArray[np.int64],
        frame: NDArray[np.int64],
        refused: list[tuple[int, Refusal]],
    ) -> NDArray[np.bool_]:
        impossible = (at < EARLIEST_MS) | (at > MAX_MS)
        future = (at > received_ms + FUTURE_MS) & ~impossible
        for bad, reason in ((impossible, Reason.IMPOSSIBLE_TIME), (future, Reason.FUTURE_TIME)):
            for first, rows in self._by_frame(bad, frame):
                refused.append(self._refusal(reason, frame, first, "", rows * len(self.metrics)))
        return ~(impossible | future)

    def _refuse_unknown(
        self, frame: NDArray[np.int64], known: set[int], refused: list[tuple[int, Refusal]]
    ) -> None:
        for n, name in enumerate(self.metrics):
            if n in known:
                continue
            sent = np.array([value is not None for value in self.columns[n]], dtype=np.bool_)
            for first, many in self._by_frame(sent, frame):
                refused.append(
                    self._refusal(Reason.UNKNOWN_METRIC, frame, first, name, many, column=n)
                )

    def _within(
        self,
        n: int,
        metric: Metric,
        frame: NDArray[np.int64],
        rows: NDArray[np.bool_],
        refused: list[tuple[int, Refusal]],
    ) -> NDArray[np.float64]:
        column = np.array(self.columns[n], dtype=np.float64)
        bad = (column < metric.low) | (column > metric.high)
        if bad.any():
            for first, many in self._by_frame(bad & rows, frame):
                reason = Reason.OUT_OF_RANGE
                refused.append(self._refusal(reason, frame, first, metric.name, many, column=n))
            column[bad] = np.nan
        return column

    def _has_something(
        self, values: NDArray[np.float32], known: list[tuple[int, Metric]]
    ) -> NDArray[np.bool_]:
        """Rows with a value, or that came without any: an absent sensor is news, too."""
        has = np.asarray((~np.isnan(values)).any(axis=1), dtype=np.bool_)
        if has.all():
            return has
        empty = np.flatnonzero(~has)
        came_empty = [all(self.columns[n][row] is None for n, _ in known) for row in empty]
        has[empty] = came_empty
        return has

    @staticmethod
    def _by_frame(bad: NDArray[np.bool_], frame: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
        """(first bad row, number of bad rows) of each frame that has any."""
        rows = np.flatnonzero(bad)
        if not len(rows):
            return
        _, firsts, counts = np.unique(frame[rows], return_index=True, return_counts=True)
        for first, count in zip(firsts, counts, strict=True):
            yield int(rows[first]), int(count)

    def _refusal(  # noqa: PLR0913 - what a refusal tells
        self,
        reason: Reason,
        frame: NDArray[np.int64],
        row: int,
        metric: str,
        values: int,
        *,
        column: int | None = None,
    ) -> tuple[int, Refusal]:
        place = int(frame[row])
        sent = "" if column is None else str(self.columns[column][row])
        return self.messages[place], Refusal(
            reason=reason,
            asset=self.codes[place],
            metric=metric,
            at_ms=self.times[row],
            sent=sent,
            values=values,
        )
