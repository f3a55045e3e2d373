"""`towerwatch score`: judge the detectors on numbers of your own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

from towerwatch.errors import WrongSettings
from towerwatch.progress import Tell, step
from towerwatch.score.plot import Picture
from towerwatch.score.run import Summary, Wish, score_table
from towerwatch.score.table import layout

EPILOG: Final = """\
There is nothing to tune. Row t is judged by the rows up to t alone: appending rows changes nothing
above them. One column is held against its own rhythm of day and week, and against the shapes it has
shown before; several are held against each other; 16 and more against control charts of each and all.

score: 0 to 1, how unusual and how new. alarm: a state, 1 from the first evidence until the numbers
are normal again; of one column, 1 in the rows that say something new. The first 100 to 120 rows are
learned from and have score 0; with --states each row says learning, good, alarm or unknown in a
fourth column.

A table without a line of names: choose columns by their place, --time 1 --value 3.

Columns named like an answer (anomaly, changepoint, label, fault) are left out unless asked for
with --value.

Example: towerwatch score pump.csv --time at --value flow --value pressure --out scored.csv

Status: 0 scored; 1 a row cannot be read (its line is told, nothing is written); 2 wrong arguments.
"""
_LARGE_BYTES: Final = 200_000
"""A smaller file is done before a bar could be read."""


def command(  # noqa: PLR0913 - the arguments are the command's options
    *,
    file: Annotated[
        Path, typer.Argument(help="A table with a line of names: CSV, or with ; | tab.")
    ],
    time: Annotated[
        str, typer.Option("--time", help="Column of the time: ISO 8601, or an epoch in s to ns.")
    ],
    value: Annotated[
        list[str] | None,
        typer.Option("--value", help="Column to score; again for more. Default: all of numbers."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Result: time,score,alarm for every row.")],
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Also draw values, score and alarms (SVG).")
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Take cells that are no number as unknown.")
    ] = False,
    states: Annotated[
        bool,
        typer.Option("--states", help="Add a column: learning, good, alarm or unknown."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Score any table of numbers as a stream with the default detectors."""
    table = layout(file, time, value or [])
    if out.resolve() == file.resolve():
        raise WrongSettings("--out is the file itself; name another one")
    picture = Picture(title=file.name, columns=table.columns) if plot else None
    with _progress(file) as tell:
        wish = Wish(out=out, picture=picture, skip_bad=skip_bad, with_state=states)
        summary = score_table(table, wish, tell)
    if plot and picture:
        try:
            plot.write_text(picture.svg(), encoding="utf-8")
        except OSError as error:
            raise WrongSettings(f"{plot}: {error.strerror}") from error
    if as_json:
        typer.echo(json.dumps(asdict(summary), ensure_ascii=False, indent=1))
    else:
        for line in _lines(summary):
            typer.echo(line)


@contextmanager
def _progress(file: Path) -> Iterator[Tell]:
    if file.stat().st_size < _LARGE_BYTES:
        yield _silent
        return
    with step(f"Scoring {file.name}") as tell:
        yield tell


def _silent(share: float, now: str) -> None:
    _ = share, now


def _lines(summary: Summary) -> list[str]:
    lines = [
        (
            f"{_counted(summary.rows, 'row')}, {_counted(len(summary.columns), 'column')}:"
            f" {', '.join(summary.columns)}"
        )
    ]
    if summary.left_out:
        lines.append(f"Left out: {', '.join(summary.left_out)}")
    if summary.empty:
        others = len(summary.empty) < len(summary.columns)
        advice = "; name the others with --value" if others else ""
        lines.append(f"Without a single value: {', '.join(summary.empty)}{advice}")
    lines.append(
        f"Learned from the first {_counted(summary.learning, 'row')};"
        f" {_counted(summary.unknown, 'row')} unknown"
    )
    if summary.gaps or summary.backward or summary.bad_cells:
        lines.append(
            f"{summary.gaps} gaps, {summary.backward} steps back in time,"
            f" {summary.bad_cells} cells that are no number"
        )
    lines.append(_verdict(summary))
    if summary.highest_at is not None:
        lines.append(f"Highest score {summary.highest:.3f} at {summary.highest_at}")
    return lines


def _verdict(summary: Summary) -> str:
    """Whether there was an alarm; what was never judged is not called good."""
    if summary.alarms:
        return (
            f"{_counted(summary.alarms, 'alarm')} over {_counted(summary.alarm_rows, 'row')},"
            f" the first at {summary.first_alarm}; because of {', '.join(summary.because)}"
        )
    if summary.learning + summary.unknown >= summary.rows:
        return "Nothing was judged: no row has a value behind those that are learned from"
    return "No alarm"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
