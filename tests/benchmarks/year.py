"""A year of a city's history, as a server holds it after its policies, written in bulk.

Facts, alarms, orders and books are of the whole year. Telemetry is what panels can ask for: hour by
hour for the year, in tables shaped as the Community edition's continuous aggregates (the Apache
edition, on which this runs, would make them from frames), and frames at each class's own interval for
the last hours or days. Frames of the rest of the year, which the Community edition keeps compressed
for 400 days and no panel over a year reads, are not written, but for one lift: the same trends are
drawn once more from its frames alone, as the Apache edition does.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from queue import Empty, Queue
from time import perf_counter
from typing import Final

from ingest.database import Connection, Queries, connect, parse_queries
from ingest.sample_store import sum_up_days
from towerwatch.grafana.sample import Size, let_see, write_facts
from towerwatch.services.database import DatabaseUrls

_FILE: Final = Path(__file__).with_name("panels.sql")
QUERIES: Final = Queries(_FILE.name, parse_queries(_FILE.name, _FILE.read_text("utf-8")))
_HOUR: Final = timedelta(hours=1)
_CHUNK: Final = timedelta(days=10)
_WRITERS: Final = 2
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telemetry:
    """What the assets of a class send.

    Attributes:
        metrics: What an asset of the class usually measures; the table has more.
        step: Between two frames, from the catalogue; lifts send each 10 s at the least.
        fresh: For how long frames lie in the table beside the hours.
    """

    asset_class: str
    prefix: str
    metrics: tuple[str, ...]
    step: timedelta
    fresh: timedelta

    @property
    def samples(self) -> str:
        """Table of the frames."""
        return f"{self.prefix}_samples"

    @property
    def hours(self) -> str:
        """Hour by hour."""
        return f"{self.prefix}_hours"


LIFT: Final = Telemetry(
    asset_class="lift",
    prefix="lift",
    metrics=(
        "speed", "door_closed", "motor_current", "motor_temp", "door_current", "vibration",
        "levelling_error", "machine_room_temp",
    ),
    step=timedelta(seconds=10),
    fresh=timedelta(hours=3),
)  # fmt: skip
CLASSES: Final = (
    LIFT,
    Telemetry(
        asset_class="detector",
        prefix="detector",
        metrics=("smoke", "temperature", "contamination", "battery"),
        step=timedelta(minutes=10),
        fresh=timedelta(days=3),
    ),
    Telemetry(
        asset_class="fire_water",
        prefix="water",
        metrics=("pressure", "level", "battery", "signal"),
        step=timedelta(minutes=1),
        fresh=timedelta(days=1),
    ),
    Telemetry(
        asset_class="pump",
        prefix="pump",
        metrics=("running", "automatic", "current", "voltage", "pressure"),
        step=timedelta(minutes=1),
        fresh=timedelta(days=1),
    ),
    Telemetry(
        asset_class="electrical_monitor",
        prefix="electrical",
        metrics=("residual_current", "temp_1", "temp_2", "temp_3", "temp_4"),
        step=timedelta(minutes=1),
        fresh=timedelta(days=1),
    ),
)


@dataclass(slots=True, kw_only=True)
class Written:
    """How much lies in the database.

    Attributes:
        frames: Rows of telemetry as it was sent.
        values: Numbers in them.
        frame_bytes: Their chunks with indexes.
        hours: Rows of an asset's hour.
        hour_bytes: Their chunks with indexes.
        all_bytes: The whole database.
        took_s: To write it.
    """

    frames: int = 0
    values: int = 0
    frame_bytes: int = 0
    hours: int = 0
    hour_bytes: int = 0
    all_bytes: int = 0
    took_s: float = 0.0

    @property
    def bytes_per_value(self) -> float:
        """A value as it was sent, uncompressed, with its share of the row and of the index."""
        return self.frame_bytes / self.values if self.values else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A stretch of a class's hours."""

    of: Telemetry
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """Writes the history of a city.

    Attributes:
        now: When the history ends.
        say: Takes a line of progress.
    """

    urls: DatabaseUrls
    size: Size
    now: datetime
    say: Say

    @property
    def watermark(self) -> datetime:
        """Up to when hours are kept: the policy leaves the last two open."""
        return self.now.replace(minute=0, second=0, microsecond=0) - 2 * _HOUR

    def write_facts(self, written: Written) -> None:
        """Everything but the hours, and the frames of one lift for the whole time."""
        began = perf_counter()
        with closing(self._connect()) as owner:
            write_facts(owner, self.size, self.now)
            self._tell(began, "registry, alarms, orders, books")
            days = self._sum_up(owner)
            self._tell(began, f"{days:,} days of the ledger")
            owner.execute(QUERIES["prepare"])
            for one in CLASSES:
                written.frames += (rows := self._frames(owner, one, self.now - one.fresh, one.step))
                written.values += rows * len(one.metrics)
            rows = self._frames(
                owner, LIFT, self.now - self.size.length, timedelta(minutes=1), first_lift(owner)
            )
            written.frames += rows
            written.values += rows * len(LIFT.metrics)
            written.frame_bytes = sum(_bytes(owner, one.samples) for one in CLASSES)
            let_see(owner, "tw_grafana", "city")
            owner.execute(QUERIES["analyse"])
        self._tell(began, f"{written.frames:,} frames")
        written.took_s += perf_counter() - began

    def write_hours(self, written: Written) -> None:
        """The hours of the whole time; the views read them from here on."""
        began = perf_counter()
        stretches = list(_stretches(self.now - self.size.length, self.watermark))
        with closing(self._connect()) as owner:
            for one in CLASSES:
                owner.execute(QUERIES["keep_hours"], {"hours": one.hours, "until": self.watermark})
        tasks = [Task(of=one, begins=a, ends=b) for one in CLASSES for a, b in stretches]
        written.hours = self._side_by_side(tasks, began, _fill_hours)
        self._side_by_side(tasks[:: len(stretches)], began, _index_hours)
        with closing(self._connect()) as owner:
            written.hour_bytes = sum(_bytes(owner, f"kept_{one.hours}") for one in CLASSES)
            written.all_bytes = _number(owner, "all_bytes")
        self._tell(began, f"{written.hours:,} hours, {written.all_bytes / 1e9:.1f} GB in all")
        written.took_s += perf_counter() - began

    def _connect(self) -> Connection:
        return connect(self.urls.owner_url, application="panels")

    def _sum_up(self, owner: Connection) -> int:
        """As ingest does each hour, until only the newest day is written again."""
        total = 0
        while (rows := sum_up_days(owner, int(self.now.timestamp() * 1000))) > self.size.compounds:
            total += rows
        return total

    def _frames(
        self,
        owner: Connection,
        one: Telemetry,
        begins: datetime,
        step: timedelta,
        only: int | None = None,
    ) -> int:
        given = {
            "samples": one.samples,
            "asset_class": one.asset_class,
            "metrics": list(one.metrics),
            "begins": begins,
            "ends": self.now,
            "step": step,
            "only": only,
        }
        return _number(owner, "fill_samples", given)

    def _side_by_side(
        self, tasks: Sequence[Task], began: float, do: Callable[[Connection, Task], int]
    ) -> int:
        """Several sessions do the tasks; a line of progress for each tenth of them."""
        waiting: Queue[Task] = Queue()
        for task in tasks:
            waiting.put(task)
        with ThreadPoolExecutor(_WRITERS) as pool:
            parts = [pool.submit(self._work, waiting, do) for _ in range(_WRITERS)]
            told = 0
            while not all(part.done() for part in parts):
                wait(parts, timeout=1.0)
                done = 10 * (len(tasks) - waiting.qsize()) // len(tasks)
                if done > told:
                    self._tell(began, f"{done * 10} % of {len(tasks)}")
                told = max(told, done)
            return sum(part.result() for part in parts)

    def _work(self, waiting: Queue[Task], do: Callable[[Connection, Task], int]) -> int:
        total = 0
        with closing(self._connect()) as owner:
            while True:
                try:
                    task = waiting.get_nowait()
                except Empty:
                    return total
                total += do(owner, task)

    def _tell(self, began: float, what: str) -> None:
        self.say(f"{perf_counter() - began:6.1f} s  {what}")


def first_lift(owner: Connection) -> int:
    """The lift that a dashboard of one lift opens with."""
    return _number(owner, "first_lift")


def _fill_hours(owner: Connection, task: Task) -> int:
    given = {
        "hours": task.of.hours,
        "asset_class": task.of.asset_class,
        "metrics": list(task.of.metrics),
        "begins": task.begins,
        "ends": task.ends,
    }
    return _number(owner, "fill_hours", given)


def _index_hours(owner: Connection, task: Task) -> int:
    with owner.transaction():
        owner.execute(QUERIES["index_hours"], {"hours": task.of.hours})
    return 1


def _stretches(begins: datetime, ends: datetime) -> Iterator[tuple[datetime, datetime]]:
    at = begins.replace(minute=0, second=0, microsecond=0)
    while at < ends:
        yield at, min(at + _CHUNK, ends)
        at += _CHUNK


def _bytes(owner: Connection, table: str) -> int:
    return _number(owner, "size", {"table": table})


def _number(owner: Connection, query: str, given: Mapping[str, object] | None = None) -> int:
    row = owner.execute(QUERIES[query], given).fetchone()
    assert row is not None
    return int(str(row[0]))
