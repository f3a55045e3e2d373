"""Measure the line against its budgets: `python -m tests.benchmarks [--short] [--only NAME]`.

Everything runs on loopback, on servers and processes of its own that end with it, and in rounds
by turns, so that a busy neighbour meets all loads alike.
"""

import argparse
import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from gateway.clock import steady_s
from tests.benchmarks.case import (
    Extent,
    run_baseline,
    run_city,
    run_flood,
    run_idle_events,
    run_throughput,
)
from tests.benchmarks.figures import Rounds, figures, latest
from tests.benchmarks.report import table
from tests.benchmarks.world import World, standing
from tests.services import workshop

SHORT: Final = Extent(seconds=9.0, city_seconds=10.0, warm_s=3.0, idle_events=100, rounds=1)


def throughput(world: World, extent: Extent, rounds: Rounds) -> None:
    """The platform's rate."""
    rounds.throughput.append(run_throughput(world, extent))


def baseline(world: World, extent: Extent, rounds: Rounds) -> None:
    """The user's script, in two tables."""
    short = replace(extent, seconds=extent.warm_s + 6.0)
    rounds.baseline.append(run_baseline(world, short, is_plain=False))
    rounds.kindest.append(run_baseline(world, short, is_plain=True))


def city(world: World, extent: Extent, rounds: Rounds) -> None:
    """The whole city on average and at its peak."""
    rounds.city_average.append(run_city(world, extent, is_peak=False))
    rounds.city_peak.append(run_city(world, extent, is_peak=True))


def events(world: World, extent: Extent, rounds: Rounds) -> None:
    """Events with nothing else to do."""
    rounds.idle.append(run_idle_events(world, extent))


def flood(world: World, extent: Extent, rounds: Rounds) -> None:
    """A flood of events under full telemetry."""
    seen, telemetry = run_flood(world, extent)
    rounds.flood.append(seen)
    rounds.flooded.append(telemetry)


LOADS: Final[Mapping[str, Callable[[World, Extent, Rounds], None]]] = {
    "throughput": throughput,
    "baseline": baseline,
    "city": city,
    "events": events,
    "flood": flood,
}


def measure(names: list[str], extent: Extent, say: Callable[[str], None]) -> Rounds:
    """Run some loads in rounds by turns."""
    rounds = Rounds()
    with workshop() as shop, standing(shop, max(extent.gateways, extent.compounds)) as world:
        for number in range(1, extent.rounds + 1):
            for name in names:
                began = steady_s()
                try:
                    LOADS[name](world, extent, rounds)
                except (AssertionError, OSError) as error:
                    rounds.failed.append(name)
                    say(f"round {number}: {name} FAILED: {error}\n{world.broker.complaints()}")
                    continue
                say(f"round {number}: {name} took {steady_s() - began:.0f} s")
                say(f"    {latest(rounds, name)}")
    return rounds


def machine() -> str:
    """What it runs on."""
    words = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    model = next((line.split(": ")[1] for line in words if line.startswith("model name")), "?")
    return f"{os.cpu_count()} x {model}, Python {platform.python_version()}"


def main() -> None:
    """Measure, print the table, write the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--short", action="store_true", help="one short round")
    parser.add_argument("--only", action="append", choices=sorted(LOADS), help="these loads")
    parser.add_argument("--rounds", type=int, help="how many rounds")
    parser.add_argument("--workers", type=int, default=1, help="data workers")
    parser.add_argument("--out", type=Path, help="write the figures here as JSON")
    given = parser.parse_args()
    extent = replace(SHORT if given.short else Extent(), workers=given.workers)
    if given.rounds:
        extent = replace(extent, rounds=given.rounds)
    rounds = measure(given.only or list(LOADS), extent, lambda text: print(text, flush=True))
    found = figures(rounds, machine())
    print("\n" + table(found))
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")


if __name__ == "__main__":
    main()
