"""The whole line on servers of its own, with a link that can break between any two of them.

    gateway -> [link] -> broker <- [link] <- ingest -> [link] -> database <- [link] <- analytics

Every process is a real one, started by the end-to-end tests' `Line`; the gateway runs the
recorded source as its driver. What dies without being asked to is started again, as the
supervisor would do, and noted.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from simulators.bureau import Bureau, secret_key
from tests.e2e.line import ORDER, Line
from tests.faults.driver import Orders
from tests.faults.inside import ORDERS, Inside, struck
from tests.faults.proxy import FAIR, Proxy
from tests.faults.servers import LinkedBroker, StageDatabase, through
from tests.services import Workshop
from towerwatch.process import Launch, is_listening, start, wait_until
from towerwatch.services.database import DatabaseUrls
from towerwatch.services.secrets import write_private

ROOT = Path(__file__).parents[2]
REGISTRY = ROOT / "simulators" / "demo" / "registry"
GATEWAY = "demo-gw-1"
PLATFORM = tuple(name for name in ORDER if name != "gateway")
_BUREAU_SECRET = "whsec_dG93ZXJ3YXRjaC1mYXVsdC10ZXN0cy1rZXk="
_ENTRY = "[towerwatch.drivers]\nrecorded_source = tests.faults.driver:open_driver\n"
_METADATA = "Metadata-Version: 2.1\nName: towerwatch-fault-source\nVersion: 1\n"
INSIDE = "tests.faults.inside"
_STEP_SLACK_MS = 5_000
"""A process sees an order within 20 ms, and may write what it read of its clock before that later."""
_INSIDE = "inside.json"
_READY_S = 60.0
_LOOK_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStep:
    """While the platform's clock was off.

    Attributes:
        until_ms: When it was set right again; None: it is off still [ms UTC].
        offset_ms: The platform's clock minus the machine's [ms].
    """

    since_ms: int
    until_ms: int | None
    offset_ms: int

    def righted(self, told_ms: int) -> int | None:
        """What the machine's clock said when the platform's said this; None: it was not then."""
        true_ms = told_ms - self.offset_ms
        end_ms = sys.maxsize if self.until_ms is None else self.until_ms + _STEP_SLACK_MS
        return true_ms if self.since_ms <= true_ms <= end_ms else None


@dataclass(slots=True, kw_only=True)
class Stage:
    """All that a fault may strike.

    Attributes:
        direct: The database without a link, for the checker.
        storage: The link between the platform's processes and the database.
        patience: Factor on the gateway's waiting times, so that a round is short.
        wanted: Processes that are to be alive.
        deaths: Processes that ended without being asked to.
        detected_s: How long the platform took to notice silences [s].
        complaints: What a fault found wrong by itself.
        others: Records of second gateways that ran beside the line's own.
    """

    folder: Path
    broker: LinkedBroker
    server: StageDatabase
    direct: DatabaseUrls
    storage: Proxy
    bureau: Bureau
    line: Line
    patience: float
    wanted: set[str] = field(default_factory=set)
    deaths: list[str] = field(default_factory=list)
    detected_s: dict[str, float] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    inside: Inside = field(default_factory=Inside)
    clock_steps: list[ClockStep] = field(default_factory=list)

    @property
    def records(self) -> tuple[Path, ...]:
        """Every record of what was taken on this stage."""
        return (self.record, *self.others)

    @property
    def record(self) -> Path:
        """Where the gateway's source writes what it takes."""
        return self.folder / "record.jsonl"

    @property
    def outboxes(self) -> Path:
        """The folder of the gateway's outboxes."""
        return self.folder / "outbox"

    def order(self, orders: Orders) -> None:
        """Tell the source what to do from now on."""
        fresh = self.folder / "orders.new"
        fresh.write_text(json.dumps(asdict(orders)))
        fresh.rename(self.folder / "orders.json")

    def order_inside(self, inside: Inside) -> None:
        """Tell the fault points of all processes what is wanted; its number is given here."""
        now_ms = time.time_ns() // 1_000_000
        if self.clock_steps and self.clock_steps[-1].until_ms is None:
            self.clock_steps[-1] = replace(self.clock_steps[-1], until_ms=now_ms)
        if inside.clock_ms:
            step = ClockStep(since_ms=now_ms, until_ms=None, offset_ms=inside.clock_ms)
            self.clock_steps.append(step)
        self.inside = replace(inside, number=self.inside.number + 1)
        self.inside.write(self.folder / _INSIDE)

    def has_struck(self) -> bool:
        """Whether the last order to a fault point was carried out at least once."""
        number = f"{self.inside.number} "
        return any(line.startswith(number) for line in struck(self.folder / _INSIDE))

    def is_whole(self) -> bool:
        """Whether every process that is wanted runs."""
        return all(self.line.processes[name].poll() is None for name in self.wanted)

    def start(self, name: str) -> None:
        """Start a process of the line; it is kept alive from now on."""
        self.wanted.add(name)
        if name == "gateway":
            self.line.processes[name] = run_gateway(self.folder, self.folder / "gateway.yaml")
        else:
            self.line.start(name)

    def kill(self, name: str) -> None:
        """End a process without warning; it stays away until it is started."""
        self.wanted.discard(name)
        self.line.kill(name)

    def pid(self, name: str) -> int:
        """The process of a part: one of the line's, or `broker` or `database`."""
        match name:
            case "broker":
                return self.broker.pid
            case "database":
                return self.server.pid
        return self.line.processes[name].pid

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """A part that does not move, with all its children, while the block runs."""
        group = self.pid(name)
        os.killpg(group, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(group, signal.SIGCONT)

    def keep(self) -> None:
        """Start again what has ended by itself, as the supervisor does."""
        for name in sorted(self.wanted):
            code = self.line.processes[name].poll()
            if code is not None:
                self.deaths.append(f"{name} ended by itself with {code}")
                self.start(name)

    def wait(self, seconds: float) -> None:
        """Let time pass while the keeper looks."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_S))
            self.keep()

    def wait_for(self, is_true: Callable[[], bool], within_s: float) -> bool:
        """Wait until something holds while the keeper looks."""
        end = time.monotonic() + within_s
        while not is_true():
            if time.monotonic() >= end:
                return False
            self.wait(_LOOK_S)
        return True

    def calm(self) -> None:
        """End all bad weather on the links."""
        for link in (self.broker.gateways, self.broker.platform, self.storage):
            link.set(FAIR)


def run_gateway(
    folder: Path, configuration: Path, around: Sequence[str] = ()
) -> "subprocess.Popen[bytes]":
    """The real gateway, which finds the recorded source among its installed drivers.

    Args:
        around: A program, with its arguments, that runs it; empty: none.
    """
    spare = configuration.parent / "spare"
    spare.mkdir(exist_ok=True)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(folder / "entry"),
        "TMPDIR": str(spare),
        ORDERS: str(folder / _INSIDE),
    }
    launch = Launch(
        command=(*around, sys.executable, "-m", INSIDE, "gateway", "run", str(configuration)),
        environment=environment,
        folder=ROOT,
    )
    with configuration.with_suffix(".log").open("ab") as log:
        return start(launch, output=log)


@contextmanager
def stage(shop: Workshop, folder: Path, *, patience: float = 0.3) -> Iterator[Stage]:
    """A line whose processes all run, without load."""
    broker = LinkedBroker(shop, "faults-broker")
    server = StageDatabase(shop, "faults-database")
    with ExitStack() as held:
        held.callback(broker.stop, signal.SIGKILL)
        broker.start()
        held.callback(broker.unlink)
        broker.link()
        held.callback(server.stop)
        server.start()
        server.make_template("tw_template")
        direct = server.make("tw_template")
        storage = Proxy(lambda: server.port)
        held.callback(storage.stop)
        storage.start()
        bureau = held.enter_context(Bureau(secret_key(_BUREAU_SECRET)))
        line = Line(
            folder=folder,
            database=through(direct, storage.port),
            broker=broker,
            gateway=GATEWAY,
            driver=_driver(folder, patience),
            bureau_url=bureau.url,
            inside=(INSIDE, {ORDERS: str(folder / _INSIDE)}),
        )
        made = Stage(
            folder=folder,
            broker=broker,
            server=server,
            direct=direct,
            storage=storage,
            bureau=bureau,
            line=line,
            patience=patience,
        )
        held.callback(line.stop_all)
        _set_up(made)
        yield made


def _set_up(made: Stage) -> None:
    write_private(made.folder / "bureau-secret", _BUREAU_SECRET)
    entry = made.folder / "entry" / "towerwatch_fault_source-1.dist-info"
    entry.mkdir(parents=True)
    (entry / "entry_points.txt").write_text(_ENTRY)
    (entry / "METADATA").write_text(_METADATA)
    made.order(Orders())
    made.order_inside(Inside())
    made.line.prepare(REGISTRY)
    for name in (*PLATFORM, "gateway"):
        made.start(name)
    is_ready = wait_until(lambda: is_listening(made.line.console_port), within_s=_READY_S)
    assert is_ready, made.line.logs()


def _driver(folder: Path, patience: float) -> dict[str, object]:
    return {
        "name": "source",
        "driver": "recorded_source",
        "record": str(folder / "record.jsonl"),
        "orders": str(folder / "orders.json"),
        "patience": patience,
    }
