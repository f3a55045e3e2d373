"""The loads, each against the budget of DESIGN 17 that it measures."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from tests.benchmarks.listener import Listener
from tests.benchmarks.meter import Usage
from tests.benchmarks.plan import Events, Plan, Telemetry
from tests.benchmarks.run import (
    GENERATOR,
    Account,
    Measured,
    account,
    chunk_bytes,
    count_rows,
    load,
)
from tests.benchmarks.world import City, Processes, World
from tests.e2e.line import PASSWORD

LIFT_TABLE: Final = ("lift_samples",)
CITY_TABLES: Final = ("lift_samples", "water_samples", "electrical_samples")
_WINDOW: Final = 2
"""Two messages of 2,400 values for each of 200 gateways: about a second of the platform's work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How large a run is.

    Attributes:
        gateways: Of the throughput load, 100 lifts each.
        compounds: Gateways of the city.
        seconds: Length of a load [s]; `warm_s` of it are not measured.
        flood: Events of the flood.
        rounds: How often throughput and baseline are measured, in turns.
    """

    gateways: int = 200
    compounds: int = 2632
    seconds: float = 18.0
    city_seconds: float = 25.0
    warm_s: float = 4.0
    flood: int = 5000
    idle_events: int = 200
    rounds: int = 3
    workers: int = 1
    lifts: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A telemetry load with the database's own account of it.

    Attributes:
        rows: In the tables; `rows_sent` is what the messages held.
    """

    measured: Measured
    account: Account
    rows: int
    bytes_per_sample: float

    @property
    def lost(self) -> int:
        """Messages, values and rows that were sent and are not there; 0 is the budget."""
        sent = self.measured.outcome
        return (
            abs(sent.messages - self.account.stored)
            + abs(sent.samples - self.account.samples)
            + abs(sent.rows - self.rows)
            + abs(self.account.difference)
            + (sent.messages - sent.receipted)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The user's script on the same load."""

    measured: Measured
    bytes_per_sample: float
    lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Events on their way to a page.

    Attributes:
        waited_s: From the gateway's sending to the page, of those that came, in order [s].
        receipted_s: From the same to the receipt [s].
        unseen: Events that did not reach the page while it listened.
        lost: Events that the ledger does not hold, or without a receipt.
    """

    waited_s: list[float]
    receipted_s: list[float]
    unseen: int
    lost: int
    resyncs: int
    usage: Usage
    memory: dict[str, tuple[float, float]]


def lifts_of(extent: Extent) -> City:
    """The city of the throughput and event loads."""
    return City(name="lifts", gateways=extent.gateways, lifts=extent.lifts)


def compounds_of(extent: Extent) -> City:
    """The whole city: 15 lifts a compound, gauges and electrical monitors beside them."""
    return City(name="compounds", gateways=extent.compounds, lifts=15, others=3)


def run_throughput(world: World, extent: Extent) -> Lane:
    """As fast as receipts come: 12-metric frames, all lifts of a gateway times 2 s a message."""
    with world.round(lifts_of(extent)) as processes:
        processes.start_workers(extent.workers)
        plan = _saturating(world, extent, extent.gateways, _WINDOW)
        (measured,) = load(world, processes, [plan], warm_s=extent.warm_s)
        return _lane(processes, measured, LIFT_TABLE)


def run_baseline(world: World, extent: Extent, *, is_plain: bool) -> Baseline:
    """The same messages into the user's script; eight gateways are more than it can take.

    Args:
        is_plain: Into an ordinary table without an index, the kindest case, instead of a
            hypertable.
    """
    with world.round(lifts_of(extent)) as processes:
        processes.start_baseline(is_plain=is_plain)
        plan = _saturating(world, extent, min(8, extent.gateways), 1)
        (measured,) = load(world, processes, [plan], warm_s=extent.warm_s)
        table = "bare_samples" if is_plain else "plain_samples"
        sent = measured.outcome
        return Baseline(
            measured=measured,
            bytes_per_sample=0.0
            if is_plain
            else chunk_bytes(processes, [table]) / max(1, sent.samples),
            lost=abs(sent.samples - count_rows(processes, [table])),
        )


def run_city(world: World, extent: Extent, *, is_peak: bool) -> Lane:
    """Every compound's gateway sends a message a second: 43 values on average, 82 at the peak.

    2,632 gateways: 113,000 and 216,000 values a second.
    """
    with world.round(compounds_of(extent)) as processes:
        processes.start_workers(extent.workers)
        plan = Plan(
            port=world.broker.gateway_port,
            lane="data",
            logins=world.broker.logins(extent.compounds),
            load=Telemetry(
                lifts=15,
                reporting=6 if is_peak else 3,
                seconds=1,
                others=3 if is_peak else 2,
                interval_s=1.0,
            ),
            seconds=extent.city_seconds,
            window=32,
        )
        (measured,) = load(world, processes, [plan], warm_s=extent.warm_s, look_s=2.0)
        return _lane(processes, measured, CITY_TABLES)


def run_idle_events(world: World, extent: Extent) -> Seen:
    """Entrapments, ten a second, with nothing else to do."""
    with world.round(lifts_of(extent)) as processes, ExitStack() as stack:
        processes.start_workers(extent.workers)
        processes.start_console()
        listener = _listen(processes, stack)
        plan = _events(world, extent, "entrapment", extent.idle_events, 10.0)
        measured = load(world, processes, [plan], warm_s=0.1)
        return _seen(processes, measured, listener)


def run_flood(world: World, extent: Extent) -> tuple[Seen, Measured]:
    """Events, a tenth of them entrapments, in 10 s, while telemetry takes all it can get."""
    with world.round(lifts_of(extent)) as processes, ExitStack() as stack:
        processes.start_workers(extent.workers)
        processes.start_console()
        listener = _listen(processes, stack)
        trapped = extent.flood // 10
        others = extent.flood - trapped
        plans = [
            _saturating(world, extent, extent.gateways, _WINDOW, seconds=16.0),
            _events(world, extent, "main_power_off", others, others / 10),
            _events(world, extent, "entrapment", trapped, trapped / 10, is_second=True),
        ]
        measured = load(world, processes, plans, warm_s=2.0)
        return _seen(processes, measured[1:], listener), measured[0]


def quantile(values: Sequence[float], share: float) -> float:
    """The value that a share of them does not exceed; NaN for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def _saturating(
    world: World, extent: Extent, gateways: int, window: int, *, seconds: float | None = None
) -> Plan:
    return Plan(
        port=world.broker.gateway_port,
        lane="data",
        logins=world.broker.logins(gateways),
        load=Telemetry(lifts=extent.lifts, reporting=extent.lifts, seconds=2),
        seconds=extent.seconds if seconds is None else seconds,
        window=window,
    )


def _events(
    world: World, extent: Extent, event: str, many: int, per_s: float, *, is_second: bool = False
) -> Plan:
    """Events over half of the gateways, so that two such loads never meet at an asset."""
    half = extent.gateways // 2
    logins = world.broker.logins(extent.gateways, is_alarm=True)
    return Plan(
        port=world.broker.gateway_port,
        lane="alarm",
        logins=logins[half:] if is_second else logins[:half],
        load=Events(event=event, per_s=per_s, many=many, lifts=extent.lifts),
        seconds=many / per_s,
        window=256,
        streams_from=100_000 if is_second else 1,
    )


def _listen(processes: Processes, stack: ExitStack) -> Listener:
    listener = Listener(port=processes.console_port, name="operator", password=PASSWORD)
    stack.enter_context(listener.listening())
    return listener


def _seen(processes: Processes, measured: Sequence[Measured], listener: Listener) -> Seen:
    sent = [event for one in measured for event in one.outcome.events]
    codes = [f"{event.gateway}-{event.asset}" for event in sent]
    listener.wait_for(codes, within_s=15.0)
    seen = listener.seen_s
    waited = [
        seen[code] - event.at_s for code, event in zip(codes, sent, strict=True) if code in seen
    ]
    held = account(processes, "alarm")
    receipted = sum(one.outcome.receipted for one in measured)
    return Seen(
        waited_s=waited,
        receipted_s=[one for each in measured for one in each.outcome.waited_s],
        unseen=len(sent) - len(waited),
        lost=abs(len(sent) - held.stored) + len(sent) - receipted,
        resyncs=listener.resyncs,
        usage=measured[0].usage,
        memory=measured[0].memory,
    )


def _lane(processes: Processes, measured: Measured, tables: Sequence[str]) -> Lane:
    return Lane(
        measured=measured,
        account=account(processes, "data"),
        rows=count_rows(processes, tables),
        bytes_per_sample=chunk_bytes(processes, tables) / max(1, measured.outcome.samples),
    )


def platform_share(usage: Usage) -> float:
    """Share of all cores that the platform used, without generators and harness, 0 to 1."""
    ours = frozenset(name for name in usage.cpu_s if name.startswith((GENERATOR, "harness")))
    return usage.share(without=ours)


def bottleneck(usage: Usage) -> tuple[str, float]:
    """The platform's process that uses most of one core, and how much of it."""
    names = [name for name in usage.cpu_s if not name.startswith((GENERATOR, "harness"))]
    worst = max(names, key=usage.core)
    return worst, usage.core(worst)
