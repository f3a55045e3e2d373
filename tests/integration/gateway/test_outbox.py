"""The outbox on a real disk: nothing stored is lost, nothing given up is uncounted."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gateway import wire
from gateway.errors import OutboxFull, OutboxUnusable
from gateway.former_outbox import take_over
from gateway.outbox import Limits, Outbox, Stored, WhenFull
from gateway.topic import Lane

ROOMY = Limits(max_bytes=10**8)


def event(number: int) -> wire.WireEvent:
    return wire.WireEvent(asset=f"D-{number}", at=number, event="fire_alarm", state="raise")


def frame(number: int) -> wire.Frame:
    return wire.Frame(asset="P-1", t=[number], m={"current": [1.5]})


def opened(path: Path, lane: Lane = Lane.ALARM, limits: Limits = ROOMY) -> Outbox:
    outbox = Outbox(path, lane, limits)
    outbox.open()
    return outbox


def stored(outbox: Outbox, *body: wire.WireEvent | wire.Frame) -> Stored:
    events = [item for item in body if isinstance(item, wire.WireEvent)]
    one = outbox.put(events or [item for item in body if isinstance(item, wire.Frame)])
    assert one is not None
    return one


def test_messages_are_numbered_from_one_and_say_what_is_lowest(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "o.sqlite")
    messages = [wire.decode_alarm(stored(outbox, event(i)).payload) for i in range(3)]
    assert [(m.stream, m.seq, m.low) for m in messages] == [
        (outbox.stream, 1, 1),
        (outbox.stream, 2, 1),
        (outbox.stream, 3, 1),
    ]
    outbox.apply([wire.Receipt(stream=outbox.stream, through=2)])
    assert wire.decode_alarm(stored(outbox, event(3)).payload).low == 3
    outbox.close()


def test_a_reopened_outbox_keeps_its_messages_to_the_byte_under_a_new_stream(
    tmp_path: Path,
) -> None:
    outbox = opened(tmp_path / "o.sqlite")
    first = [stored(outbox, event(i)) for i in range(3)]
    outbox.close()
    again = opened(tmp_path / "o.sqlite")
    assert again.stream > first[0].stream
    later = stored(again, event(9))
    assert [one.payload for one in again.fetch_after(0, 9)] == [
        *(one.payload for one in first),
        later.payload,
    ]
    assert later.seq == 1
    older = again.status().older[0]
    assert (older.stream, older.next_seq, older.low) == (first[0].stream, 4, 1)
    again.close()


def test_a_receipt_deletes_what_it_covers_and_nothing_else(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "o.sqlite")
    for i in range(10):
        stored(outbox, event(i))
    dropped = outbox.apply([wire.Receipt(stream=outbox.stream, through=2, also=[(5, 6), (9, 20)])])
    assert len(dropped) == 6
    assert [one.seq for one in outbox.fetch_after(0, 20)] == [3, 4, 7, 8]
    assert outbox.apply([wire.Receipt(stream=outbox.stream + 1, through=10)]) == frozenset()
    status = outbox.status()
    assert (status.depth, status.current.low, status.current.next_seq) == (4, 3, 11)
    outbox.close()


def test_full_telemetry_gives_up_the_oldest_and_counts_it(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "o.sqlite", Lane.DATA, Limits(max_bytes=1200))
    for i in range(50):
        stored(outbox, frame(i))
    status = outbox.status()
    kept = [one.seq for one in outbox.fetch_after(0, 100)]
    assert kept == list(range(51 - status.depth, 51))
    assert status.bytes <= 1200
    assert status.current.shed == ((1, 50 - status.depth),)
    assert outbox.shed_count == 50 - status.depth
    outbox.apply([wire.Receipt(stream=outbox.stream, through=50)])
    assert outbox.status().current.shed == ()
    outbox.close()


def test_every_number_is_kept_receipted_or_counted_as_shed(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "o.sqlite", Lane.DATA, Limits(max_bytes=900))
    receipted: set[int] = set()
    for i in range(40):
        stored(outbox, frame(i))
        if i % 7 == 3:
            held = [one.seq for one in outbox.fetch_after(0, 100)]
            receipt = wire.Receipt(stream=outbox.stream, through=0, also=[(held[1], held[1])])
            receipted |= {held[1]} if outbox.apply([receipt]) else set()
    shed = {seq for a, b in outbox.status().current.shed for seq in range(a, b + 1)}
    held = [one.seq for one in outbox.fetch_after(0, 100)]
    assert sorted([*shed, *receipted, *held]) == list(range(1, 41))
    outbox.close()


def test_a_writer_that_can_wait_is_refused_and_nothing_is_given_up(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "o.sqlite", Lane.DATA, Limits(max_bytes=250))
    outbox.put([frame(1)], WhenFull.REFUSE)
    outbox.put([frame(2)], WhenFull.REFUSE)
    with pytest.raises(OutboxFull):
        outbox.put([frame(3)], WhenFull.REFUSE)
    assert outbox.status().depth == 2
    assert outbox.shed_count == 0
    outbox.apply([wire.Receipt(stream=outbox.stream, through=1)])
    assert outbox.put([frame(100)], WhenFull.REFUSE) is not None
    outbox.close()


def test_a_disk_that_runs_low_sheds_telemetry_down_to_nothing(tmp_path: Path) -> None:
    limits = Limits(max_bytes=10**8, disk_reserve_bytes=2**62)
    outbox = opened(tmp_path / "o.sqlite", Lane.DATA, limits)
    for i in range(5):
        outbox.put([frame(i)])
    status = outbox.status()
    assert status.depth <= 1
    assert sum(b - a + 1 for a, b in status.current.shed) + status.depth == 5
    outbox.close()


def test_a_full_disk_never_stops_the_alarm_lane_for_telemetrys_reserve(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "o.sqlite")
    assert stored(outbox, event(1)).seq == 1
    outbox.close()


def test_a_receipt_that_the_disk_cannot_take_drops_nothing_and_counts_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "o.sqlite"
    outbox = opened(path)
    for i in range(5):
        stored(outbox, event(i))
    before = outbox.status()
    receipt = wire.Receipt(stream=outbox.stream, through=3)
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = path.with_name("o.sqlite-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, usual[1]))
    try:
        with pytest.raises(OutboxUnusable):
            outbox.apply([receipt])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    after = outbox.status()
    assert (after.depth, after.bytes) == (before.depth, before.bytes)
    assert len(outbox.apply([receipt])) == 3
    assert outbox.depth == 2
    outbox.close()


def test_a_broken_file_is_kept_as_evidence_and_a_new_one_begun(tmp_path: Path) -> None:
    path = tmp_path / "o.sqlite"
    path.write_bytes(b"this is no database at all, and never was one" * 100)
    outbox = Outbox(path, Lane.ALARM, ROOMY)
    aside = outbox.open()
    assert aside is not None
    assert aside.read_bytes().startswith(b"this is no database")
    assert stored(outbox, event(1)).seq == 1
    outbox.close()


def test_a_file_with_a_flipped_page_is_moved_aside(tmp_path: Path) -> None:
    path = tmp_path / "o.sqlite"
    outbox = opened(path)
    for i in range(300):
        stored(outbox, event(i))
    outbox.close()
    content = bytearray(path.read_bytes())
    for place in range(4096, len(content), 4096):
        content[place : place + 64] = os.urandom(64)
    path.write_bytes(content)
    again = Outbox(path, Lane.ALARM, ROOMY)
    assert again.open() is not None
    again.close()


def test_two_gateways_cannot_share_an_outbox(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "o.sqlite")
    with pytest.raises(OutboxUnusable, match="in use"):
        opened(tmp_path / "o.sqlite")
    outbox.close()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutboxUnusable):
        opened(tmp_path / "file" / "o.sqlite")


def test_the_lanes_are_synced_as_their_messages_deserve(tmp_path: Path) -> None:
    for lane, level in ((Lane.ALARM, 2), (Lane.DATA, 1)):
        outbox = opened(tmp_path / f"{lane}.sqlite", lane)
        assert outbox._file is not None
        assert outbox._file.database.execute("PRAGMA synchronous").fetchone() == (level,)
        assert outbox._file.database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        outbox.close()


def test_writers_in_many_threads_get_numbers_without_holes(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "o.sqlite")
    found: list[int] = []

    def write() -> None:
        for i in range(25):
            found.append(stored(outbox, event(i)).seq)  # noqa: PERF401 - each append is a write

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, 201))
    outbox.close()


def test_ids_never_come_again_after_the_outbox_was_empty(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "o.sqlite")
    first = stored(outbox, event(1))
    outbox.apply([wire.Receipt(stream=outbox.stream, through=1)])
    outbox.close()
    again = opened(tmp_path / "o.sqlite")
    assert stored(again, event(2)).id > first.id
    again.close()


def test_what_was_over_in_the_spare_file_does_not_stand_at_home_again(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "o.sqlite")
    outbox.remember_condition("L-1", "entrapment", is_raised=True)
    outbox.open(tmp_path / "spare.sqlite")
    outbox.remember_condition("L-1", "entrapment", is_raised=False)
    outbox.remember_condition("L-2", "entrapment", is_raised=True)
    outbox.open(outbox.home)
    assert outbox.raised_conditions() == {("L-2", "entrapment")}
    outbox.close()


def test_raised_conditions_survive_a_restart(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "o.sqlite")
    outbox.remember_condition("L-1", "entrapment", is_raised=True)
    outbox.remember_condition("L-2", "entrapment", is_raised=True)
    outbox.remember_condition("L-2", "entrapment", is_raised=False)
    outbox.close()
    again = opened(tmp_path / "o.sqlite")
    assert again.raised_conditions() == {("L-1", "entrapment")}
    again.close()


WRITER = """
import sys
from pathlib import Path
from gateway import wire
from gateway.outbox import Limits, Outbox
from gateway.topic import Lane
outbox = Outbox(Path(sys.argv[1]), Lane(sys.argv[2]), Limits(max_bytes=10**9))
outbox.open()
number = 0
while True:
    number += 1
    if outbox.put([wire.WireEvent(asset="D", at=number, event="fire_alarm", state="raise")]
                  if sys.argv[2] == "alarm" else
                  [wire.Frame(asset="P", t=[number], m={"current": [1.0]})]):
        print(number, flush=True)
"""


@pytest.mark.parametrize("lane", list(Lane))
def test_what_was_stored_survives_a_kill(tmp_path: Path, lane: Lane) -> None:
    path = tmp_path / "o.sqlite"
    told = 0
    for round_ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), lane], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for _ in range(40 + 30 * round_):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        told += 40 + 30 * round_ + len(process.stdout.read().split("\n")) - 1
        process.wait(10)
        process.stdout.close()
    outbox = opened(path, lane)
    held = outbox.fetch_after(0, 100_000)
    assert len(held) >= told
    assert len({(one.stream, one.seq) for one in held}) == len(held)
    assert len({one.stream for one in held}) == 3
    outbox.close()


def test_a_failed_write_promises_nothing_and_uses_no_number(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "o.sqlite")
    stored(outbox, event(1))
    assert outbox._file is not None
    outbox._file.database.execute("PRAGMA query_only = ON")
    with pytest.raises(OutboxUnusable):
        outbox.put([event(2)])
    outbox._file.database.execute("PRAGMA query_only = OFF")
    assert stored(outbox, event(3)).seq == 2
    assert outbox.status().depth == 2
    outbox.close()


def test_a_commit_that_fails_in_any_way_is_told_to_every_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = opened(tmp_path / "o", limits=Limits(max_bytes=10**8, disk_reserve_bytes=1))

    def gone(_: object) -> None:
        raise FileNotFoundError("the folder is gone")

    monkeypatch.setattr("gateway.outbox.shutil.disk_usage", gone)
    with pytest.raises(OutboxUnusable, match="folder is gone"):
        outbox.put([event(1)])
    assert outbox.fetch_after(0, 10) == []
    monkeypatch.undo()
    stored = outbox.put([event(1)])
    assert stored is not None
    assert stored.seq == 1
    outbox.close()


def test_the_file_holds_no_more_than_what_waits(tmp_path: Path) -> None:
    path = tmp_path / "o.sqlite"
    outbox = opened(path)
    stored(outbox, event(1))
    outbox.close()
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT count(*) FROM messages").fetchone() == (1,)
    database.close()


def test_what_waits_in_another_folder_is_taken_over(tmp_path: Path) -> None:
    former = tmp_path / "former" / "o.sqlite"
    left = opened(former)
    stored(left, event(1))
    left.close()
    outbox = Outbox(tmp_path / "o.sqlite", Lane.ALARM, ROOMY)
    take_over({Lane.ALARM: outbox}, {Lane.ALARM: former})
    assert len(outbox.fetch_after(0, 9)) == 1
    assert not former.exists()
    outbox.close()


def test_a_broken_disk_that_is_left_does_not_keep_the_gateway_on_it(tmp_path: Path) -> None:
    (tmp_path / "dead").write_text("")
    outbox = Outbox(tmp_path / "o.sqlite", Lane.ALARM, ROOMY)
    take_over({Lane.ALARM: outbox}, {Lane.ALARM: tmp_path / "dead" / "o.sqlite"})
    outbox.open()
    stored(outbox, event(1))
    outbox.close()


def test_a_new_folder_that_takes_nothing_leaves_the_former_file_as_it_was(tmp_path: Path) -> None:
    former = tmp_path / "o.sqlite"
    left = opened(former)
    stored(left, event(1))
    left.close()
    (tmp_path / "dead").write_text("")
    outbox = Outbox(tmp_path / "dead" / "o.sqlite", Lane.ALARM, ROOMY)
    with pytest.raises(OutboxUnusable):
        take_over({Lane.ALARM: outbox}, {Lane.ALARM: former})
    again = opened(former)
    assert len(again.fetch_after(0, 9)) == 1
    again.close()


def test_many_conditions_are_kept_in_one_write(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "o.sqlite")
    outbox.remember_condition("D-0", "note", is_raised=True)
    assert outbox._file is not None
    said: list[str] = []
    outbox._file.database.set_trace_callback(said.append)
    outbox.remember_conditions(
        [("D-0", "note", False), *((f"D-{i}", "note", True) for i in (1, 2))]
    )
    assert said.count("COMMIT") == 1
    assert outbox.raised_conditions() == {("D-1", "note"), ("D-2", "note")}
    outbox.close()
