"""Progress for people: a moving bar on a terminal, plain lines anywhere else."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

Tell = Callable[[float, str], None]
"""Takes the share that is done [0 to 1] and what is being done."""


def say(line: str) -> None:
    """Print one plain line of progress where people look for it: standard error."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


@contextmanager
def step(title: str) -> Iterator[Tell]:
    """Show one step from its beginning to its end, with how long it took [s]."""
    begun = monotonic()
    if sys.stderr.isatty():
        with _bar(title) as tell:
            yield tell
    else:
        say(f"... {title}")
        yield _ignore
    say(f"    {title}: done in {monotonic() - begun:.1f} s")


@contextmanager
def _bar(title: str) -> Iterator[Tell]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[now]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=1.0, now="")

        def tell(share: float, now: str) -> None:
            progress.update(task, completed=share, now=now[:40])

        yield tell


def _ignore(share: float, now: str) -> None:
    """Show nothing: without a terminal each step is one line at its end."""
    _ = share, now
