"""Frames are found whatever the stream does, and nothing piles up."""

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.drivers.gbt26875.frame import MAX_FRAME_BYTES, Command, Flaw, encode_frame
from gateway.drivers.gbt26875.splitter import Piece, Splitter
from tests.unit.gateway.gbt26875.builders import (
    FIRE,
    device_state,
    frame,
    part,
    parts,
    spoilt,
)

FRAMES = [
    parts(part(FIRE), serial=1),
    encode_frame(frame(serial=0x4040)),
    device_state(1, serial=2),
    encode_frame(frame(Command.CONFIRM, serial=0x2323)),
    parts(*[part(FIRE, point) for point in range(22)], serial=3),
]
STREAM = b"".join(FRAMES)


def good(pieces: list[Piece]) -> list[bytes]:
    return [piece.data for piece in pieces if piece.flaw is None]


def fed(chunks: list[bytes]) -> list[Piece]:
    splitter = Splitter()
    found = []
    for chunk in chunks:
        found += splitter.feed(chunk)
        assert len(splitter._buffer) < MAX_FRAME_BYTES
    return found


def test_one_frame_alone_comes_at_once() -> None:
    assert fed([FRAMES[0]]) == [Piece(FRAMES[0])]


def test_joined_frames_are_told_apart() -> None:
    assert fed([STREAM]) == [Piece(data) for data in FRAMES]


def test_a_frame_that_comes_byte_by_byte_is_one_frame() -> None:
    assert fed([bytes((byte,)) for byte in STREAM]) == [Piece(data) for data in FRAMES]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_cuts_change_nothing(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    chunks = [STREAM[a:b] for a, b in pairwise(edges)]
    assert fed(chunks) == [Piece(data) for data in FRAMES]


@given(st.lists(st.binary(max_size=40), min_size=6, max_size=6), st.integers(1, 200))
@settings(max_examples=200)
def test_noise_between_frames_costs_none(noise: list[bytes], size: int) -> None:
    stream = noise[0] + b"".join(a + b for a, b in zip(FRAMES, noise[1:], strict=True))
    chunks = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert [data for data in good(fed(chunks)) if data in FRAMES] == FRAMES


@pytest.mark.parametrize(
    ("alphabet", "size"),
    [(bytes(range(256)), 1_000_000), (b"@\x00\x02#", 1_000_000), (b"@#", 100_000), (b"@", 100_000)],
)
def test_a_megabyte_of_noise_costs_no_frame(alphabet: bytes, size: int) -> None:
    noise = random.Random(26875).choices(alphabet, k=size)
    blocks = [bytes(noise[at : at + 10_000]) for at in range(0, len(noise), 10_000)]
    chunks = [chunk for at, one in enumerate(blocks) for chunk in (one, FRAMES[at % 5])]
    found = [data for data in good(fed(chunks)) if data in FRAMES]
    assert found == [FRAMES[at % 5] for at in range(len(blocks))]


def test_a_broken_beginning_does_not_hide_the_frame_behind_it() -> None:
    cut = parts(*[part(FIRE, point) for point in range(22)])[:60]
    splitter = Splitter()
    assert splitter.feed(cut) == []
    assert good(splitter.feed(FRAMES[0])) == [FRAMES[0]]
    assert splitter.noise_bytes == len(cut)
    assert not splitter._buffer


def test_a_frame_inside_a_broken_one_is_found() -> None:
    broken = spoilt(encode_frame(frame(unit=None, serial=9)))
    assert good(fed([broken[:20] + FRAMES[0] + broken[20:]])) == [FRAMES[0]]


def test_noise_that_looks_like_a_frame_around_a_frame_is_noise() -> None:
    around = encode_frame(replace(frame(), unit=bytes(20) + FRAMES[0]))
    assert good(fed([around])) == [FRAMES[0]]


@pytest.mark.parametrize(
    ("data", "flaw"),
    [
        (spoilt(FRAMES[0]), Flaw.CHECKSUM),
        (FRAMES[0][:-1] + b"!", Flaw.END),
        (encode_frame(frame(Command.SEND))[:24] + b"\x01\x04" + b"\x02" + bytes(40), Flaw.LENGTH),
    ],
)
def test_what_should_have_been_a_frame_is_told_with_its_flaw(data: bytes, flaw: Flaw) -> None:
    pieces = fed([data, FRAMES[0]])
    assert [piece.flaw for piece in pieces] == [flaw, None]


def test_a_command_that_nobody_knows_is_told_whole() -> None:
    data = encode_frame(frame(serial=5))
    odd = data[:26] + b"\x80" + bytes(((data[-3] + 0x7E) & 0xFF,)) + b"##"
    assert fed([odd]) == [Piece(odd, Flaw.COMMAND)]


@given(st.lists(st.binary(max_size=300), max_size=30))
def test_any_bytes_leave_less_than_a_frame_waiting(chunks: list[bytes]) -> None:
    fed(chunks)


@pytest.mark.long
@pytest.mark.timeout(900)
@given(st.lists(st.one_of(st.binary(max_size=2000), st.sampled_from(FRAMES)), max_size=60))
@settings(max_examples=3_000)
def test_any_stream_for_longer(chunks: list[bytes]) -> None:
    fed(chunks)


def crafted(size: int) -> bytes:
    """Noise in which every ninth byte begins something that looks like a frame of 1 KB."""
    unit = 1023  # The end mark of each falls on bytes 7 and 8 of another's pattern but one.
    while (unit + 28) % 9 not in {2, 3, 4}:
        unit -= 1
    pattern = bytearray(b"@@....." + bytes(2))
    pattern[6:9] = unit.to_bytes(2, "little") + b"\x02"
    end = (unit + 28) % 9
    pattern[end : end + 2] = b"##"
    noise = bytearray(bytes(pattern) * (size // 9))
    free = next(at for at in (2, 3, 4, 5) if at not in {end, end + 1})
    noise[free::9] = random.Random(8).randbytes(len(noise[free::9]))
    return bytes(noise)


def test_crafted_noise_costs_no_more_than_its_length() -> None:
    noise = crafted(250_000)
    began_s = time.thread_time()
    pieces = fed([noise[at : at + 65_536] for at in range(0, len(noise), 65_536)] + [FRAMES[4]])
    assert time.thread_time() - began_s < 1.5
    assert good(pieces)[-1] == FRAMES[4]
    assert len(pieces) < len(noise) / 500


def test_noise_that_comes_byte_by_byte_is_not_searched_anew_each_time() -> None:
    cut = FRAMES[4][:200] + bytes(700)
    began_s = time.thread_time()
    for _ in range(10):
        fed([bytes((byte,)) for byte in cut])
    assert time.thread_time() - began_s < 1.5
