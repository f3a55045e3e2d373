"""Frames and units are the same after they were read and written, whatever bytes they are."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.drivers.gbt26875.calendar_time import TimeCoding, local_text, read_time, write_time
from gateway.drivers.gbt26875.frame import (
    MAX_UNIT_BYTES,
    Address,
    Checksum,
    Flaw,
    Frame,
    encode_frame,
    flaw_of,
    form_of,
    head_of,
    read_frame,
)
from gateway.drivers.gbt26875.profile import PartAddress, shipped_profiles, value_of
from gateway.drivers.gbt26875.record import DeviceText, SystemText
from gateway.drivers.gbt26875.text import read_part, read_text, write_text
from gateway.drivers.gbt26875.trial import read
from gateway.drivers.gbt26875.type_flag import TypeFlag
from gateway.drivers.gbt26875.unit import Unit, decode_unit, encode_unit, unit_of
from gateway.errors import BadFrame
from tests.unit.gateway.gbt26875.builders import FIRE, NOW_MS, part, parts

byte = st.integers(0, 255)
address = st.integers(0, 2**48 - 1).map(Address)
frames = st.builds(
    Frame,
    st.integers(0, 0xFFFF),
    byte,
    byte,
    st.binary(min_size=6, max_size=6),
    address,
    address,
    st.integers(1, 6),
    st.binary(max_size=MAX_UNIT_BYTES),
)


@given(frames)
def test_a_frame_comes_back_as_it_was(one: Frame) -> None:
    data = encode_frame(one)
    assert flaw_of(data) is None
    assert read_frame(data) == one
    assert encode_frame(read_frame(data)) == data


@given(frames, st.sampled_from(Checksum))
def test_every_form_of_the_sum_is_recognised(one: Frame, form: Checksum) -> None:
    data = encode_frame(
        Frame(1, 1, 1, one.sent, one.source, one.destination, one.command, one.unit, form)
    )
    assert form_of(data) is not None
    assert encode_frame(read_frame(data)) == data


@given(frames, st.integers(2, 10_000), st.integers(0, 7))
def test_a_flipped_bit_is_noticed(one: Frame, place: int, bit: int) -> None:
    data = bytearray(encode_frame(one))
    data[2 + place % (len(data) - 2)] ^= 1 << bit
    flaw = flaw_of(bytes(data))
    # The other forms of the sum let one in 128 pass; the standard's alone none.
    assert flaw is not None or form_of(bytes(data)) is not Checksum.SUM


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_any_unit_is_read_and_written_back(data: bytes) -> None:
    assert encode_unit(decode_unit(data)) == data


@given(st.sampled_from(TypeFlag), st.integers(0, 30), st.binary(max_size=600))
@settings(max_examples=500)
def test_any_unit_of_a_known_type_is_read_and_written_back(
    flag: TypeFlag, count: int, body: bytes
) -> None:
    data = bytes((flag, count)) + body
    unit = decode_unit(data)
    assert encode_unit(unit) == data
    assert len(unit.records) <= count


@given(st.binary(max_size=1200))
def test_any_bytes_are_shown_or_refused(data: bytes) -> None:
    for start in (b"", b"@@"):
        with suppress(BadFrame):
            assert read(start + data, NOW_MS)


@pytest.mark.long
@pytest.mark.timeout(900)
@given(frames)
@settings(max_examples=10_000)
def test_any_frame_for_longer(one: Frame) -> None:
    data = encode_frame(one)
    assert encode_frame(read_frame(data)) == data
    assert read(data, NOW_MS)


def test_a_unit_that_is_too_long_is_not_written() -> None:
    with pytest.raises(ValueError, match="the standard allows 1024"):
        encode_frame(Frame(0, 1, 1, bytes(6), Address(1), Address(2), 2, bytes(1025)))


def test_the_head_of_a_broken_frame_can_be_read() -> None:
    data = parts(part(FIRE))
    head = head_of(data[:27])
    assert (head.serial, head.source, head.command, head.length) == (7, 10021, 2, 48)


@pytest.mark.parametrize(
    ("data", "flaw"),
    [
        (b"", Flaw.START),
        (b"@@", Flaw.SHORT),
        (parts(part(FIRE))[:-1], Flaw.SHORT),
        (parts(part(FIRE)) + b"#", Flaw.LENGTH),
        (b"@A" + parts(part(FIRE))[2:], Flaw.START),
        (parts(part(FIRE))[:-2] + b"#!", Flaw.END),
    ],
)
def test_each_way_to_be_no_frame_has_its_word(data: bytes, flaw: Flaw) -> None:
    assert flaw_of(data) is flaw


@given(st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30)), st.sampled_from(TimeCoding))  # noqa: DTZ001 - a wall clock
def test_a_time_comes_back_as_it_was(moment: datetime, coding: TimeCoding) -> None:
    at_ms = round(moment.replace(microsecond=0, tzinfo=UTC).timestamp() * 1000)
    assert read_time(write_time(at_ms, coding), coding) == at_ms


@given(st.binary(max_size=8), st.sampled_from(TimeCoding))
def test_any_bytes_are_a_time_or_none(data: bytes, coding: TimeCoding) -> None:
    at_ms = read_time(data, coding)
    assert at_ms is None or write_time(at_ms, coding) == data


def test_times_are_chinas() -> None:
    six = bytes((0, 30, 8, 1, 1, 26))
    assert local_text(six) == "2026-01-01T08:30:00"
    assert read_time(six) == round(datetime(2026, 1, 1, 0, 30, tzinfo=UTC).timestamp() * 1000)
    assert read_time(bytes.fromhex("003008010126"), TimeCoding.BCD) == read_time(six)


@pytest.mark.parametrize(
    "six",
    ["3c1e08010119", "003c08010119", "001e18010119", "001e081d0219", "001e08010d19", "00" * 6],
)
def test_what_no_clock_shows_is_no_time(six: str) -> None:
    assert read_time(bytes.fromhex(six)) is None


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        (PartAddress.ZONE_POINT, "10-2"),
        (PartAddress.NUMBER, "131082"),
        (PartAddress.HEX, "0a000200"),
    ],
)
def test_a_part_is_shown_as_its_make_numbers_it(form: PartAddress, shown: str) -> None:
    assert read_part(int.from_bytes(bytes.fromhex("0a000200"), "little"), form) == shown


@pytest.mark.parametrize("text", ["", "走廊", "A座1层" * 8, "😀", "\x00"])
def test_a_text_fits_its_bytes(text: str) -> None:
    data = write_text(text)
    assert len(data) == 31
    assert text.partition("\x00")[0].startswith(read_text(data))


def test_texts_of_their_own_length_stand_one_behind_the_other() -> None:
    systems = unit_of(TypeFlag.SYSTEM_TEXT, SystemText(1, 1, b"a"), SystemText(11, 2, b""))
    device = unit_of(TypeFlag.DEVICE_TEXT, DeviceText(b"abc"))
    assert decode_unit(encode_unit(systems)) == systems
    assert decode_unit(encode_unit(device)) == device
    assert decode_unit(b"\x1a\x01\x09ab") == Unit(26, 1, (), b"\x09ab")


def test_a_profile_may_count_otherwise() -> None:
    fine = shipped_profiles()["fine_water_and_current"]
    pressure, current = fine.quantity(4), fine.quantity(9)
    assert pressure is not None
    assert current is not None
    assert (value_of(350, pressure), pressure.unit) == (350.0, "kPa")
    assert (value_of(-1, current.model_copy(update={"signed": False}))) == 65535.0
    assert fine.quantity(200) is None
