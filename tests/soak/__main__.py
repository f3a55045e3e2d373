"""Hold full load for minutes and judge the memory: `python -m tests.soak [--minutes 10]`.

Ends with status 1 when a process's memory is not flat, is too large, or something was lost.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from tests.benchmarks.__main__ import machine
from tests.benchmarks.case import Extent
from tests.benchmarks.world import standing
from tests.services import workshop
from tests.soak.judgement import Judgement, Limits, judge
from tests.soak.load import Soaked, is_platform, soak
from tests.soak.picture import picture

EVERY_S = 5.0
EVENTS_PER_S = 10.0
WARM_SHARE = 0.2
"""Part of the time that is warm-up: caches, prepared statements, arenas of the allocator."""


def judged(soaked: Soaked, limits: Limits) -> list[Judgement]:
    """Every process that is judged."""
    return [judge(one, limits) for one in soaked.series if is_platform(one.name)]


def table(found: Sequence[Judgement]) -> str:
    """What was found, a line a process."""
    head = f"{'process':<20}{'begin':>8}{'end':>8}{'most':>8}{'slope':>9}{'95 %':>18}{'growth':>9}"
    lines = [f"{head}  [MiB, MiB/min]"]
    for one in found:
        words = ["flat" if one.is_flat else "GROWS", "" if one.is_small else "TOO LARGE"]
        interval = f"{one.low_mib_per_min:.2f}..{one.high_mib_per_min:.2f}"
        lines.append(
            f"{one.name:<20}{one.first_mib:>8.1f}{one.last_mib:>8.1f}{one.most_mib:>8.1f}"
            f"{one.slope_mib_per_min:>9.2f}{interval:>18}{one.growth_mib:>9.1f}  {' '.join(words)}"
        )
    return "\n".join(lines)


def main() -> int:
    """Soak, print the table, write figures and picture; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="length of the load")
    parser.add_argument("--workers", type=int, default=1, help="data workers")
    parser.add_argument("--out", type=Path, help="folder for soak.json and soak.svg")
    given = parser.parse_args()
    extent = replace(Extent(), seconds=given.minutes * 60, workers=given.workers)
    limits = Limits(warm_s=extent.seconds * WARM_SHARE)
    with workshop() as shop, standing(shop, max(extent.gateways, extent.compounds)) as world:
        every_s = min(EVERY_S, extent.seconds / 40)
        soaked = soak(world, extent, every_s=every_s, per_s=EVENTS_PER_S)
    found = judged(soaked, limits)
    print(table(found))
    print(
        f"{soaked.samples_per_s:,.0f} samples/s, {soaked.events} events, lost {soaked.lost},"
        f" {given.minutes:g} minutes on {machine()}"
    )
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
        report = {"machine": machine(), "soaked": soaked, "judged": found}
        text = msgspec.json.format(msgspec.json.encode(report), indent=1)
        (given.out / "soak.json").write_bytes(text + b"\n")
        (given.out / "soak.svg").write_text(picture(soaked.series, warm_s=limits.warm_s))
    is_good = not soaked.lost and all(one.is_flat and one.is_small for one in found)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
