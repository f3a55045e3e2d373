"""In which order the streams of a gateway are, where their numbers cannot tell it."""

import threading
import time
from collections.abc import Iterator
from itertools import permutations
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway import wire
from gateway.stream import new_stream
from gateway.topic import Lane, gateway_id
from ingest.alarm import admit_alarm
from ingest.database import Connection, connect
from ingest.event_store import store_events, store_inside
from ingest.state_store import Heartbeat, store_heartbeats
from tests.integration.ingest.parts import NOW, event, inbound, one, rows, wait_for
from towerwatch.services.database import DatabaseUrls

PRESENT = new_stream(NOW, 0)
OLD = new_stream(NOW - 86_400_000, 5)
"""The only stream of the disk that was there before."""
FIRST, SECOND = new_stream(0, 3), new_stream(0, 3, new_stream(0, 3))
"""Two openings of a new disk whose clock stands in 1970."""


@pytest.fixture
def connection(database: DatabaseUrls) -> Iterator[Connection]:
    with connect(database.ingest_url, application="test") as held:
        yield held


def said(stream: int, origin: int = 0, seq: int = 1) -> bytes:
    return wire.encode(
        wire.AlarmMessage(
            stream=stream, origin=origin, seq=seq, low=1, sent=NOW, events=[event("P1")]
        )
    )


def store(connection: Connection, payload: bytes, gateway: str = "gw-age") -> None:
    store_events(connection, [admit_alarm(inbound(payload, gateway))], NOW)


def ages(database: DatabaseUrls, gateway: str = "gw-age") -> dict[int, int]:
    """Age by stream, which the ledger and every event must agree upon."""
    of_ledger = rows(
        database,
        "SELECT stream, coalesce(age, stream) FROM ledgers WHERE gateway = %s AND lane = 'alarm'",
        gateway,
    )
    of_events = rows(
        database,
        "SELECT DISTINCT stream, coalesce(age, stream) FROM events WHERE gateway = %s",
        gateway,
    )
    assert set(of_events) <= set(of_ledger)
    return {int(str(stream)): int(str(age)) for stream, age in of_ledger}


def test_without_an_origin_the_age_is_the_number(
    database: DatabaseUrls, connection: Connection
) -> None:
    for stream in (OLD, 7301):
        store(connection, said(stream))
    assert ages(database) == {OLD: OLD, 7301: 7301}


def test_an_outbox_whose_clock_is_right_needs_no_shift(
    database: DatabaseUrls, connection: Connection
) -> None:
    store(connection, said(OLD, OLD))
    store(connection, said(PRESENT, PRESENT))
    store(connection, said(PRESENT + 9, OLD))
    assert ages(database) == {OLD: OLD, PRESENT: PRESENT, PRESENT + 9: PRESENT + 9}


@pytest.mark.parametrize("order", list(permutations([FIRST, SECOND])))
@pytest.mark.parametrize("old_origin", [0, OLD])
def test_a_new_disk_with_a_clock_behind_is_younger_than_the_old_one(
    database: DatabaseUrls, connection: Connection, order: tuple[int, ...], old_origin: int
) -> None:
    store(connection, said(OLD, old_origin))
    for stream in order:
        store(connection, said(stream, FIRST))
    found = ages(database)
    assert found[OLD] < found[FIRST] < found[SECOND]
    assert found[SECOND] - found[FIRST] == SECOND - FIRST
    store(connection, said(OLD + 4, old_origin))
    assert ages(database)[OLD + 4] == OLD + 4 < found[FIRST]


def test_a_third_disk_is_younger_than_the_second(
    database: DatabaseUrls, connection: Connection
) -> None:
    third = new_stream(0, 2**20)
    for stream, origin in ((OLD, 0), (FIRST, FIRST), (SECOND, FIRST), (third, third)):
        store(connection, said(stream, origin))
    found = ages(database)
    assert found[OLD] < found[FIRST] < found[SECOND] < found[third]


def test_a_first_disk_whose_clock_is_behind_counts_as_begun_now(
    database: DatabaseUrls, connection: Connection
) -> None:
    """A gateway that replaces another speaks of the same assets."""
    store(connection, said(FIRST, FIRST))
    assert ages(database) == {FIRST: PRESENT}


def test_ledgers_of_an_older_version_count_by_their_number(
    database: DatabaseUrls, connection: Connection
) -> None:
    connection.execute(
        "INSERT INTO ledgers (gateway, lane, stream, first_at, last_at)"
        " VALUES ('gw-age', 'alarm', %s, now(), now())",
        (PRESENT + 1000,),
    )
    store(connection, said(PRESENT + 1000))
    store(connection, said(FIRST, FIRST))
    found = ages(database)
    assert found[PRESENT + 1000] == PRESENT + 1000 < found[FIRST]


def test_an_outbox_that_is_older_than_origins_goes_on_as_it_was(
    database: DatabaseUrls, connection: Connection
) -> None:
    store(connection, said(OLD))
    store(connection, said(OLD + 50))
    store(connection, said(PRESENT, OLD))
    assert ages(database)[PRESENT] == PRESENT


def test_a_heartbeat_may_come_first(database: DatabaseUrls, connection: Connection) -> None:
    store(connection, said(OLD))
    state = wire.StateMessage(online=True, sent=NOW, stream=SECOND, origin=FIRST, next_seq=4)
    beat = Heartbeat(
        gateway=gateway_id("gw-age"), lane=Lane.ALARM, state=state, received_ms=NOW, skew_ms=None
    )
    store_heartbeats(connection, [beat], NOW)
    store(connection, said(SECOND, FIRST))
    store(connection, said(FIRST, FIRST))
    found = ages(database)
    assert found[OLD] < found[FIRST] < found[SECOND]


@pytest.mark.parametrize(
    ("good", "bad"), [(b'"raise"', b'"rise"'), (b'"sent":', b'"sent:'), (b"events", b"evens")]
)
def test_a_damaged_message_may_come_first(
    database: DatabaseUrls, connection: Connection, good: bytes, bad: bytes
) -> None:
    store(connection, said(OLD))
    store(connection, said(FIRST, FIRST).replace(good, bad))
    store(connection, said(FIRST, FIRST, seq=2))
    found = ages(database)
    assert found[OLD] < found[FIRST]


@pytest.mark.parametrize("lowest", [FIRST, OLD - 3])
def test_two_paths_at_once_agree(
    database: DatabaseUrls, connection: Connection, lowest: int
) -> None:
    store(connection, said(OLD))
    later = lowest + 2**14
    began, failures = threading.Event(), list[BaseException]()

    def second_path() -> None:
        with connect(database.ingest_url, application="second") as other:
            began.set()
            try:
                store_events(
                    other, [admit_alarm(inbound(said(later, lowest), "gw-age"))], NOW + 5_000
                )
            except BaseException as error:
                failures.append(error)
                raise

    thread = threading.Thread(target=second_path)
    with connection.transaction():
        store_inside(connection, [admit_alarm(inbound(said(lowest, lowest), "gw-age"))], NOW)
        thread.start()
        assert began.wait(60)
        wait_for(lambda: one(database, "SELECT count(*) FROM pg_locks WHERE NOT granted"))
    thread.join(60)
    assert not failures
    found = ages(database)
    assert found[lowest] > OLD
    assert found[later] - found[lowest] == later - lowest


def test_whatever_a_gateway_sends_the_column_holds_its_age(
    database: DatabaseUrls, connection: Connection
) -> None:
    top = 2**53 - 1
    connection.execute(
        "INSERT INTO ledgers (gateway, lane, stream, age, first_at, last_at)"
        " VALUES ('gw-age', 'alarm', 1, %s, now(), now())",
        (2**62 + 2**53 - 2,),
    )
    store(connection, said(top, 2))
    store(connection, said(5, 9))
    assert ages(database)[top] < 2**63 - 1
    assert ages(database)[5] == 5


def _noise_of(opening: tuple[int, int, bool]) -> int:
    return opening[1] % 2**13


disks = st.lists(
    st.tuples(st.integers(0, 3 * 365 * 86_400_000), st.integers(0, 2**33), st.booleans()),
    min_size=1,
    max_size=6,
    unique_by=_noise_of,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(disks, st.randoms())
def test_the_openings_of_any_disks_keep_their_order(
    database: DatabaseUrls,
    connection: Connection,
    openings: list[tuple[int, int, bool]],
    shuffle: Random,
) -> None:
    """Within a disk its streams may come in any order; a disk comes after its predecessor."""
    gateway = f"gw-{time.monotonic_ns()}"
    disks: list[list[int]] = []
    for behind_ms, noise, is_new in openings:
        if is_new or not disks:
            disks.append([new_stream(NOW - behind_ms, noise)])
        else:
            disks[-1].append(new_stream(NOW - behind_ms, noise, disks[-1][-1]))
    for streams in disks:
        for stream in shuffle.sample(streams, len(streams)):
            store(connection, said(stream, streams[0]), gateway)
    found = ages(database, gateway)
    true_order = [stream for streams in disks for stream in streams]
    assert sorted(true_order, key=lambda stream: found[stream]) == true_order
