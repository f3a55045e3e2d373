"""Uploads of pressure terminals beside what they say."""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.driver import Counted, DriverSettings
from gateway.drivers.modbus.frame import crc
from gateway.drivers.nbiot_pressure.codec import decode, from_text
from gateway.drivers.nbiot_pressure.link import NbiotPressure, open_driver
from gateway.drivers.nbiot_pressure.reading import Memory, Reading, unreadable
from gateway.errors import BadFrame, BadSettings
from gateway.standing import Standing
from gateway.wire import WireEvent
from tests.contract.drivers.notebook import Notebook

FOLDER = Path(__file__).parent / "cases" / "nbiot_pressure"
CASES = sorted(FOLDER.iterdir())


def published(name: str) -> bytes:
    return bytes.fromhex((FOLDER / name / "input.hex").read_text())


ONE = published("published_one_record")
TEN = published("published_high_alarm_with_ten_records")


def resealed(frame: bytes) -> bytes:
    """The frame with a CRC that fits again."""
    body = frame[:-4]
    return body + crc(body).to_bytes(2, "big") + frame[-2:]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_upload_says_what_it_says(case: Path) -> None:
    frame = published(case.name)
    error = case / "error.txt"
    if error.exists():
        with pytest.raises(BadFrame) as raised:
            decode(frame)
        assert raised.value.reason.startswith(error.read_text().strip())
        return
    wanted = json.loads((case / "expected.json").read_text())
    upload = decode(frame)
    assert upload.device == wanted["device"]
    reading = Memory().read(frame, upload, "W-1", wanted["class"], wanted["now"])
    assert [[one.at_ms, one.values] for one in reading.samples] == wanted["samples"]
    raised_ones = [one for one in reading.conditions if one.state == "raise"]
    assert [[one.event, one.code] for one in raised_ones] == wanted["raised"]
    assert all(one.raw for one in raised_ones if one.event == "unknown_event")
    assert list(reading.problems) == wanted["problems"]


def test_a_frame_may_be_written_in_digits() -> None:
    assert from_text(ONE.hex().encode()) == from_text(ONE) == ONE


def driver(**options: Any) -> NbiotPressure:
    asset = {"code": "W-7", "class": "fire_water", "address": "SHMK19060013"}
    made = open_driver(
        DriverSettings(
            name="nb",
            driver="nbiot_pressure",
            options={"udp": "127.0.0.1:0", "assets": [asset], **options},
        )
    )
    assert isinstance(made, NbiotPressure)
    return made


def test_an_upload_that_comes_twice_is_taken_once() -> None:
    one, sink = driver(), Notebook()
    one.take(TEN, sink)
    said, count = list(sink.said()), len(sink.samples)
    one.take(TEN.hex().encode(), sink)
    assert (sink.said(), len(sink.samples)) == (said, count)
    assert sink.counted == {Counted.FRAMES: 1, Counted.REPEATED: 1}


def test_an_alarm_that_comes_back_in_the_same_bytes_is_an_alarm_again() -> None:
    one, sink = driver(), Notebook()
    over = resealed(TEN[:24] + b"\0" + TEN[25:])
    for frame in (TEN, over, TEN, over):
        one.take(frame, sink)
    assert (
        sink.said()
        == [
            ("W-7", "pressure_high", "raise"),
            ("W-7", "pressure_high", "clear"),
        ]
        * 2
    )


def test_an_upload_that_could_not_be_stored_is_taken_again() -> None:
    one, sink = driver(), Notebook(failures=1)
    with pytest.raises(Exception, match="disk full"):
        one.take(TEN, sink)
    one.take(TEN, sink)
    assert sink.said() == [("W-7", "pressure_high", "raise")]


def test_a_late_upload_brings_its_alarm_as_passed_and_ends_none() -> None:
    memory, now = Memory(), 1_561_945_900_000
    newer = resealed(TEN[:24] + b"\1" + TEN[25:31] + (1_561_945_842).to_bytes(4, "big") + TEN[35:])
    first = decode(newer)
    read = memory.read(newer, first, "W-7", "fire_water", now)
    memory.stored(newer, first, read)
    late = memory.read(TEN, decode(TEN), "W-7", "fire_water", now)
    assert late.conditions == ()
    assert [(one.event, one.state) for one in late.passed] == [
        ("pressure_high", "raise"),
        ("pressure_high", "clear"),
    ]
    assert len(late.samples) == 11


def at(frame: bytes, last_s: int, bits: int) -> bytes:
    """The same upload with another time of its last record and other status bits."""
    return resealed(
        frame[:24] + bytes((bits,)) + frame[25:31] + last_s.to_bytes(4, "big") + frame[35:]
    )


def test_a_clock_that_was_set_back_ends_no_alarm_in_the_past() -> None:
    memory, now_s, back_s = Memory(), 1_561_945_900, 1_561_945_900 - 2 * 86_400
    for frame, came_s in ((at(TEN, now_s, 0), now_s + 60), (at(TEN, back_s, 2), now_s + 120)):
        read = memory.read(frame, decode(frame), "W-7", "fire_water", came_s * 1000)
        memory.stored(frame, decode(frame), read)
    assert read.conditions == ()
    again = at(TEN, back_s + 60, 2)
    read = memory.read(again, decode(again), "W-7", "fire_water", (now_s + 180) * 1000)
    assert ("pressure_high", "raise") in [(one.event, one.state) for one in read.conditions]
    assert read.problems
    memory.stored(again, decode(again), read)
    later = at(TEN, back_s + 120, 0)
    read = memory.read(later, decode(later), "W-7", "fire_water", (now_s + 240) * 1000)
    assert ("pressure_high", "clear") in [(one.event, one.state) for one in read.conditions]
    assert not read.problems


def hourly(last_s: int, bits: int) -> bytes:
    """An upload of a terminal that records once an hour."""
    return resealed(
        at(TEN, last_s, bits)[:19] + (3600).to_bytes(2, "big") + at(TEN, last_s, bits)[21:]
    )


def read_all(memory: Memory, *uploads: tuple[bytes, int]) -> Reading:
    """What the last of the uploads says, each with the second at which it came."""
    for frame, came_s in uploads:
        read = memory.read(frame, decode(frame), "W-7", "fire_water", came_s * 1000)
        memory.stored(frame, decode(frame), read)
    return read


def states(read: Reading) -> set[tuple[str, str]]:
    return {(one.event, one.state) for one in read.conditions}


def test_an_alarm_between_two_records_of_a_clock_that_was_set_back_stands() -> None:
    memory, now_s = Memory(), 1_561_945_900
    back_s = now_s - 2 * 86_400
    before = (hourly(now_s, 0), now_s + 3600), (hourly(back_s, 0), now_s + 7200)
    read = read_all(memory, *before, (hourly(back_s, 2), now_s + 7800))
    assert states(read) == {("pressure_high", "raise")}
    assert not read.passed
    # The next upload at its time shows that the clock was set back, and may end it.
    read = read_all(memory, (hourly(back_s + 3600, 0), now_s + 10_800))
    assert ("pressure_high", "clear") in states(read)


def test_a_doubtful_upload_ends_no_bit_without_a_meaning() -> None:
    memory, now_s = Memory(), 1_561_945_900
    back_s = now_s - 2 * 86_400
    uploads = (
        (hourly(now_s, 0b10), now_s + 3600),
        (hourly(back_s, 0b10), now_s + 7200),
        (hourly(back_s, 0b100000), now_s + 7800),
    )
    for frame, came_s in uploads:
        read = memory.read(frame, decode(frame), "M-1", "supply_main", came_s * 1000)
        memory.stored(frame, decode(frame), read)
    assert {(one.code, one.state) for one in read.conditions} == {
        ("bit1", "raise"),
        ("bit5", "raise"),
    }


def test_a_message_that_was_held_up_ends_no_alarm() -> None:
    memory, now_s = Memory(), 1_561_945_900
    read_all(memory, (hourly(now_s, 2), now_s + 3600), (hourly(now_s - 9000, 0), now_s + 3700))
    read = read_all(memory, (hourly(now_s - 8000, 0), now_s + 7000))
    assert read.conditions == ()


def test_an_old_upload_that_comes_first_after_a_restart_ends_no_alarm() -> None:
    """The gateway does not know what it heard before: what stands may be younger."""
    memory, now_s = Memory(), 1_561_945_900
    held_up = (hourly(now_s - 9000, 2), now_s), (hourly(now_s - 12_600, 0), now_s + 1)
    assert states(read_all(memory, held_up[0])) == {("pressure_high", "raise")}
    read = read_all(memory, held_up[1], (hourly(now_s - 8000, 0), now_s + 40))
    assert (states(read), read.passed) == (set(), ())
    read = read_all(memory, (hourly(now_s, 0), now_s + 3600))
    assert ("pressure_high", "clear") in states(read)


def test_a_terminal_whose_clock_is_behind_is_believed_by_the_second_upload_after_a_restart() -> (
    None
):
    memory, now_s = Memory(), 1_561_945_900
    back_s = now_s - 2 * 86_400
    assert states(read_all(memory, (hourly(back_s, 0), now_s))) == set()
    read = read_all(memory, (hourly(back_s + 3600, 0), now_s + 3600))
    assert ("pressure_high", "clear") in states(read)
    read = read_all(memory, (hourly(back_s + 7200, 2), now_s + 7200))
    assert ("pressure_high", "raise") in states(read)
    assert ("tilt", "clear") in states(read)


def test_history_that_is_sent_in_a_burst_is_no_clock_set_back() -> None:
    memory, now_s = Memory(), 1_561_945_900
    frames = [at(TEN, now_s, 0), at(TEN, now_s - 7200, 2), at(TEN, now_s - 3600, 2)]
    for place, frame in enumerate(frames):
        came_ms = (now_s + 60 + 40 * place) * 1000
        read = memory.read(frame, decode(frame), "W-7", "fire_water", came_ms)
        memory.stored(frame, decode(frame), read)
    assert read.conditions == ()


def test_an_upload_that_cannot_be_read_is_an_alarm_until_one_can() -> None:
    one, sink = driver(), Notebook()
    broken = TEN[:30] + b"\xff" + TEN[31:]
    one.take(broken, sink)
    one.take(broken, sink)
    assert sink.said() == [("W-7", "unknown_event", "raise")]
    assert sink.events[0].raw == broken.hex()
    one.take(TEN, sink)
    assert ("W-7", "unknown_event", "clear") in sink.said()


def test_an_upload_that_cannot_be_read_ends_no_bit_without_a_meaning() -> None:
    asset = {"code": "M-1", "class": "supply_main", "address": "SHMK19060013"}
    one, sink = driver(assets=[asset]), Notebook()
    one.take(TEN, sink)
    assert ("M-1", "unknown_event", "raise") in sink.said()
    one.take(TEN[:30] + b"\xff" + TEN[31:], sink)
    assert ("M-1", "unknown_event", "clear") not in sink.said()


def test_a_doubtful_upload_does_not_end_that_another_could_not_be_read() -> None:
    """What nobody could read may be younger than an upload that was held up, and an alarm."""
    memory, now_s, standing = Memory(), 1_561_945_900, Standing()
    kind = "supply_main"

    def take(frame: bytes, came_s: int) -> list[tuple[str, str]]:
        upload = decode(frame)
        reading = memory.read(frame, upload, "M-1", kind, came_s * 1000)
        memory.stored(frame, upload, reading)
        return said(reading.conditions)

    def said(read: Sequence[WireEvent]) -> list[tuple[str, str]]:
        changes = standing.changes(read)
        for one in changes:
            standing.store(one)
        return [(one.code, one.state) for one in changes]

    take(hourly(now_s, 0), now_s + 3600)
    take(hourly(now_s - 9000, 0), now_s + 3700)
    device = decode(hourly(now_s, 0)).device
    broken = unreadable(b"\xa5\x5a", "M-1", "CRC", (now_s + 3800) * 1000)
    assert said(memory.unreadable(device, broken)) == [("unreadable", "raise")]
    assert take(hourly(now_s - 8000, 0x80), now_s + 7000) == [("bit7", "raise")]
    assert ("unreadable", "clear") in take(hourly(now_s + 7000, 0x80), now_s + 10_600)


@pytest.mark.parametrize(
    ("options", "frame", "is_told"),
    [
        ({}, b"noise of a scanner", False),
        ({}, b"\xa5\x5a\0\0\x29MOKEON_00001" + bytes(20), True),
        ({"udp": None, "mqtt": {"url": "mqtt://b", "client_id": "c"}}, b"no digits", True),
    ],
    ids=["noise over UDP", "an id that is none", "no frame at the broker"],
)
def test_what_a_nameless_terminal_says_is_kept(
    options: dict[str, Any], frame: bytes, *, is_told: bool
) -> None:
    one, sink = driver(**options), Notebook()
    one.take(frame, sink)
    one.take(frame, sink)
    wanted = [("nb", "unknown_event", "raise")] if is_told else []
    assert sink.said() == wanted
    assert sink.counted[Counted.REFUSED] == 2


def test_a_terminal_nobody_listed_is_its_own_asset() -> None:
    one, sink = driver(), Notebook()
    one.take(ONE, sink)
    assert {sample.asset for sample, _ in sink.samples} == {"SHRP25090120"}


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"udp": None}, "either udp or mqtt"),
        ({"udp": "nowhere"}, "udp"),
        ({"answer": "xyz"}, "answer"),
        ({"default_class": "lift"}, "no pressure terminal is of class lift"),
        ({"mqtt": {"url": "mqtt://x", "client_id": "a"}}, "either udp or mqtt"),
        ({"udp": None, "mqtt": {"url": "http://x", "client_id": "a"}}, "mqtt://host:port"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadSettings, match=complaint):
        driver(**options)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=120), st.booleans())
def test_any_bytes_are_an_upload_or_refused(noise: bytes, is_framed: bool) -> None:
    frame = b"\xa5\x5a" + noise + b"\x55\xaa" if is_framed else noise
    with suppress(BadFrame):
        decode(from_text(frame))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_content_with_a_right_crc_is_read_without_a_crash(data: st.DataObject) -> None:
    frame = bytearray(TEN)
    for _ in range(data.draw(st.integers(1, 8))):
        frame[data.draw(st.integers(17, len(frame) - 5))] = data.draw(st.integers(0, 255))
    driver().take(resealed(bytes(frame)), Notebook())


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(TEN) * 8 - 1))
def test_any_bit_turned_is_noticed(at: int) -> None:
    frame = bytearray(TEN)
    frame[at // 8] ^= 1 << at % 8
    with pytest.raises(BadFrame):
        decode(bytes(frame))
