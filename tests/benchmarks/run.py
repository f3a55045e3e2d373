"""One round: start generators, measure the steady part, read the database's own account."""

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, process_time, sleep
from typing import Final

import msgspec
from psycopg.sql import Identifier, Literal

from ingest.database import connect
from tests.benchmarks import meter
from tests.benchmarks.meter import Reading, Usage
from tests.benchmarks.plan import Outcome, Plan, Point
from tests.benchmarks.world import QUERIES, Processes, World

GENERATOR: Final = "generator"
_OUR_OWN: Final = "harness"
_READY_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the database says was stored on a lane. Counters count messages unless named."""

    sent: int
    stored: int
    quarantined: int
    duplicates: int
    missing: int
    shed: int
    samples: int

    @property
    def difference(self) -> int:
        """Sent minus all that is accounted for; 0 when nothing is in flight or lost."""
        return self.sent - self.stored - self.quarantined - self.missing - self.shed


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A data ledger that was seen: numbers up to `through` were committed at [s since 1970]."""

    gateway: str
    through: int
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A round's load, its steady part and what it left behind.

    Attributes:
        rate: Values a second, published to committed and receipted, in the steady part [1/s].
        usage: CPU in the steady part.
        memory: Of each process at the beginning and at the end of the load [MiB].
        commit_to_receipt_s: Of ledgers that were seen [s].
        samples: Values receipted in the steady part.
        steady_waited_s: From sending to the receipt, of messages receipted in the steady part [s].
        behind: Messages without a receipt when the last new one was sent.
    """

    outcome: Outcome
    rate: float
    usage: Usage
    memory: dict[str, tuple[float, float]]
    commit_to_receipt_s: list[float]
    samples: int
    steady_waited_s: list[float]
    behind: int

    @property
    def messages_lost(self) -> int:
        """Sent and not receipted."""
        return self.outcome.messages - self.outcome.receipted


class Generators:
    """Generator processes that begin together."""

    def __init__(self, folder: Path, plans: Sequence[Plan]) -> None:
        self._plans = plans
        self._files = [folder / f"outcome-{number}.json" for number in range(len(plans))]
        self._processes = [_spawn(file) for file in self._files]

    def prepare(self) -> None:
        """Let them make their messages and connect."""
        for process, plan in zip(self._processes, self._plans, strict=True):
            _say(process, msgspec.json.encode(plan))
        for process in self._processes:
            self._await(process, b"ready")

    def go(self) -> None:
        """Begin."""
        for process in self._processes:
            _say(process, b"go")

    def pids(self) -> dict[str, int]:
        """Process ids by name."""
        return {f"{GENERATOR}-{n}": one.pid for n, one in enumerate(self._processes)}

    def finish(self) -> list[Outcome]:
        """Wait for the last receipts; what each did."""
        for process in self._processes:
            self._await(process, b"done")
            process.wait(timeout=_READY_S)
        return [msgspec.json.decode(file.read_bytes(), type=Outcome) for file in self._files]

    def kill(self) -> None:
        """End what still runs."""
        for process in self._processes:
            if process.poll() is None:
                process.kill()
                process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()

    @staticmethod
    def _await(process: "subprocess.Popen[bytes]", word: bytes) -> None:
        assert process.stdout is not None
        said = process.stdout.readline().strip()
        assert said == word, f"the generator said {said!r} instead of {word!r}"


@contextmanager
def generators(folder: Path, plans: Sequence[Plan]) -> Iterator[Generators]:
    """Generators that are ready to begin, and gone afterwards."""
    made = Generators(folder, plans)
    try:
        made.prepare()
        yield made
    finally:
        made.kill()


@dataclass(slots=True, kw_only=True)
class Watch:
    """Reads the counters of everything that has a name."""

    pids: dict[str, int]

    def read(self) -> Reading:
        """The machine now."""
        found = meter.read(self.pids)
        return Reading(
            at_s=found.at_s,
            cpu_s={**found.cpu_s, _OUR_OWN: process_time()},
            machine_s=found.machine_s,
        )


@dataclass(slots=True)
class Commits:
    """Looks at the ledgers from time to time, to tell when their rows were committed."""

    url: str
    every_s: float
    seen: list[Commit] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look while the block runs."""
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            thread.join()

    def _run(self) -> None:
        with connect(self.url, application="bench") as connection:
            while not self._stopping.wait(self.every_s):
                for gateway, through, at_s in connection.execute(QUERIES["commits"]):
                    self.seen.append(
                        Commit(
                            gateway=str(gateway), through=int(str(through)), at_s=float(str(at_s))
                        )
                    )


def load(
    world: World,
    processes: Processes,
    plans: Sequence[Plan],
    *,
    warm_s: float,
    look_s: float = 0.5,
) -> list[Measured]:
    """Run generators together; the first one's steady part is measured, all others' whole.

    Args:
        warm_s: What is left out at the beginning [s].
        look_s: Time between looks at the ledgers [s].
    """
    commits = Commits(processes.database.owner_url, look_s)
    with generators(processes.folder, plans) as running:
        pids = world.pids(processes) | running.pids()
        watch = Watch(pids=pids)
        memory = meter.memory_mib(pids)
        with commits.watching():
            began = monotonic()
            running.go()
            sleep(warm_s)
            first = watch.read()
            sleep(max(0.1, began + plans[0].seconds - monotonic()))
            last = watch.read()
            after = meter.memory_mib(pids)
            outcomes = running.finish()
    used = meter.usage(first, last)
    return [
        Measured(
            outcome=outcome,
            rate=steady_rate(outcome.curve, first.at_s, last.at_s),
            usage=used,
            memory={name: (memory[name], after.get(name, 0.0)) for name in memory},
            commit_to_receipt_s=commit_to_receipt(commits.seen, outcome, plan),
            samples=_between(outcome.curve, first.at_s, last.at_s),
            steady_waited_s=outcome.waited_s[
                receipted_at(outcome.curve, first.at_s) : receipted_at(outcome.curve, last.at_s)
            ],
            behind=outcome.messages - receipted_at(outcome.curve, outcome.ended_s),
        )
        for outcome, plan in zip(outcomes, plans, strict=True)
    ]


def steady_rate(curve: Sequence[Point], from_s: float, until_s: float) -> float:
    """Values receipted a second between two moments of the monotonic clock [1/s]."""
    return _between(curve, from_s, until_s) / (until_s - from_s)


def receipted_at(curve: Sequence[Point], at_s: float) -> int:
    """Messages that had a receipt at the last look before a moment."""
    return max((point.messages for point in curve if point.at_s <= at_s), default=0)


def _between(curve: Sequence[Point], from_s: float, until_s: float) -> int:
    return round(_samples_at(curve, until_s) - _samples_at(curve, from_s))


def _samples_at(curve: Sequence[Point], at_s: float) -> float:
    """Values receipted until a moment, in a straight line between two points."""
    before = curve[0]
    for point in curve:
        if point.at_s >= at_s:
            span = point.at_s - before.at_s
            share = (at_s - before.at_s) / span if span > 0 else 1.0
            return before.samples + share * (point.samples - before.samples)
        before = point
    return before.samples


def commit_to_receipt(commits: Sequence[Commit], outcome: Outcome, plan: Plan) -> list[float]:
    """From a commit that was seen to the first receipt that covers it [s]."""
    by_gateway: dict[int, list[tuple[int, float]]] = {}
    for receipt in outcome.receipts:
        by_gateway.setdefault(receipt.gateway, []).append((receipt.through, receipt.at_s))
    numbers = {login.gateway: index for index, login in enumerate(plan.logins)}
    found = []
    for commit in set(commits):
        receipts = by_gateway.get(numbers.get(commit.gateway, -1), [])
        at_s = next((at for through, at in receipts if through >= commit.through), None)
        if at_s is not None:
            found.append(max(0.0, at_s - commit.at_s))
    return found


def account(processes: Processes, lane: str) -> Account:
    """The sums of a lane's ledgers."""
    with connect(processes.database.owner_url, application="bench") as connection:
        row = connection.execute(QUERIES["ledger_sums"], {"lane": lane}).fetchone()
    assert row is not None
    names = Account.__dataclass_fields__
    return Account(**{name: int(str(value)) for name, value in zip(names, row, strict=True)})


def count_rows(processes: Processes, tables: Sequence[str]) -> int:
    """Rows of some tables together."""
    with connect(processes.database.owner_url, application="bench") as connection:
        rows = [
            connection.execute(QUERIES["count_rows"].format(table=Identifier(table))).fetchone()
            for table in tables
        ]
    return sum(int(str(row[0])) for row in rows if row is not None)


def chunk_bytes(processes: Processes, tables: Sequence[str]) -> int:
    """What the chunks of some hypertables take on disk, indexes and toast included [B]."""
    with connect(processes.database.owner_url, application="bench") as connection:
        rows = [
            connection.execute(QUERIES["chunk_bytes"].format(table=Literal(table))).fetchone()
            for table in tables
        ]
    return sum(int(str(row[0])) for row in rows if row is not None)


def _spawn(file: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.benchmarks.generator", str(file)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _say(process: "subprocess.Popen[bytes]", line: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(line + b"\n")
    process.stdin.flush()
