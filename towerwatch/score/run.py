"""Score a file row by row, and write what was found beside it."""

import csv
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from math import isnan
from pathlib import Path
from time import monotonic
from typing import Final

from analytics.detectors.default import TableStream
from towerwatch.errors import WrongSettings
from towerwatch.score.plot import Picture
from towerwatch.score.table import Layout, Row, rows

_GAP_RATIO: Final = 5.0
"""A step so many times the usual one is counted as a gap."""


@dataclass(slots=True, kw_only=True)
class Summary:
    """What became of a file.

    Attributes:
        learning: First rows that no score could be given.
        unknown: Later rows without any value.
        bad_cells: Cells that were no number and taken as unknown.
        gaps: Steps of more than five usual ones.
        backward: Steps back in time or of no time.
        alarms: Beginnings of an alarm.
        first_alarm: Time of the first, as the file writes it.
        empty: Columns without a single value.
    """

    file: str
    detector: str
    columns: tuple[str, ...]
    left_out: tuple[str, ...]
    rows: int = 0
    learning: int = 0
    unknown: int = 0
    bad_cells: int = 0
    gaps: int = 0
    backward: int = 0
    alarms: int = 0
    alarm_rows: int = 0
    first_alarm: str | None = None
    highest: float = 0.0
    highest_at: str | None = None
    because: dict[str, float] = field(default_factory=dict)
    empty: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(slots=True, kw_only=True)
class _Clock:
    """Counts gaps and steps back; the usual step is followed slowly."""

    last: float = float("nan")
    usual: float = float("nan")

    def step(self, at: float, summary: Summary) -> None:
        elapsed = at - self.last
        self.last = at
        if isnan(elapsed):
            return
        if elapsed <= 0:
            summary.backward += 1
            return
        summary.gaps += elapsed > _GAP_RATIO * self.usual
        near = min(elapsed, _GAP_RATIO * self.usual) if self.usual > 0 else elapsed
        self.usual = near if isnan(self.usual) else 0.95 * self.usual + 0.05 * near


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked of a scoring.

    Attributes:
        out: Where the result goes.
        picture: What is to be drawn into, if anything.
        skip_bad: Take cells that are no number as unknown.
        with_state: Add a column with the state in a word.
    """

    out: Path
    picture: Picture | None = None
    skip_bad: bool = False
    with_state: bool = False


def score_table(table: Layout, wish: Wish, tell: Callable[[float, str], None]) -> Summary:
    """Score every row by the rows up to it; the result appears as a whole or not at all.

    Raises:
        BadTable: at the first row that cannot be read; nothing is written then.
        WrongSettings: when the result cannot be written.
    """
    begun, out = monotonic(), wish.out
    stream = TableStream(len(table.values))
    summary = Summary(
        file=str(table.path),
        detector=stream.detector.name,
        columns=table.columns,
        left_out=table.left_out,
    )
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["time", "score", "alarm", *(["state"] if wish.with_state else [])])
            clock, was_alarm = _Clock(), False
            empty = set(range(len(table.values)))
            for row in rows(table, skip_bad=wish.skip_bad):
                clock.step(row.at, summary)
                empty = {place for place in empty if isnan(row.values[place])}
                score, alarm, reason = stream.row(row.at, row.values)
                shown = 0.0 if isnan(score) else score
                state = _state(score, row, summary, alarm=alarm)
                writer.writerow(
                    [row.text, f"{shown:.6f}", int(alarm), *([state] if wish.with_state else [])]
                )
                _count(summary, row, shown, alarm=alarm, began=alarm and not was_alarm)
                if alarm and not was_alarm:
                    _blame(summary, reason.tolist())
                was_alarm = alarm
                if wish.picture is not None:
                    wish.picture.add(row.text, row.values, score, alarm=alarm)
                if summary.rows % 500 == 0:
                    tell(row.read, f"row {summary.rows}")
        part.replace(out)
        summary.empty = tuple(summary.columns[place] for place in sorted(empty))
    except OSError as error:
        raise WrongSettings(f"{out}: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    summary.seconds = round(monotonic() - begun, 3)
    return summary


def _state(score: float, row: Row, summary: Summary, *, alarm: bool) -> str:
    """A row in a word; unknown and learning are not good."""
    if not isnan(score):
        return "alarm" if alarm else "good"
    if summary.rows == summary.learning and any(not isnan(value) for value in row.values):
        summary.learning += 1
        return "learning"
    summary.unknown += 1
    return "alarm" if alarm else "unknown"


def _count(summary: Summary, row: Row, score: float, *, alarm: bool, began: bool) -> None:
    summary.bad_cells += row.bad
    summary.alarms += began
    summary.alarm_rows += alarm
    if began and summary.first_alarm is None:
        summary.first_alarm = row.text
    if score > summary.highest:
        summary.highest, summary.highest_at = round(score, 6), row.text
    summary.rows += 1


def _blame(summary: Summary, reason: list[float]) -> None:
    for name, share in zip(summary.columns, reason, strict=True):
        if share > 0.2:
            summary.because[name] = round(max(share, summary.because.get(name, 0.0)), 3)
