"""Values of one class and one set of metrics as columns, judged against the catalogue at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from gateway.catalogue import AssetClass, Metric
from gateway.wire import MAX_MS, Frame
from ingest.batch import Reason, Refusal

FUTURE_MS = 300_000
"""A sample may lie this far ahead of the platform's clock [ms]."""
EARLIEST_MS = 946_684_800_000
"""1 January 2000 [ms since 1970]: before it no gateway had a clock that was set."""
_NOWHERE = 1 << 62

Values = NDArray[np.float64]


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
        assets: Asset id of each frame.
        frames: As they were sent; every list of one is as long as its times.
        messages: Place in the batch of the message it came in.
        counts: Rows of it.
    """

    __slots__ = ("assets", "counts", "frames", "kind", "messages", "metrics")

    def __init__(self, kind: AssetClass, metrics: tuple[str, ...]) -> None:
        self.kind = kind
        self.metrics = metrics
        self.assets: list[int] = []
        self.frames: list[Frame] = []
        self.messages: list[int] = []
        self.counts: list[int] = []

    def judge(self, received_ms: NDArray[np.int64]) -> Judged:
        """Refuse what cannot be true; keep the rest.

        Args:
            received_ms: When each message of the batch came [ms UTC].
        """
        refused: list[tuple[int, Refusal]] = []
        counts = np.array(self.counts, dtype=np.int64)
        frame = np.repeat(np.arange(len(counts)), counts)
        message = np.array(self.messages, dtype=np.int32)[frame]
        at = self._at()
        rows = self._bad_times(at, received_ms[message], frame, refused)
        sent = self._values(counts, frame)
        known = [(n, m) for n, name in enumerate(self.metrics) if (m := self.kind.metric(name))]
        self._refuse_unknown(sent, frame, {n for n, _ in known}, refused)
        if len(known) < len(self.metrics):
            sent = sent[:, [n for n, _ in known]]
        metrics = tuple(metric for _, metric in known)
        values = self._within(sent, metrics, frame, rows, refused)
        keep = rows & _has_something(values, sent)
        if not known or not keep.any():
            return Judged(block=None, refused=refused)
        asset = np.array(self.assets, dtype=np.int32)[frame]
        if not keep.all():
            at, asset, values, message = at[keep], asset[keep], values[keep], message[keep]
        block = Block(
            kind=self.kind,
            metrics=tuple(metric.name for metric in metrics),
            at_ms=at,
            asset=asset,
            values=values.astype(np.float32),
            message=message,
        )
        return Judged(block=block, refused=refused)

    def _values(self, counts: NDArray[np.int64], frame: NDArray[np.int64]) -> Values:
        """All values as sent, shape (rows, metrics); NaN where null was sent.

        One pass over Python's numbers, frame by frame and metric by metric; numpy then turns
        each frame's metrics into rows.
        """
        width = len(self.metrics)
        try:
            flat = np.fromiter(self._numbers(), dtype=np.float64, count=len(frame) * width)
        except TypeError:
            flat = np.array(list(self._numbers()), dtype=np.float64)
        rows = self.counts[0]
        if (counts == rows).all():
            by_frame = flat.reshape(len(counts), width, rows)
            in_rows: Values = by_frame.transpose(0, 2, 1).reshape(len(frame), width)
            return in_rows
        first = (np.cumsum(counts) - counts)[frame]
        start = first * width + np.arange(len(frame)) - first
        places = start[:, None] + np.arange(width) * counts[frame][:, None]
        found: Values = flat[places]
        return found

    def _numbers(self) -> Iterator[float | None]:
        return chain.from_iterable(chain.from_iterable([one.m.values() for one in self.frames]))

    def _at(self) -> NDArray[np.int64]:
        times = list(chain.from_iterable([frame.t for frame in self.frames]))
        try:
            return np.array(times, dtype=np.int64)
        except OverflowError:
            return np.array([t if abs(t) < _NOWHERE else _NOWHERE for t in times], np.int64)

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
        self,
        sent: Values,
        frame: NDArray[np.int64],
        known: set[int],
        refused: list[tuple[int, Refusal]],
    ) -> None:
        for n, name in enumerate(self.metrics):
            if n not in known:
                for first, many in self._by_frame(~np.isnan(sent[:, n]), frame):
                    reason = Reason.UNKNOWN_METRIC
                    refused.append(self._refusal(reason, frame, first, name, many))

    def _within(
        self,
        sent: Values,
        metrics: Sequence[Metric],
        frame: NDArray[np.int64],
        rows: NDArray[np.bool_],
        refused: list[tuple[int, Refusal]],
    ) -> Values:
        """The values within their legal ranges; NaN for others."""
        low = np.array([metric.low for metric in metrics], dtype=np.float64)
        high = np.array([metric.high for metric in metrics], dtype=np.float64)
        bad = (sent < low) | (sent > high)
        if not bad.any():
            return sent
        for n in np.flatnonzero(bad.any(axis=0)):
            for first, many in self._by_frame(bad[:, n] & rows, frame):
                name = metrics[int(n)].name
                refused.append(self._refusal(Reason.OUT_OF_RANGE, frame, first, name, many))
        return np.where(bad, np.nan, sent)

    @staticmethod
    def _by_frame(bad: NDArray[np.bool_], frame: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
        """(first bad row, number of bad rows) of each frame that has any."""
        rows = np.flatnonzero(bad)
        if not len(rows):
            return
        _, firsts, counts = np.unique(frame[rows], return_index=True, return_counts=True)
        for first, count in zip(firsts, counts, strict=True):
            yield int(rows[first]), int(count)

    def _refusal(
        self, reason: Reason, frame: NDArray[np.int64], row: int, metric: str, values: int
    ) -> tuple[int, Refusal]:
        place = int(frame[row])
        one = self.frames[place]
        within = row - int(np.searchsorted(frame, place))
        return self.messages[place], Refusal(
            reason=reason,
            asset=one.asset,
            metric=metric,
            at_ms=one.t[within],
            sent=str(one.m[metric][within]) if metric else "",
            values=values,
        )


def _has_something(values: Values, sent: Values) -> NDArray[np.bool_]:
    """Rows with a value, or that came without any: an absent sensor is news, too."""
    has_value = np.asarray((~np.isnan(values)).any(axis=1), dtype=np.bool_)
    return has_value | np.asarray(np.isnan(sent).all(axis=1), dtype=np.bool_)
