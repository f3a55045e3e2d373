"""How long dashboards make a supervisor wait: `python -m tests.benchmarks.panels [--compounds N]`.

A year of a made-up city is written in bulk (tests/benchmarks/year.py says what); then every panel is
asked for the whole year, as Grafana's role asks it. Beside the wall clock stands the time on the
processor that the database takes when it answers without workers beside it: all of the work, and on
a busy machine the only figure that is worth something.
"""

import argparse
import json
import os
import platform
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Final

from dashboards.grafana.boards import DASHBOARDS
from dashboards.grafana.macros import Choice, expand
from dashboards.grafana.model import panel_query
from dashboards.grafana.panels import Dashboard
from dashboards.grafana.words import Language
from ingest.database import Connection, connect
from tests.benchmarks.compressed import Compressed, compress_rides
from tests.benchmarks.year import QUERIES, Written, Year
from tests.services import TestDatabase, workshop
from towerwatch.grafana.ask import Reader
from towerwatch.grafana.sample import Size
from towerwatch.services.database import DatabaseUrls

BUDGET_S: Final = 0.3
"""p95 of one panel over a year of 10,000 assets [s]."""
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_HOUR: Final = timedelta(hours=1)
_SECOND: Final = timedelta(seconds=1)
_ALONE: Final = 3
"""Rounds in which the database works without workers, beside those that Grafana's clock times."""
_TEMPLATE: Final = "panels"
_LIFT: Final = "tw-lift"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """One panel.

    Attributes:
        wall_s: From asking to the last row, one for each round.
        cpu_s: Of the database's process, answering alone; mean of some more rounds.
    """

    name: str
    wall_s: tuple[float, ...]
    cpu_s: float

    @property
    def p95_s(self) -> float:
        """Of the rounds."""
        return _p95(self.wall_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """A session as Grafana's data source would have it, and how much the database works for it."""

    connection: Connection
    reader: Reader

    def time(self, name: str, statement: str, rounds: int) -> Timed:
        """Ask as Grafana does, and then a few times more of one process alone."""
        wall = tuple(self.reader.ask(statement).took_s for _ in range(rounds))
        backend = self.connection.info.backend_pid
        self.connection.execute(QUERIES["alone"])
        began = _cpu_s(backend)
        for _ in range(_ALONE):
            self.reader.ask(statement)
        spent = (_cpu_s(backend) - began) / _ALONE
        self.connection.execute(QUERIES["together"])
        return Timed(name=name, wall_s=wall, cpu_s=spent)


def ask_all(
    urls: DatabaseUrls, boards: Sequence[Dashboard], now: datetime, length: timedelta, rounds: int
) -> Iterator[Timed]:
    """Every panel over the whole time, some rounds one after the other."""
    with closing(connect(urls.grafana_url, application="panels")) as connection:
        asker = Asker(connection=connection, reader=Reader(connection, Language.ZH, now))
        for board in boards:
            values = asker.reader.values_of(board)
            for panel in board.asking:
                span = _HOUR if panel.is_last_hour else length
                shortest = _SECOND if panel.is_last_hour else _HOUR
                choice = Choice(begins_at=now - span, ends_at=now, shortest=shortest, values=values)
                statement = expand(panel_query(board, panel), choice)
                yield asker.time(f"{board.uid} {panel.query}", statement, rounds)


def _cpu_s(process: int) -> float:
    """Time on the processor of a process so far [s]."""
    fields = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a run has found.

    Attributes:
        from_frames: The panels of one lift, drawn from a year of its frames.
        timed: Every panel, with hours kept.
    """

    size: Size
    written: Written
    from_frames: list[Timed]
    timed: list[Timed]
    compressed: Compressed | None
    took_s: float

    def figures(self) -> dict[str, object]:
        """As build/panels.json holds them."""
        walls = [wall for one in self.timed for wall in one.wall_s]
        slow = sorted(self.timed, key=lambda one: one.cpu_s, reverse=True)
        small = self.compressed
        return {
            "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}",
            "assets": self.size.assets,
            "days": self.size.length.days,
            "frames": self.written.frames,
            "values": self.written.values,
            "hours": self.written.hours,
            "database_bytes": self.written.all_bytes,
            "bytes_per_value": round(self.written.bytes_per_value, 2),
            "bytes_per_hour": round(self.written.hour_bytes / max(1, self.written.hours), 1),
            "plain_ride_bytes_per_value": None if small is None else round(small.plain, 2),
            "compressed_ride_bytes_per_value": None if small is None else round(small.packed, 2),
            "panels": len(self.timed),
            "rounds": len(self.timed[0].wall_s),
            "p50_ms": _ms(quantiles(walls, n=20, method="inclusive")[9]),
            "p95_ms": _ms(_p95(walls)),
            "max_ms": _ms(max(walls)),
            "p95_cpu_ms": _ms(_p95([one.cpu_s for one in self.timed])),
            "budget_ms": _ms(BUDGET_S),
            "over_budget_cpu": [one.name for one in self.timed if one.cpu_s > BUDGET_S],
            "lift_from_frames_max_ms": _ms(max(one.p95_s for one in self.from_frames)),
            "slowest": [
                {"panel": one.name, "p95_ms": _ms(one.p95_s), "cpu_ms": _ms(one.cpu_s)}
                for one in slow[:12]
            ],
            "write_s": round(self.written.took_s, 1),
            "took_s": round(self.took_s, 1),
        }


def run(size: Size, rounds: int, now: datetime, *, with_community: bool) -> Run:
    """Write, ask and report, on a server of one's own."""
    began = perf_counter()
    compressed = compress_rides() if with_community else None
    say(f"{perf_counter() - began:6.1f} s  compressed an hour of ten lifts" if compressed else "")
    written = Written()
    with workshop() as shop:
        server = TestDatabase(shop)
        server.start()
        try:
            server.make_template(_TEMPLATE)
            urls = server.make(_TEMPLATE)
            year = Year(urls=urls, size=size, now=now, say=say)
            year.write_facts(written)
            lift = [board for board in DASHBOARDS if board.uid == _LIFT]
            from_frames = list(ask_all(urls, lift, now, size.length, rounds))
            year.write_hours(written)
            timed = list(ask_all(urls, DASHBOARDS, now, size.length, rounds))
            say(f"{perf_counter() - began:6.1f} s  asked {len(timed)} panels")
        finally:
            server.stop()
    return Run(
        size=size,
        written=written,
        from_frames=from_frames,
        timed=timed,
        compressed=compressed,
        took_s=perf_counter() - began,
    )


def say(line: str) -> None:
    """A line of progress."""
    if line:
        print(line, flush=True)


def main() -> None:
    """Say what was measured; status 1 when the budget is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compounds", type=int, default=200, help="of 50 assets each")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--alarms", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-community", action="store_true", help="leave compression out")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    asked = parser.parse_args()
    size = Size(
        compounds=asked.compounds,
        length=timedelta(days=asked.days),
        step=timedelta(hours=1),
        alarms=asked.alarms,
    )
    found = run(size, asked.rounds, datetime.now(UTC), with_community=not asked.no_community)
    text = json.dumps(found.figures(), ensure_ascii=False, indent=2)
    say(text)
    if asked.out is not None:
        asked.out.parent.mkdir(exist_ok=True)
        asked.out.write_text(text + "\n", encoding="utf-8")
    if _p95([wall for one in found.timed for wall in one.wall_s]) > BUDGET_S:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
