"""Fault points inside a real process: `python -m tests.faults.inside ingest alarm` and the like.

The process is the product's own, run as it always is, with its own callbacks and its own clock. What
is asked for in `TOWERWATCH_FAULT_ORDERS` is added from outside: a named callback raises instead of
being entered, so many times; the wall clock of the platform's processes is off by so much. What
struck is written beside the orders, so that a test knows that its fault was made.
"""

import functools
import importlib
import json
import os
import runpy
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from gateway import clock

ORDERS: Final = "TOWERWATCH_FAULT_ORDERS"
_LOOK_S: Final = 0.02
_LINK: Final = "ingest.consume:Link."
_SESSION: Final = "gateway.session:Session."
POINTS: Final[Mapping[str, tuple[str, ...]]] = {
    "ingest-alarm": (
        f"{_LINK}_on_message",
        f"{_LINK}_on_connect",
        f"{_LINK}_on_subscribe",
        f"{_LINK}_on_disconnect",
        "ingest.alarm_lane:AlarmLane._handle",
        "ingest.state_lane:StateLane._round",
    ),
    "ingest-data": (
        f"{_LINK}_on_message",
        f"{_LINK}_on_disconnect",
        "ingest.data_lane:DataLane._admit",
        "ingest.data_lane:DataLane._store",
    ),
    "ingest-intake": ("ingest.intake_queue:IntakeQueue.committed",),
    "analytics-alarms": (
        "analytics.live:wait_for_hint",
        "analytics.live:sequence",
        "analytics.alarms.desk:Desk.take_up",
        "analytics.clocks.deadline:Deadlines.handle",
        "analytics.notices.notify:Courier.look",
    ),
    "console": (
        "dashboards.console.live:messages_of",
        "dashboards.console.live:Hub._fan_out",
    ),
    "gateway": (
        f"{_SESSION}_on_message",
        f"{_SESSION}_on_publish",
        f"{_SESSION}_on_connect",
        f"{_SESSION}_on_subscribe",
        f"{_SESSION}_on_disconnect",
        "gateway.uplink:Uplink._turn",
        "gateway.sink:DriverSink.event",
        "gateway.sink:DriverSink.tick",
    ),
}
"""Callbacks of libraries and edges of loops, by process: each is entered in ordinary work, or when a
connection is lost and made again."""
NEEDS_RECONNECT: Final = ("_on_connect", "_on_subscribe", "_on_disconnect")
NEEDS_SECOND_PATH: Final = "ingest.intake_queue:IntakeQueue.committed"


class Injected(Exception):
    """Raised by a fault point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What is wanted of all processes at the moment.

    Attributes:
        number: Counts orders; a point raises `times` for each number.
        point: `module:name` of the callback that raises; "": none.
        clock_ms: How far the platform's wall clock is from the machine's [ms].
    """

    number: int = 0
    process: str = ""
    point: str = ""
    times: int = 1
    clock_ms: int = 0

    def write(self, path: Path) -> None:
        """Tell all processes."""
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)))
        fresh.rename(path)


def struck(path: Path) -> list[str]:
    """Lines `number process point` of the faults that were made, oldest first."""
    report = path.with_suffix(".struck")
    return report.read_text().splitlines() if report.exists() else []


class Points:
    """The fault points of this process."""

    def __init__(self, path: Path, process: str) -> None:
        self._path = path
        self._process = process
        self._orders = Inside()
        self._left = 0
        self._seen: object = None
        self._lock = threading.Lock()

    @property
    def clock_ms(self) -> int:
        """How far the wall clock is to be off [ms]."""
        return self._orders.clock_ms

    def look(self) -> None:
        """Read the orders, if they have changed; those of before this process was born are old."""
        try:
            stat = self._path.stat()
            if stat.st_mtime_ns == self._seen:
                return
            orders = Inside(**json.loads(self._path.read_text()))
        except (OSError, ValueError):
            return
        done = any(line.startswith(f"{orders.number} ") for line in struck(self._path))
        with self._lock:
            if orders.number != self._orders.number:
                self._left = 0 if done or orders.process != self._process else orders.times
            self._orders, self._seen = orders, stat.st_mtime_ns

    def watch(self) -> None:
        """Look again and again, for as long as the process lives."""
        while True:
            self.look()
            time.sleep(_LOOK_S)

    def pass_by(self, point: str) -> None:
        """Raise, if that is wanted here."""
        with self._lock:
            if self._left <= 0 or self._orders.point != point:
                return
            self._left -= 1
            number = self._orders.number
        with self._path.with_suffix(".struck").open("a") as report:
            report.write(f"{number} {self._process} {point}\n")
        raise Injected(point)

    def guard(self, point: str) -> None:
        """Let a callback raise before it is entered."""
        module_name, _, path = point.partition(":")
        owner: Any = importlib.import_module(module_name)
        *outer, name = path.split(".")
        for part in outer:
            owner = getattr(owner, part)
        entered: Callable[..., Any] = getattr(owner, name)

        @functools.wraps(entered)
        def call(*args: Any, **named: Any) -> Any:
            self.pass_by(point)
            return entered(*args, **named)

        setattr(owner, name, call)


def shift_clock(points: Points) -> None:
    """Make the wall clock of a process of the platform the machine's plus what is ordered."""
    true_ms = clock.now_ms
    clock.now_ms = lambda: true_ms() + points.clock_ms

    def now() -> datetime:
        return datetime.fromtimestamp(time.time_ns() / 1e9 + points.clock_ms / 1000, UTC)

    if "analytics" in sys.argv[1]:
        alarms = importlib.import_module("analytics.alarms.loop").AlarmProcess
        alarms.__init__.__defaults__ = (now, *alarms.__init__.__defaults__[1:])
        courier = importlib.import_module("analytics.notices.notify").Courier
        courier.__init__.__defaults__ = (now, *courier.__init__.__defaults__[1:])


def main() -> None:
    """Run the product's process whose module and arguments follow ours."""
    module, *arguments = sys.argv[1:]
    process = {"gateway": "gateway", "dashboards.console": "console"}.get(
        module, f"{module}-{arguments[0] if arguments else ''}"
    )
    points = Points(Path(os.environ[ORDERS]), process)
    points.look()
    if process != "gateway":
        shift_clock(points)
    for point in POINTS[process]:
        points.guard(point)
    threading.Thread(target=points.watch, name="fault orders", daemon=True).start()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
