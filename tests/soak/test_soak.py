"""The judgement can fail, and a short soak of the real line passes it."""

import math
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.benchmarks.case import Extent
from tests.benchmarks.world import World, standing
from tests.services import Workshop
from tests.soak.__main__ import judged, table
from tests.soak.judgement import Judgement, Limits, Series, judge
from tests.soak.load import soak
from tests.soak.memory import MemoryWatch, pss_mib
from tests.soak.picture import picture
from towerwatch.process import wait_until

LIMITS = Limits(warm_s=60.0)
GROWING = """
import sys, time
kept = []
while True:
    kept.append(bytearray(b"x" * 1_000_000))
    time.sleep(0.05)
"""
STEADY = """
import time
kept = bytearray(b"x" * 20_000_000)
while True:
    spare = bytearray(b"x" * 1_000_000)
    time.sleep(0.05)
"""


def series(mib: Callable[[float], float], *, until_s: int = 600, seed: int = 1) -> Series:
    chance = random.Random(seed)
    at = tuple(float(s) for s in range(0, until_s, 5))
    return Series(name="p", at_s=at, mib=tuple(mib(s) + chance.gauss(0, 0.5) for s in at))


def test_noise_is_flat() -> None:
    found = judge(series(lambda _: 100.0), LIMITS)

    assert found.is_flat
    assert abs(found.slope_mib_per_min) < 0.1


def test_a_slow_leak_is_not_flat() -> None:
    found = judge(series(lambda s: 100 + s / 60), LIMITS)

    assert not found.is_flat
    assert found.slope_mib_per_min == pytest.approx(1.0, abs=0.1)
    assert found.low_mib_per_min > 0.8
    assert "GROWS" in table([found])


def test_growth_while_it_warms_up_is_not_a_leak() -> None:
    assert judge(series(lambda s: 100 + 50 * min(s / 60, 1)), LIMITS).is_flat


def test_single_peaks_do_not_upset_the_slope() -> None:
    found = judge(series(lambda s: 100 + (80 if s % 100 == 0 else 0)), LIMITS)

    assert found.is_flat
    assert found.most_mib > 170


def test_a_process_that_is_too_large_is_told() -> None:
    found = judge(series(lambda _: 320.0), LIMITS)

    assert found.is_flat
    assert not found.is_small
    assert "TOO LARGE" in table([found])


def test_too_few_points_conclude_nothing() -> None:
    with pytest.raises(ValueError, match="too few"):
        judge(series(lambda _: 100.0, until_s=90), LIMITS)


def test_the_picture_is_one_line_a_process() -> None:
    drawn = ET.fromstring(picture([series(lambda _: 100.0)] * 3, warm_s=60))

    assert len(drawn.findall("{http://www.w3.org/2000/svg}polyline")) == 3


def watched(script: str, *, looks: int) -> Judgement:
    """A real process, looked at for a while and judged."""
    process = subprocess.Popen([sys.executable, "-c", script])
    try:
        assert wait_until(lambda: (pss_mib(process.pid) or 0) > 10, within_s=30)
        watch = MemoryWatch({"p": process.pid}, 0.1)
        with watch.watching():
            seen = watch.seen
            assert wait_until(lambda: seen("p") >= looks, within_s=60)
    finally:
        process.kill()
        process.wait()
    return judge(watch.series()[0], Limits(warm_s=0.0))


def test_a_process_that_leaks_is_caught() -> None:
    found = watched(GROWING, looks=30)

    assert not found.is_flat
    assert found.growth_mib > found.allowed_mib


def test_a_process_that_only_works_is_not() -> None:
    assert watched(STEADY, looks=30).is_flat


@pytest.fixture
def world(servers: Workshop) -> Iterator[World]:
    with standing(servers) as world:
        yield world


@pytest.mark.long
def test_the_line_holds_its_memory_for_a_short_while(world: World, tmp_path: Path) -> None:
    extent = Extent(gateways=4, lifts=10, seconds=20.0)

    soaked = soak(world, extent, every_s=0.5, per_s=2.0)

    found = judged(soaked, Limits(warm_s=8.0, growth_mib=12.0))
    print(table(found))
    assert {one.name for one in found} >= {
        "broker",
        "ingest-data-1",
        "ingest-alarm",
        "analytics-alarms",
        "console",
    }
    assert soaked.lost == 0
    assert soaked.samples_per_s > 0
    assert all(math.isfinite(one.slope_mib_per_min) for one in found)
    assert [one.name for one in found if not (one.is_flat and one.is_small)] == []
    (tmp_path / "soak.svg").write_text(picture(soaked.series, warm_s=8.0))
