"""Stores of both lanes without a broker: ledger report, quarantine, replay, conflicts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway import clock
from gateway.topic import OWN_ASSET, Lane, gateway_id
from gateway.wire import Frame
from ingest.admit import admit
from ingest.alarm import admit_alarm
from ingest.batch import Inbound, Quarantined, Reason
from ingest.binding import Bindings
from ingest.database import Connection, connect
from ingest.delivery_store import CUT_BYTES, DAILY_BYTES, keep
from ingest.errors import NotReplayable
from ingest.event_store import store_events
from ingest.ledger_report import fetch_hours, fetch_totals
from ingest.quarantine import dismiss, fetch_message, fetch_quarantine, replay
from ingest.sample_store import Stored, fetch_codes, store_samples
from tests.integration.ingest.parts import (
    alarm_bytes,
    data_bytes,
    event,
    inbound,
    one,
    register,
    rows,
)
from towerwatch.services.database import DatabaseUrls

NOW = clock.now_ms()


@pytest.fixture
def connection(database: DatabaseUrls) -> Iterator[Connection]:
    with connect(database.ingest_url, application="test") as made:
        yield made


def data(seq: int, *frames: Frame, low: int = 1) -> Inbound:
    return inbound(data_bytes(seq, list(frames), low=low), lane=Lane.DATA, received_ms=NOW)


def speed(asset: str, value: float, at: int = NOW) -> Frame:
    return Frame(asset=asset, t=[at], m={"speed": [value]})


def store(connection: Connection, *batch: Inbound) -> Stored:
    codes = fetch_codes(connection, [gateway_id("gw-a")])
    return store_samples(connection, admit(batch, Bindings(by_gateway=codes)), NOW)


def test_the_ledger_comes_out_even(database: DatabaseUrls, connection: Connection) -> None:
    register(database, "gw-a", {"L1": "lift"})
    store(connection, data(1, speed("L1", 1.0)), data(2, speed("L9", 1.0)))
    store(connection, data(6, speed("L1", 1.0), speed("L9", 2.0), low=5), data(2, speed("L9", 1.0)))
    (total,) = fetch_totals(connection)
    assert (total.sent, total.stored, total.quarantined, total.missing) == (6, 2, 1, 2)
    assert (total.in_flight, total.duplicates, total.difference) == (1, 1, 0)
    (hour,) = fetch_hours(connection, datetime.now(UTC) - timedelta(hours=2))
    assert (hour.stored, hour.quarantined, hour.missing, hour.duplicates) == (2, 1, 2, 1)
    assert (hour.samples, hour.samples_refused) == (2, 2)
    assert fetch_totals(connection, "gw-b") == []


def test_a_message_is_replayed_once_and_only_what_is_new(
    database: DatabaseUrls, connection: Connection
) -> None:
    register(database, "gw-a", {"L1": "lift", "L3": "lift"})
    store(connection, data(1, speed("L1", 1.0), speed("L2", 2.0)))
    (line,) = fetch_quarantine(connection)
    assert (line.reason, line.is_partly_stored) == ("unknown_asset", True)
    with pytest.raises(NotReplayable, match="brings nothing new"):
        replay(connection, line.id, NOW)
    with connect(database.owner_url, application="test") as owner:
        owner.execute(
            "INSERT INTO bindings (gateway_id, code, asset_id, valid_during)"
            " SELECT 'gw-a', 'L2', id, '[2020-01-01Z,)' FROM assets WHERE code = 'gw-a.L3'"
        )
    done = replay(connection, line.id, NOW)
    assert (done.samples, done.still_refused) == (1, "")
    assert one(database, "SELECT array_agg(speed ORDER BY speed) FROM lift_samples") == [1.0, 2.0]
    with pytest.raises(NotReplayable, match="was settled"):
        replay(connection, line.id, NOW)
    (total,) = fetch_totals(connection)
    assert (total.stored, total.quarantined) == (1, 0)


def test_an_unreadable_alarm_can_be_put_aside_by_a_person(
    database: DatabaseUrls, connection: Connection
) -> None:
    register(database, "gw-a", {"P1-1": "fire_panel"})
    store_events(connection, [admit_alarm(inbound(b"\x01\x02"))], NOW)
    (line,) = fetch_quarantine(connection, gateway="gw-a", reason="bad_json")
    assert fetch_message(connection, line.id).payload == b"\x01\x02"
    with pytest.raises(NotReplayable, match="brings nothing new"):
        replay(connection, line.id, NOW)
    dismiss(connection, line.id, "panel restarted", NOW)
    with pytest.raises(NotReplayable, match="panel restarted"):
        dismiss(connection, line.id, "again", NOW)
    with pytest.raises(NotReplayable, match="no message"):
        fetch_message(connection, 10**9)


def test_a_conflict_can_be_replayed_as_events_of_its_own(
    database: DatabaseUrls, connection: Connection
) -> None:
    register(database, "gw-a", {"P1-1": "fire_panel"})
    store_events(connection, [admit_alarm(inbound(alarm_bytes(1, event("P1-1"))))], NOW)
    other = inbound(alarm_bytes(1, event("P1-1", "fault")))
    store_events(connection, [admit_alarm(other), admit_alarm(other)], NOW)
    assert [line.reason for line in fetch_quarantine(connection)] == ["identity_conflict"] * 2
    done = replay(connection, fetch_quarantine(connection)[0].id, NOW)
    assert done.events == 1
    with pytest.raises(NotReplayable, match="brings nothing new"):
        replay(connection, fetch_quarantine(connection)[1].id, NOW)
    found = rows(database, "SELECT event, stream FROM events WHERE gateway = 'gw-a' ORDER BY id")
    assert found == [("fire_alarm", 7), ("fault", 0)]


def test_every_decodable_alarm_finds_an_asset(
    database: DatabaseUrls, connection: Connection
) -> None:
    register(database, "gw-a", {"P1-1": "fire_panel"})
    known = inbound(alarm_bytes(1, event("P1-1"), event("P9-9"), event("P9-9", "zap")))
    strange = inbound(alarm_bytes(1, event("X")), gateway="gw-unheard-of")
    itself = inbound(alarm_bytes(2, event(OWN_ASSET, "driver_failing")))
    store_events(connection, [admit_alarm(known), admit_alarm(strange), admit_alarm(itself)], NOW)
    found = rows(
        database,
        "SELECT assets.code, assets.is_placeholder, events.place_path::text, condition"
        " FROM events JOIN assets ON assets.id = events.asset_id ORDER BY events.id",
    )
    assert found == [
        ("gw-a.P1-1", False, "hf.gw_a", "fire_alarm"),
        ("@gw-a/P9-9", True, "hf.gw_a", "fire_alarm"),
        ("@gw-a/P9-9", True, "hf.gw_a", "unknown_event::zap"),
        ("@gw-unheard-of/X", True, "hf.unregistered", "fire_alarm"),
        ("@gw/gw-a", False, "hf.gw_a", "driver_failing"),
    ]


def test_an_alarm_closed_as_missing_is_stored_when_it_comes(
    database: DatabaseUrls, connection: Connection
) -> None:
    register(database, "gw-a", {"P1-1": "fire_panel"})
    store_events(connection, [admit_alarm(inbound(alarm_bytes(5, low=5)))], NOW)
    store_events(connection, [admit_alarm(inbound(alarm_bytes(2)))], NOW)
    (total,) = fetch_totals(connection)
    assert (total.stored, total.missing, total.difference) == (2, 3, 0)
    assert one(database, "SELECT count(*) FROM events") == 2


def test_the_daily_cap_cuts_bytes_and_never_the_count(
    database: DatabaseUrls, connection: Connection
) -> None:
    big = replace(data(1), payload=b"x" * (DAILY_BYTES[Lane.DATA] // 4))
    found = [Quarantined(message=big, reason=Reason.BAD_JSON, detail="x") for _ in range(5)]
    with connection.transaction():
        keep(connection, found, NOW)
    sizes = rows(database, "SELECT octet_length(payload), is_cut FROM quarantine ORDER BY id")
    assert sizes == [(len(big.payload), False)] * 4 + [(CUT_BYTES, True)]
    assert one(database, "SELECT messages FROM quarantine_days") == 5
    last = fetch_quarantine(connection, most=1)[0]
    with pytest.raises(NotReplayable, match="was cut"):
        replay(connection, last.id, NOW)
