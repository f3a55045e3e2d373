"""How long dashboards make a supervisor wait: `python -m tests.benchmarks.panels [--compounds N]`.

A year of a made-up city is written in bulk; then every panel is asked for the whole year, as
Grafana's role asks it. Beside the wall clock stands the time on the processor that the database
itself took, since a busy machine makes the first worthless. One lift reports every minute of the
year, so that a trend is drawn from a real number of frames.
"""

import argparse
import json
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Final

from dashboards.grafana.boards import DASHBOARDS
from dashboards.grafana.macros import Choice, expand
from dashboards.grafana.model import panel_query
from dashboards.grafana.panels import Dashboard, Panel
from dashboards.grafana.words import Language
from ingest.database import Connection, Queries, connect, parse_queries
from tests.services import TestDatabase, workshop
from towerwatch.grafana.ask import Reader
from towerwatch.grafana.sample import Size, let_see, write_sample, write_telemetry
from towerwatch.services.database import DatabaseUrls

_FILE: Final = Path(__file__).with_name("panels.sql")
_QUERIES: Final = Queries(_FILE.name, parse_queries(_FILE.name, _FILE.read_text("utf-8")))
BUDGET_S: Final = 0.3
"""p95 of one panel over a year of 10,000 assets [s]."""
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_HOUR: Final = timedelta(hours=1)
_TEMPLATE: Final = "panels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """One panel.

    Attributes:
        wall_s: From asking to the last row, one for each round.
        cpu_s: Of the database's process, mean of the rounds.
    """

    name: str
    wall_s: tuple[float, ...]
    cpu_s: float

    @property
    def p95_s(self) -> float:
        """Of the rounds."""
        if len(self.wall_s) == 1:
            return self.wall_s[0]
        return quantiles(self.wall_s, n=20, method="inclusive")[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What lies in the tables of telemetry.

    Attributes:
        bytes: Indexes included.
    """

    frames: int
    values: int
    bytes: int

    @property
    def bytes_per_value(self) -> float:
        """Uncompressed."""
        return self.bytes / self.values if self.values else 0.0


def year(urls: DatabaseUrls, size: Size, now: datetime) -> Written:
    """Write the city's history."""
    with closing(connect(urls.owner_url, application="panels")) as owner:
        write_sample(owner, size, now)
        dense = Size(compounds=1, length=size.length, step=timedelta(minutes=1), alarms=0)
        write_telemetry(owner, dense, now, only=_first_lift(owner))
        let_see(owner, "tw_grafana", "city")
        owner.execute(_QUERIES["analyse"])
        row = owner.execute(_QUERIES["written"]).fetchone()
    assert row is not None
    frames, values, size_bytes = (int(str(part)) for part in row)
    return Written(frames=frames, values=values, bytes=size_bytes)


def _first_lift(owner: Connection) -> int:
    row = owner.execute(_QUERIES["first_lift"]).fetchone()
    assert row is not None
    return int(str(row[0]))


def ask_all(urls: DatabaseUrls, now: datetime, length: timedelta, rounds: int) -> Iterator[Timed]:
    """Every panel over the whole time, some rounds one after the other."""
    with closing(connect(urls.grafana_url, application="panels")) as connection:
        reader = Reader(connection, Language.ZH, now)
        backend = connection.info.backend_pid
        for board in DASHBOARDS:
            values = reader.values_of(board)
            choice = Choice(begins_at=now - length, ends_at=now, shortest=_HOUR, values=values)
            for panel in board.asking:
                yield _timed(reader, backend, board, panel, choice, rounds)


def _timed(  # noqa: PLR0917 - one row of the table
    reader: Reader, backend: int, board: Dashboard, panel: Panel, choice: Choice, rounds: int
) -> Timed:
    if panel.is_last_hour:
        choice = Choice(
            begins_at=choice.ends_at - _HOUR, ends_at=choice.ends_at, values=choice.values
        )
    statement = expand(panel_query(board, panel), choice)
    began = _cpu_s(backend)
    wall = tuple(reader.ask(statement).took_s for _ in range(rounds))
    spent = (_cpu_s(backend) - began) / rounds
    return Timed(name=f"{board.uid} {panel.query}", wall_s=wall, cpu_s=spent)


def _cpu_s(process: int) -> float:
    """Time on the processor of a process so far [s]."""
    fields = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def report(timed: list[Timed], written: Written, size: Size) -> dict[str, object]:
    """The figures of a run."""
    walls = [wall for one in timed for wall in one.wall_s]
    slow = sorted(timed, key=lambda one: one.cpu_s, reverse=True)
    return {
        "assets": size.assets,
        "days": size.length.days,
        "frames": written.frames,
        "values": written.values,
        "bytes_per_value": round(written.bytes_per_value, 2),
        "panels": len(timed),
        "p50_ms": round(1000 * quantiles(walls, n=20, method="inclusive")[9], 1),
        "p95_ms": round(1000 * quantiles(walls, n=20, method="inclusive")[-1], 1),
        "p95_cpu_ms": round(
            1000 * quantiles([one.cpu_s for one in timed], n=20, method="inclusive")[-1], 1
        ),
        "over_budget_cpu": [one.name for one in timed if one.cpu_s > BUDGET_S],
        "slowest": [
            {
                "panel": one.name,
                "p95_ms": round(1000 * one.p95_s, 1),
                "cpu_ms": round(1000 * one.cpu_s, 1),
            }
            for one in slow[:12]
        ],
    }


def run(size: Size, rounds: int, now: datetime) -> dict[str, object]:
    """Write, ask and report, on a server of one's own."""
    with workshop() as shop:
        server = TestDatabase(shop)
        server.start()
        try:
            server.make_template(_TEMPLATE)
            urls = server.make(_TEMPLATE)
            written = year(urls, size, now)
            timed = list(ask_all(urls, now, size.length, rounds))
        finally:
            server.stop()
    return report(timed, written, size)


def main() -> None:
    """Say what was measured; status 1 when the budget is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compounds", type=int, default=200, help="of 50 assets each")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--step-minutes", type=int, default=360, help="between two frames")
    parser.add_argument("--alarms", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    asked = parser.parse_args()
    size = Size(
        compounds=asked.compounds,
        length=timedelta(days=asked.days),
        step=timedelta(minutes=asked.step_minutes),
        alarms=asked.alarms,
    )
    found = run(size, asked.rounds, datetime.now(UTC))
    text = json.dumps(found, ensure_ascii=False, indent=2)
    print(text)
    if asked.out is not None:
        asked.out.write_text(text + "\n", encoding="utf-8")
    if float(str(found["p95_ms"])) > 1000 * BUDGET_S:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
