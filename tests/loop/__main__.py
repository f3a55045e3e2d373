"""Prove the closed loop: `python -m tests.loop [--short] [--seed N] [--out FILE]`.

Everything runs on a database of its own on loopback that ends with it.
"""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from gateway.clock import steady_s
from tests.loop import blackout, clocks, dispatch, scale, walk
from tests.services import TestDatabase, workshop
from towerwatch.services.database import DatabaseUrls

_TEMPLATE: Final = "tw_template"
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is proved.

    Attributes:
        steps: Of each walk; each begins on a fresh database.
    """

    walks: int
    steps: int
    deadlines: clocks.Extent
    dark: blackout.Extent
    large: scale.Extent
    month: dispatch.Extent


WHOLE: Final = Extent(
    walks=5,
    steps=400,
    deadlines=clocks.Extent(),
    dark=blackout.Extent(),
    large=scale.Extent(),
    month=dispatch.Extent(),
)
SHORT: Final = Extent(
    walks=1,
    steps=60,
    deadlines=clocks.Extent(
        fires=20, kills=2, span=timedelta(seconds=6), darkness=timedelta(seconds=0.5)
    ),
    dark=blackout.Extent(lifts=6, detectors=40),
    large=scale.Extent(compounds=20, assets=20, each=5, acts=40, reads=10),
    month=dispatch.Extent(lifts=4000, technicians=60, firms=4, side_km=12, days=7),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the proofs found; the keys of build/loop.json.

    Attributes:
        steps: Of all random walks together.
        looks: How often all invariants of the loop were looked at.
        walk_kills: How often a process was killed before a random statement.
        failures: What must not be, in sentences; empty when all is well.
    """

    seed: int
    walks: int
    steps: int
    looks: int
    walk_kills: int
    alarms: int
    orders: int
    rescues: int
    orphans: int
    duplicates: int
    clocks: int
    kills: int
    clocks_lost: int
    clocks_twice: int
    clock_latest_s: float
    blackout_raw_per_10min: int
    blackout_folded_per_10min: int
    blackout_trapped_alone: int
    open_alarms: int
    state_change_p99_ms: float
    list_p95_ms: float
    first_paint_p95_ms: float
    entrapments: int
    arrival_mean_min: float
    arrival_median_min: float
    arrival_published_min: float
    restore_median_min: float
    failures: tuple[str, ...]


def prove(extent: Extent, seed: int) -> Card:
    """Run every proof, one after another."""
    with workshop() as shop, _database(TestDatabase(shop)) as fresh:
        walks = [
            _told("random walk", lambda: walk.measure(fresh(), extent.steps, seed + number))  # noqa: B023 - called now
            for number in range(extent.walks)
        ]
        timed = _told(
            "clocks through kills", lambda: clocks.measure(fresh(), extent.deadlines, seed)
        )
        dark = _told("black-out", lambda: blackout.measure(fresh(), extent.dark))
        large = _told("many open alarms", lambda: scale.measure(fresh(), extent.large))
    month = _told("a month of dispatch", lambda: dispatch.measure(extent.month, seed))
    return Card(
        seed=seed,
        walks=len(walks),
        steps=sum(one.steps for one in walks),
        looks=sum(one.looks for one in walks),
        walk_kills=sum(one.kills for one in walks),
        alarms=sum(one.alarms for one in walks),
        orders=sum(one.orders for one in walks),
        rescues=sum(one.rescues for one in walks),
        orphans=sum(one.orphans for one in walks),
        duplicates=sum(one.duplicates for one in walks),
        clocks=timed.clocks,
        kills=timed.kills,
        clocks_lost=timed.lost,
        clocks_twice=timed.twice,
        clock_latest_s=timed.latest_s,
        blackout_raw_per_10min=dark.raw,
        blackout_folded_per_10min=dark.folded,
        blackout_trapped_alone=dark.trapped,
        open_alarms=large.open_alarms,
        state_change_p99_ms=large.state_change_p99_ms,
        list_p95_ms=large.list_p95_ms,
        first_paint_p95_ms=large.first_paint_p95_ms,
        entrapments=month.entrapments,
        arrival_mean_min=month.arrival_mean_min,
        arrival_median_min=month.arrival_median_min,
        arrival_published_min=dispatch.PUBLISHED_ARRIVAL_MIN,
        restore_median_min=month.restore_median_min,
        failures=(
            *(complaint for one in walks for complaint in one.complaints),
            *([f"{timed.lost} clocks lost"] if timed.lost else []),
            *([f"{timed.twice} clocks carried out twice"] if timed.twice else []),
            *([] if dark.trapped == 1 else ["the trapped person does not stand alone"]),
            *([f"{month.left} orders given to nobody"] if month.left else []),
        ),
    )


@contextmanager
def _database(server: TestDatabase) -> Iterator[Callable[[], DatabaseUrls]]:
    """A server that gives a fresh database at each call."""
    server.start()
    try:
        server.make_template(_TEMPLATE)
        yield lambda: server.make(_TEMPLATE)
    finally:
        server.stop()


def _told(what: str, proof: Callable[[], _Found]) -> _Found:
    print(f"{what} ...", flush=True)
    began = steady_s()
    found = proof()
    print(f"{what}: {steady_s() - began:.0f} s  {found}", flush=True)
    return found


def main() -> int:
    """Prove, print, write; 1 when something must not be."""
    parser = argparse.ArgumentParser(prog="python -m tests.loop", description=__doc__)
    parser.add_argument("--short", action="store_true", help="small sizes, about a minute")
    parser.add_argument("--seed", type=int, default=1, help="of everything that is drawn")
    parser.add_argument("--out", type=Path, help="write the figures here as JSON")
    asked = parser.parse_args()
    card = prove(SHORT if asked.short else WHOLE, asked.seed)
    encoded = msgspec.json.format(msgspec.json.encode(card), indent=1)
    print(encoded.decode())
    if asked.out is not None:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_bytes(encoded + b"\n")
    return 1 if card.failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
