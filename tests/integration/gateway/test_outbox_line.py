"""The line of an outbox's streams: where it began, and what restores, old files and clocks do."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from gateway import clock, wire
from gateway.former_outbox import take_over
from gateway.outbox import Limits, Outbox
from gateway.outbox_file import leave_file
from gateway.stream import EPOCH_MS, SPENT
from gateway.topic import Lane

NOW_MS = EPOCH_MS + 6 * 365 * 86_400_000
CLOCKS_MS = {1970: 1_000, 2026: NOW_MS, 2099: NOW_MS + 73 * 365 * 86_400_000}
SATURATED = 2**53 - 2**13


class Clock:
    """The wall clock of the gateway, set by hand; it goes on by a minute at every look."""

    def __init__(self) -> None:
        self._now_ms = NOW_MS

    def show(self, year: int) -> None:
        self._now_ms = CLOCKS_MS[year]

    def __call__(self) -> int:
        self._now_ms += 60_000
        return self._now_ms


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Clock:
    held = Clock()
    monkeypatch.setattr(clock, "now_ms", held)
    return held


def said(path: Path, adopted: Path | None = None) -> wire.AlarmMessage:
    """What the outbox says first after an opening; it is closed again."""
    outbox = Outbox(path, Lane.ALARM, Limits(max_bytes=10**8))
    outbox.open(adopted=adopted)
    stored = outbox.put([wire.WireEvent(asset="D-1", at=1, event="fire_alarm", state="raise")])
    status = outbox.status()
    outbox.close()
    assert stored is not None
    message = wire.decode_alarm(stored.payload)
    assert (status.current.stream, status.origin) == (message.stream, message.origin)
    return message


def of_older_gateway(path: Path, *streams: int) -> None:
    """Make the file what a gateway before origins left, with these streams."""
    with sqlite3.connect(path) as database:
        database.execute("DROP TABLE line")
        database.execute("DELETE FROM messages")
        database.execute("DELETE FROM streams")
        database.executemany("INSERT INTO streams VALUES (?, 1, 0)", [(one,) for one in streams])
    database.close()


def test_the_origin_is_the_first_stream_that_the_file_ever_had(tmp_path: Path, wall: Clock) -> None:
    first = said(tmp_path / "o")
    later = [said(tmp_path / "o") for _ in range(30)]
    assert first.origin == first.stream
    assert {one.origin for one in later} == {first.stream}
    streams = [first.stream, *(one.stream for one in later)]
    assert streams == sorted(set(streams))


@pytest.mark.parametrize("year", CLOCKS_MS)
def test_a_new_disk_begins_a_line_of_its_own(tmp_path: Path, wall: Clock, year: int) -> None:
    before = said(tmp_path / "o")
    leave_file(tmp_path / "o", is_whole=True)
    wall.show(year)
    after = said(tmp_path / "o")
    assert after.origin == after.stream != before.origin


def test_an_outbox_from_before_origins_has_its_oldest_known_stream(
    tmp_path: Path, wall: Clock
) -> None:
    said(tmp_path / "o")
    of_older_gateway(tmp_path / "o", 7001, 7002)
    assert said(tmp_path / "o").origin == 7001
    assert said(tmp_path / "o").origin == 7001


@pytest.mark.parametrize("held", [SATURATED, 2**53 - 1])
@pytest.mark.parametrize("year", CLOCKS_MS)
def test_a_line_that_is_spent_is_left_and_the_new_one_goes_on(
    tmp_path: Path, wall: Clock, held: int, year: int
) -> None:
    said(tmp_path / "o")
    of_older_gateway(tmp_path / "o", 7001, *range(held - 40, held + 1))
    wall.show(year)
    first, second = said(tmp_path / "o"), said(tmp_path / "o")
    assert 7001 < first.stream < second.stream < SPENT
    assert first.origin == first.stream
    assert second.origin == (first.stream if year == 2026 else second.stream)


@pytest.mark.parametrize("year", CLOCKS_MS)
def test_an_image_restored_again_and_again_never_brings_an_identity_back(
    tmp_path: Path, wall: Clock, year: int
) -> None:
    said(tmp_path / "o")
    wall.show(year)
    said(tmp_path / "o")
    shutil.copy(tmp_path / "o", tmp_path / "image")
    streams = set()
    for _ in range(40):
        shutil.copy(tmp_path / "image", tmp_path / "o")
        streams |= {said(tmp_path / "o").stream, said(tmp_path / "o").stream}
    assert len(streams) == 80
    assert max(streams) < 2**53


@pytest.mark.parametrize("year", CLOCKS_MS)
def test_what_is_taken_over_from_a_former_file_stays_before_what_comes(
    tmp_path: Path, wall: Clock, year: int
) -> None:
    away = said(tmp_path / "away")
    wall.show(year)
    wall()
    home = said(tmp_path / "home", adopted=tmp_path / "away")
    assert home.stream > away.stream
    assert home.origin in {away.origin, home.stream}


def test_an_image_restored_with_a_clock_behind_begins_a_line_of_its_own(
    tmp_path: Path, wall: Clock
) -> None:
    """What was said since the image was taken is younger than all that it knows."""
    first = said(tmp_path / "o")
    shutil.copy(tmp_path / "o", tmp_path / "image")
    lost = said(tmp_path / "o")
    shutil.copy(tmp_path / "image", tmp_path / "o")
    wall.show(1970)
    back = said(tmp_path / "o")
    assert lost.origin == first.stream
    assert back.origin == back.stream not in {first.stream, lost.stream}


def test_two_lines_that_meet_end_in_a_third(tmp_path: Path, wall: Clock) -> None:
    away, home = said(tmp_path / "away"), said(tmp_path / "home")
    joined = said(tmp_path / "home", adopted=tmp_path / "away")
    assert joined.origin == joined.stream > max(away.stream, home.stream)
    assert said(tmp_path / "home").origin == joined.origin


def test_an_outbox_that_moves_while_it_runs_takes_its_line_along(
    tmp_path: Path, wall: Clock
) -> None:
    outbox = Outbox(tmp_path / "home", Lane.ALARM, Limits(max_bytes=10**8))
    outbox.open()
    first = outbox.stream
    outbox.open(tmp_path / "away")
    assert outbox.stream > first
    assert outbox.status().origin == first
    outbox.close()


@pytest.mark.parametrize("is_readable", [True, False])
def test_a_former_file_goes_only_when_all_of_it_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_readable: bool
) -> None:
    said(tmp_path / "former")

    def stops(*_source: object, **_how: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    if not is_readable:
        monkeypatch.setattr("gateway.outbox_file.copy_waiting", stops)
    outbox = Outbox(tmp_path / "home", Lane.ALARM, Limits(max_bytes=10**8))
    take_over({Lane.ALARM: outbox}, {Lane.ALARM: tmp_path / "former"})
    assert outbox.is_open
    outbox.close()
    assert not (tmp_path / "former").exists()
    kept = [one for one in tmp_path.glob("former.broken-*") if one.suffix != ".lock"]
    assert bool(kept) is not is_readable
