"""`towerwatch backtest`: what early warning would have been worth, beside trivial rules."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from analytics.backtest.report import missed_of, words_of
from towerwatch.errors import WrongSettings


class Truth(StrEnum):
    """Where the history and its truth come from."""

    SIMULATOR = "simulator"
    DATABASE = "database"


def command(  # noqa: PLR0913 - each is an option
    *,
    truth: Annotated[
        Truth, typer.Option("--truth", help="Lifts that are played, or history and its alarms.")
    ] = Truth.SIMULATOR,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the season that is judged.")] = 7,
    lifts: Annotated[int, typer.Option("--lifts", min=20, help="Lifts of a season.")] = 300,
    others: Annotated[
        int, typer.Option("--others", min=0, help="Assets of each other class; 0: lifts alone.")
    ] = 300,
    days: Annotated[int, typer.Option("--days", min=90, help="Days of a season.")] = 180,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes that play.")] = 2,
    of_class: Annotated[
        str, typer.Option("--class", help="Asset class, for the history of the database.")
    ] = "lift",
    out: Annotated[Path, typer.Option("--out", help="Where the figures go as JSON.")] = Path(
        "build/backtest.json"
    ),
    card: Annotated[
        list[Path] | None,
        typer.Option("--card", help="Write the table of the last run into this page instead."),
    ] = None,
) -> None:
    """Judge the model beside always, never, last value, limit, z-score and isolation forest.

    Status 1 when a target is missed. The same seed gives the same figures but for the cycle's time.
    """
    from towerwatch.backtest.card import read_report, write_card

    if card:
        report = read_report(out)
        for page in card:
            write_card(page, report)
        return
    # Imported here: scikit-learn takes a second that `--card` and `--help` need not wait.
    from towerwatch.backtest.run import TUNING_SEED, Size, against_simulator

    if truth is Truth.DATABASE:
        from towerwatch.backtest.history import against_history

        report = against_history(of_class, days, seed)
    else:
        if seed == TUNING_SEED:
            raise WrongSettings(f"Seed {seed} is the one that thresholds come from: take another.")
        report = against_simulator(
            seed, Size(lifts=lifts, days=days, workers=workers, others=others)
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    typer.echo(words_of(report))
    raise typer.Exit(1 if missed_of(report) else 0)
