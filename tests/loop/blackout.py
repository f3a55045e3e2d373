"""A compound without power: what a desk is shown, raw and folded, with a person in one lift."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, cast

from psycopg.rows import class_row

from ingest.database import Connection, connect, parse_queries
from tests.integration.analytics.site import Said, build_site, say
from tests.integration.analytics.test_alarm_process import running
from towerwatch.services.database import DatabaseUrls

_FILE: Final = Path(__file__).with_name("blackout.sql")
_QUERIES: Final = {
    query.name: query.statement for query in parse_queries(_FILE.name, _FILE.read_text("utf-8"))
}
_PATIENCE_S: Final = 60.0
_TRAPPED: Final = "BL-5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """What is in the building."""

    lifts: int = 12
    detectors: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the desk was shown, all of it within ten minutes of the power's loss.

    Attributes:
        raw: Open alarms.
        folded: Open alarms that stand for themselves.
        trapped: Entrapments that stand alone, unacknowledged.
    """

    raw: int
    folded: int
    trapped: int


def measure(urls: DatabaseUrls, extent: Extent) -> Figures:
    """Take the power away from a building and look at the list."""
    site = build_site(urls)
    with closing(connect(urls.owner_url, application="blackout")) as owner:
        owner.autocommit = True
        owner.execute(_QUERIES["building"], {"lifts": extent.lifts, "detectors": extent.detectors})
        with running(site):
            for wave in _waves(extent):
                with closing(connect(urls.ingest_url, application="blackout")) as ingest:
                    for said in wave:
                        say(ingest, said)
                    ingest.commit()
                _wait_until_taken_up(owner)
        with owner.cursor(row_factory=class_row(Figures)) as cursor:
            found = cursor.execute(_QUERIES["seen"]).fetchone()
    if found is None:
        raise LookupError("an aggregate has a row")
    return found


def _waves(extent: Extent) -> Iterator[list[Said]]:
    """The power goes; lifts stop, one with a person in it; batteries end and sensors fall silent."""
    began = datetime.now(UTC)
    lifts = [f"BL-{n}" for n in range(1, extent.lifts + 1)]
    detectors = [f"BD-{n}" for n in range(1, extent.detectors + 1)]
    waves = [
        [("BE-1", "phase_lost"), ("BP-1", "pump_power_lost"), ("BF-1", "main_power_fault")],
        [(lift, "main_power_off") for lift in lifts] + [(_TRAPPED, "entrapment")],
        [(one, "asset_silent") for one in (*lifts, *detectors, "BE-1", "BP-1", "BF-1")],
    ]
    seq = 0
    for number, wave in enumerate(waves):
        said = []
        for asset, event in wave:
            seq += 1
            at = began + timedelta(seconds=number)
            said.append(Said(seq=seq, asset=asset, event=event, gateway="gw-dark", at=at))
        yield said


def _wait_until_taken_up(owner: Connection) -> None:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        if cast("tuple[int]", owner.execute(_QUERIES["waiting"]).fetchone())[0] == 0:
            return
        time.sleep(0.05)
    raise TimeoutError(f"the alarm process had work left after {_PATIENCE_S:g} s")
