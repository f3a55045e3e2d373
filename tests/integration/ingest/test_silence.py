"""An asset that stops sending while its gateway goes on: real database, real broker."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
import pytest

from gateway.catalogue import asset_class
from gateway.topic import Lane
from gateway.wire import Frame
from ingest.contact import Heard
from ingest.contact_store import AT_ONCE, ROUNDS, count_silent, store_contacts, tell_silence
from ingest.database import Connection, connect
from tests.faults import detected
from tests.integration.ingest.parts import (
    Site,
    data_bytes,
    one,
    process_of,
    register,
    rows,
    wait_for,
)
from tests.services import TestBroker
from towerwatch.services.database import DatabaseUrls

LIFT_MS = round(asset_class("lift").silence_s * 1000)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """A gateway with assets whose silence is judged by calls, at times of the test's choice."""

    connection: Connection
    urls: DatabaseUrls
    assets: dict[str, int]
    began_ms: int

    def hear(self, code: str, after_ms: int = 0) -> None:
        heard = Heard(
            assets=np.array([self.assets[code]]), at_ms=np.array([self.began_ms + after_ms])
        )
        store_contacts(self.connection, heard, self.began_ms + after_ms)

    def heartbeat(self, after_ms: int, oldest_ms: int = 0) -> None:
        self.connection.execute(
            "INSERT INTO gateway_states (gateway, lane, is_online, heard_at, oldest_ms)"
            " VALUES ('gw-still', 'data', true, to_timestamp(%s / 1000.0), %s)"
            " ON CONFLICT (gateway, lane) DO UPDATE"
            " SET heard_at = excluded.heard_at, oldest_ms = excluded.oldest_ms",
            (self.began_ms + after_ms, oldest_ms),
        )

    def look(self, after_ms: int, since_ms: int | None = None) -> int:
        """Look for silence; `since_ms`: when our clock was set, if it was."""
        since = 0 if since_ms is None else self.began_ms + since_ms
        return tell_silence(self.connection, self.began_ms + after_ms, since)

    def told(self) -> list[tuple[object, ...]]:
        return rows(
            self.urls,
            "SELECT assets.code, event, state, gateway FROM events"
            " JOIN assets ON assets.id = events.asset_id ORDER BY events.id",
        )


@pytest.fixture
def line(database: DatabaseUrls) -> Iterator[Line]:
    codes = {"L-1": "lift", "L-2": "lift", "P-1": "fire_panel"}
    assets = register(database, "gw-still", codes)
    with closing(connect(database.ingest_url, application="test silence")) as connection:
        yield Line(connection=connection, urls=database, assets=assets, began_ms=now_ms())


RAISED = ("gw-still.L-1", "asset_silent", "raise", "platform")
CLEARED = ("gw-still.L-1", "asset_silent", "clear", "platform")


def test_a_silent_asset_is_told_once_and_cleared_once(line: Line) -> None:
    line.hear("L-1")
    line.hear("L-2", LIFT_MS)
    line.heartbeat(LIFT_MS)
    assert line.look(LIFT_MS) == 0
    line.heartbeat(LIFT_MS + 1)
    assert line.look(LIFT_MS + 2) == 1
    assert line.look(LIFT_MS + 5000) == 0
    assert (line.told(), count_silent(line.connection)) == ([RAISED], 1)
    line.hear("L-1", LIFT_MS + 6000)
    assert line.look(LIFT_MS + 6001) == 1
    assert line.look(LIFT_MS + 7000) == 0
    assert (line.told(), count_silent(line.connection)) == ([RAISED, CLEARED], 0)


def test_an_asset_that_never_reported_and_one_without_values_are_not_told_of(line: Line) -> None:
    line.hear("P-1")
    line.heartbeat(10**9)
    assert line.look(10**9) == 0


def test_no_asset_is_silent_while_its_gateway_is_or_holds_back_what_it_said(line: Line) -> None:
    line.hear("L-1")
    assert line.look(LIFT_MS * 10) == 0
    line.heartbeat(15_000)
    assert line.look(LIFT_MS * 10) == 0
    line.heartbeat(LIFT_MS * 2, oldest_ms=LIFT_MS + 1)
    assert line.look(LIFT_MS * 2) == 0
    with psycopg.connect(line.urls.owner_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO platform_conditions VALUES ('gw-still', 'gateway_silent', now())"
        )
        line.heartbeat(LIFT_MS * 3)
        assert line.look(LIFT_MS * 3) == 0
        connection.execute("DELETE FROM platform_conditions")
    assert line.look(LIFT_MS * 3) == 1


@pytest.mark.parametrize(
    "ending",
    [
        "UPDATE assets SET retired_at = now() WHERE code = 'gw-still.L-1'",
        "UPDATE gateways SET revoked_at = now()",
        "UPDATE bindings SET valid_during = '[2020-01-01Z,2021-01-01Z)'",
    ],
)
def test_an_asset_that_nobody_expects_to_hear_is_not_silent(line: Line, ending: str) -> None:
    line.hear("L-1")
    line.heartbeat(LIFT_MS * 2)
    assert line.look(LIFT_MS * 2) == 1
    with psycopg.connect(line.urls.owner_url, autocommit=True) as connection:
        connection.execute(ending)
    assert line.look(LIFT_MS * 3) == 1
    assert line.look(LIFT_MS * 4) == 0
    assert line.told() == [RAISED, CLEARED]


def test_a_time_from_a_wrong_clock_gives_way(line: Line) -> None:
    line.hear("L-1", 10**10)
    line.hear("L-1")
    line.heartbeat(LIFT_MS * 2)
    assert line.look(LIFT_MS * 2) == 1


def work_s(line: Line) -> float:
    """What the test and its database connection have used of a core: no other work counts [s]."""
    backend = line.connection.info.backend_pid
    fields = Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK") + time.thread_time()


HOUR_MS = 3_600_000


def test_a_platform_clock_set_forward_calls_no_living_asset_silent(line: Line) -> None:
    line.hear("L-1")
    line.hear("L-2")
    line.heartbeat(HOUR_MS + 15_000)
    assert line.look(HOUR_MS + 15_001, since_ms=HOUR_MS) == 0
    line.hear("L-2", HOUR_MS + 30_000)
    line.heartbeat(HOUR_MS + LIFT_MS + 1)
    assert line.look(HOUR_MS + LIFT_MS + 2, since_ms=HOUR_MS) == 1
    assert line.told() == [RAISED]


def test_a_platform_clock_set_back_hides_no_dead_asset_and_no_asset_that_speaks_again(
    line: Line,
) -> None:
    line.hear("L-1", HOUR_MS)
    line.heartbeat(LIFT_MS + 1)
    assert line.look(LIFT_MS - 1, since_ms=0) == 0
    assert line.look(LIFT_MS + 2, since_ms=0) == 1
    line.hear("L-1", LIFT_MS + 5000)
    assert line.look(LIFT_MS + 6000, since_ms=0) == 1
    assert line.told() == [RAISED, CLEARED]


def test_ten_thousand_silent_assets_are_told_in_bounded_transactions(line: Line) -> None:
    with psycopg.connect(line.urls.owner_url, autocommit=True) as connection:
        connection.execute(
            "WITH made AS (INSERT INTO assets (code, class, place_id, name_zh)"
            " SELECT 'many-' || n, 'lift', gateways.place_id, 'x'"
            " FROM gateways, generate_series(1, 10000) AS n RETURNING id),"
            " bound AS (INSERT INTO bindings (gateway_id, code, asset_id, valid_during)"
            " SELECT 'gw-still', id::text, id, '[2020-01-01Z,)' FROM made)"
            " INSERT INTO asset_contacts (asset_id, heard_at)"
            " SELECT id, to_timestamp(%s / 1000.0) FROM made",
            (line.began_ms,),
        )
        connection.execute("ANALYZE")
    line.heartbeat(LIFT_MS * 2)
    looks_s = []
    total = 0
    while total < 10_000:
        began = work_s(line)
        made = line.look(LIFT_MS * 2)
        looks_s.append(work_s(line) - began)
        assert 0 < made <= AT_ONCE * ROUNDS
        total += made
    print(f"looks: {[round(one, 2) for one in looks_s]} s of a core")
    assert total == 10_000
    assert one(line.urls, "SELECT count(*) FROM event_work") == 10_000
    assert max(looks_s) < 5


def test_a_dead_sensor_is_told_within_twice_its_silence(
    database: DatabaseUrls, broker: TestBroker
) -> None:
    """Real processes and real time: one lift goes on, the other stops."""
    ids = register(database, "gw-sensor", {"L-1": "lift", "L-2": "lift"})
    alarm = {
        "TOWERWATCH_DATABASE_URL": database.ingest_url,
        "TOWERWATCH_MQTT_URL": broker.user_url("tw-ingest-alarm"),
    }
    samples = alarm | {"TOWERWATCH_MQTT_URL": broker.user_url("tw-ingest-data-5")}
    site = Site(broker, "gw-sensor", Lane.DATA)
    with process_of(["alarm"], alarm), process_of(["data", "--worker", "5"], samples):
        wait_for(lambda: one(database, "SELECT count(*) FROM shard_leases") == 16)
        seq = 1
        site.send_until_receipted(data_bytes(seq, frames("L-1", "L-2"), sent=now_ms()))
        died = time.monotonic()
        silent = "SELECT count(*) FROM events WHERE event = 'asset_silent'"
        while not one(database, silent):
            took_s = time.monotonic() - died
            assert took_s < 2 * LIFT_MS / 1000
            if int(took_s) % 10 == 0:
                seq += 1
                site.send(data_bytes(seq, frames("L-2"), sent=now_ms()))
            site.beat(stream=7, next_seq=seq + 1)
            threading.Event().wait(1)
        took_s = time.monotonic() - died
        print(f"silent sensor told after {took_s:.1f} s")
        detected.note({"silent sensor, an event": took_s})
        assert rows(database, "SELECT asset_id, state FROM events") == [(ids["L-1"], "raise")]
        site.send(data_bytes(seq + 1, frames("L-1"), sent=now_ms()))
        wait_for(lambda: one(database, silent) == 2)
    site.close()
    assert took_s > LIFT_MS / 1000 - 1


def frames(*codes: str) -> list[Frame]:
    return [Frame(asset=code, t=[now_ms()], m={"speed": [1.0]}) for code in codes]
