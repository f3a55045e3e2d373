"""Full load for a long time: telemetry as fast as it is taken, alarms beside it, memory watched."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from ingest.database import connect
from tests.benchmarks.case import Extent, lifts_of
from tests.benchmarks.plan import Events, Plan, Telemetry
from tests.benchmarks.run import GENERATOR, Account, account, generators
from tests.benchmarks.world import QUERIES, Processes, World
from tests.soak.judgement import Series
from tests.soak.memory import MemoryWatch

EMPTY_EVERY_S: Final = 60.0
"""The samples of a soak are thrown away this often: a full disk is another test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Soaked:
    """What a soak left.

    Attributes:
        series: Memory of every process of the platform, database and broker among them.
        samples_per_s: Values receipted, over the whole time [1/s].
        events: Alarms raised beside them.
        lost: Messages without a receipt or without an account.
    """

    series: list[Series]
    samples_per_s: float
    events: int
    lost: int


def soak(world: World, extent: Extent, *, every_s: float, per_s: float) -> Soaked:
    """Run full load for `extent.seconds`.

    Args:
        every_s: Time between two looks at memory [s].
        per_s: Alarms a second beside the telemetry [1/s].
    """
    with world.round(lifts_of(extent)) as processes, ExitStack() as stack:
        processes.start_workers(extent.workers)
        processes.start_console()
        telemetry, events = _telemetry(world, extent), _events(world, extent, per_s)
        running = stack.enter_context(generators(processes.folder, [telemetry, events]))
        watch = MemoryWatch(world.pids(processes), every_s)
        stack.enter_context(_emptying(processes))
        with watch.watching():
            running.go()
            sent, raised = running.finish()
        data, alarm = account(processes, "data"), account(processes, "alarm")
        return Soaked(
            series=watch.series(),
            samples_per_s=sent.samples_receipted / max(sent.ended_s - sent.began_s, 1e-9),
            events=raised.messages,
            lost=_lost(data, sent.messages, sent.receipted)
            + _lost(alarm, raised.messages, raised.receipted),
        )


def _lost(held: Account, sent: int, receipted: int) -> int:
    return abs(sent - held.stored) + abs(held.difference) + sent - receipted


def _telemetry(world: World, extent: Extent) -> Plan:
    return Plan(
        port=world.broker.gateway_port,
        lane="data",
        logins=world.broker.logins(extent.gateways),
        load=Telemetry(lifts=extent.lifts, reporting=extent.lifts, seconds=2),
        seconds=extent.seconds,
        window=2,
    )


def _events(world: World, extent: Extent, per_s: float) -> Plan:
    many = min(int(extent.seconds * per_s), extent.gateways * extent.lifts)
    return Plan(
        port=world.broker.gateway_port,
        lane="alarm",
        logins=world.broker.logins(extent.gateways, is_alarm=True),
        load=Events(event="main_power_off", per_s=per_s, many=many, lifts=extent.lifts),
        seconds=extent.seconds,
        window=256,
    )


@contextmanager
def _emptying(processes: Processes) -> Iterator[None]:
    """Throw samples away while the block runs; the ledger's account of them stays."""
    stopping = threading.Event()

    def run() -> None:
        with connect(processes.database.owner_url, application="soak") as connection:
            while not stopping.wait(EMPTY_EVERY_S):
                connection.execute(QUERIES["empty_samples"])

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def is_platform(name: str) -> bool:
    """Whether memory of a process is judged: ours and the broker's. The database's own grows to
    its configured buffers; it is shown and not judged."""
    return name != "database" and not name.startswith(GENERATOR)
