"""Clocks that come due while the alarm process is killed again and again: none lost, none twice."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Final, cast

from psycopg.rows import class_row

from ingest.database import Connection, connect, parse_queries
from tests.integration.analytics.site import Said, Site, build_site, say
from towerwatch.services.database import DatabaseUrls

ROOT: Final = Path(__file__).parents[2]
_FILE: Final = Path(__file__).with_name("clocks.sql")
_QUERIES: Final = {
    query.name: query.statement for query in parse_queries(_FILE.name, _FILE.read_text("utf-8"))
}
_PATIENCE_S: Final = 60.0
_LOOK_S: Final = 0.02
_AFTER_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How many fires, how many kills, and over how long the clocks come due."""

    fires: int = 200
    kills: int = 8
    span: timedelta = timedelta(seconds=30)
    darkness: timedelta = timedelta(seconds=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What became of the clocks.

    Attributes:
        lost: Due and never carried out, or carried out without telling anybody.
        twice: Carried out, followed or told more than once.
        latest_s: The longest delay that stands in the record [s].
    """

    clocks: int
    kills: int
    lost: int
    twice: int
    latest_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    missed: int
    followed: int
    told: int
    late_s: float | None

    @property
    def is_lost(self) -> bool:
        return min(self.missed, self.followed, self.told) < 1

    @property
    def is_twice(self) -> bool:
        return max(self.missed, self.followed, self.told) > 1


def measure(urls: DatabaseUrls, extent: Extent, seed: int) -> Figures:
    """Burn detectors that nobody looks at, and kill the alarm process at random."""
    random = Random(seed)
    site = build_site(urls)
    with closing(connect(urls.owner_url, application="clocks")) as owner:
        owner.autocommit = True
        _raise(owner, site, extent)
        with _running(urls):
            _wait(owner, lambda left: left == extent.fires)
        owner.execute(_QUERIES["set_due"], {"span": extent.span})
        for _ in range(extent.kills):
            before = _waiting(owner)
            with _running(urls):
                _wait(owner, lambda left: left == 0 or left < before)  # noqa: B023 - called now
                time.sleep(random.uniform(0, 2) * extent.span.total_seconds() / extent.kills)
        time.sleep(extent.darkness.total_seconds())
        with _running(urls):
            _wait(owner, lambda left: left == 0)
            time.sleep(_AFTER_S)
        return _judge(owner, extent)


def _raise(owner: Connection, site: Site, extent: Extent) -> None:
    owner.execute(_QUERIES["detectors"], {"count": extent.fires})
    with closing(connect(site.urls.ingest_url, application="clocks")) as ingest:
        for number in range(1, extent.fires + 1):
            say(ingest, Said(seq=number, asset=f"F-{number}", event="fire_alarm"))
        ingest.commit()


def _judge(owner: Connection, extent: Extent) -> Figures:
    with owner.cursor(row_factory=class_row(_Outcome)) as cursor:
        found = cursor.execute(_QUERIES["outcome"]).fetchall()
    return Figures(
        clocks=len(found),
        kills=extent.kills,
        lost=sum(one.is_lost for one in found) + extent.fires - len(found),
        twice=sum(one.is_twice for one in found),
        latest_s=max((one.late_s or 0.0 for one in found), default=0.0),
    )


def _wait(owner: Connection, is_enough: Callable[[int], bool]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not is_enough(_waiting(owner)) and time.monotonic() < end:
        time.sleep(_LOOK_S)


def _waiting(owner: Connection) -> int:
    return cast("tuple[int]", owner.execute(_QUERIES["waiting"]).fetchone())[0]


@contextmanager
def _running(urls: DatabaseUrls) -> Iterator[None]:
    """The real alarm process; it ends by SIGKILL."""
    plain = {name: text for name, text in os.environ.items() if not name.startswith("TOWERWATCH_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "analytics", "alarms"],
        cwd=ROOT,
        env=plain | {"TOWERWATCH_DATABASE_URL": urls.analytics_url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.kill()
        process.wait(timeout=60)
