"""`towerwatch trips`: the single trips of a lift, and which of them stand out."""

import csv
import json
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer

from analytics.detectors.default import TableStream
from analytics.features.store import begin_of, day_of
from analytics.features.trip import FEATURES, Trace, Trips, trips_of
from analytics.features.trip_store import MOST_READINGS, find_lift, read_trace
from towerwatch.errors import WrongSettings
from towerwatch.reach import database

EPILOG: Final = """\
A trip begins and ends at a standstill; one that a gap in the readings cuts is left out. What
stands out is told by the detector of `towerwatch score`, trip after trip, without knowing later
ones: it needs a hundred trips to learn from, so look at some days at once.

The CSV of --out is a table for `towerwatch score --time at`.

Example: towerwatch trips L-1-1 --day 2026-03-02 --days 7 --out trips.csv

Status: 0 told; 2 there is no such lift, or --out cannot be written.
"""
_ROLE: Final = "tw_analytics"
_LONGEST_D: Final = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Outstanding:
    """A run of trips in alarm.

    Attributes:
        at: When the first of them ended.
        trips: How many.
        because: Features and their share of the reason, largest first.
    """

    at: datetime
    trips: int
    because: tuple[tuple[str, float], ...]


def command(
    *,
    lift: Annotated[str, typer.Argument(help="Code of the lift.")],
    day: Annotated[
        str, typer.Option("--day", help="First day in China, such as 2026-03-02. Default: today.")
    ] = "",
    days: Annotated[int, typer.Option("--days", min=1, max=_LONGEST_D, help="How many days.")] = 1,
    out: Annotated[
        Path | None, typer.Option("--out", help="Also write every trip as a line of CSV.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Show the single trips of a lift: door times, time lost, current at the start, levelling."""
    since = begin_of(_day(day))
    with database(_ROLE) as connection:
        asset = find_lift(connection, lift)
        if asset is None:
            raise WrongSettings(f"There is no lift {lift!r}.")
        trace = read_trace(connection, asset, since, since + timedelta(days=days))
    if cut := cut_at(trace):
        typer.echo(cut, err=True)
    trips = trips_of(trace)
    found = outstanding(trips)
    if out is not None:
        _write(trips, out)
    if as_json:
        typer.echo(json.dumps(_json(lift, trips, found), ensure_ascii=False, indent=1, default=str))
        return
    for line in lines_of(lift, trips, found):
        typer.echo(line)


def cut_at(trace: Trace, most: int = MOST_READINGS) -> str:
    """Where a trace ends that is longer than is read at once; empty: it is whole."""
    if trace.at.size < most:
        return ""
    end = datetime.fromtimestamp(float(trace.at[-1]), UTC).isoformat(timespec="seconds")
    return f"读数过多,只看到 {end} 为止 / too many readings: looked at up to {end} only; ask for fewer days"


def outstanding(trips: Trips) -> list[Outstanding]:
    """Runs of trips that the detectors find unusual, each judged by the trips before it."""
    stream, found = TableStream(len(FEATURES)), list[Outstanding]()
    was_alarm = False
    for at, values in zip(trips.at.tolist(), trips.table().tolist(), strict=True):
        _, alarm, reason = stream.row(at, tuple(values))
        if alarm and not was_alarm:
            shares = sorted(zip(FEATURES, reason.tolist(), strict=True), key=lambda one: -one[1])
            because = tuple((name, round(share, 2)) for name, share in shares if share >= 0.1)
            begun = datetime.fromtimestamp(at, UTC)
            found.append(Outstanding(at=begun, trips=0, because=because))
        if alarm:
            last = found[-1]
            found[-1] = Outstanding(at=last.at, trips=last.trips + 1, because=last.because)
        was_alarm = alarm
    return found


def lines_of(lift: str, trips: Trips, found: list[Outstanding]) -> list[str]:
    """What the command says."""
    lines = [f"{lift}: {trips.at.size} 次运行 / trips"]
    if not trips.at.size:
        return lines
    for name, (label, unit) in FEATURES.items():
        low, middle, high = _quantiles(getattr(trips, name))
        said = (
            "未知 / unknown" if np.isnan(middle) else f"{middle:.2f} {unit} ({low:.2f}–{high:.2f})"
        )
        lines.append(f"  {label.zh} / {label.en}: {said}")
    for one in found:
        why = ", ".join(f"{FEATURES[name][0].zh} {share:.0%}" for name, share in one.because)
        lines.append(f"  异常 / unusual: {one.trips} 次 / trips, {one.at.isoformat()}: {why}")
    if not found:
        lines.append("  无异常 / nothing unusual")
    return lines


def _quantiles(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, float, float]:
    known = values[~np.isnan(values)]
    if not known.size:
        return float("nan"), float("nan"), float("nan")
    low, middle, high = np.quantile(known, (0.05, 0.5, 0.95))
    return float(low), float(middle), float(high)


def _json(lift: str, trips: Trips, found: list[Outstanding]) -> dict[str, object]:
    middles = {name: _quantiles(getattr(trips, name))[1] for name in FEATURES}
    return {
        "lift": lift,
        "trips": int(trips.at.size),
        "middle": {name: None if np.isnan(one) else round(one, 4) for name, one in middles.items()},
        "unusual": [
            {"at": one.at.isoformat(), "trips": one.trips, "because": dict(one.because)}
            for one in found
        ],
    }


def _write(trips: Trips, out: Path) -> None:
    names = [field.name for field in fields(Trips)]
    columns = [getattr(trips, name).tolist() for name in names]
    try:
        with out.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(names)
            for row in zip(*columns, strict=True):
                writer.writerow("" if np.isnan(cell) else round(cell, 3) for cell in row)
    except OSError as error:
        raise WrongSettings(f"{out}: {error.strerror}") from error


def _day(text: str) -> date:
    if not text:
        return day_of(datetime.now(UTC))
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WrongSettings(f"--day {text!r}: write it as 2026-03-02") from error
