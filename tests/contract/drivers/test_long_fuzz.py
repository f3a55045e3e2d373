"""Every codec against noise and broken frames, for minutes: `make long`.

The short runs stand beside each codec; this one says of all protocols that no bytes crash or hold them.
"""

import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.drivers.protocol import load_protocol, protocol_names
from gateway.errors import BadFrame

CASES = Path(__file__).parent / "cases"
NOW = 1_763_766_001_000
LIMIT_S = 0.5
"""CPU that one message may take at most [s]; they take microseconds."""


def seeds(name: str) -> list[bytes]:
    """The protocol's example, and the frames of its cases that are written as one."""
    found = [load_protocol(name).example]
    for path in sorted((CASES / name).rglob("*.hex")) if (CASES / name).is_dir() else []:
        with suppress(ValueError):
            found.append(bytes.fromhex(path.read_text()))
    return found


@st.composite
def broken(draw: st.DrawFn, frames: list[bytes]) -> bytes:
    """A frame with pieces changed, cut, doubled or put in."""
    frame = bytearray(draw(st.sampled_from(frames)))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, max(len(frame) - 1, 0)))
        match draw(st.integers(0, 3)):
            case 0 if frame:
                frame[at] = draw(st.integers(0, 255))
            case 1:
                del frame[at : at + draw(st.integers(0, 8))]
            case 2:
                frame[at:at] = draw(st.binary(max_size=8))
            case _:
                frame[at:at] = frame[at : at + 16]
    return bytes(frame)


def take(name: str, content: bytes) -> None:
    """Read it; a refusal is an answer.

    What is slow is tried again: a collection of garbage that falls into one reading is not its own.
    """
    took_s = LIMIT_S
    for _ in range(3):
        began_s = time.thread_time()
        with suppress(BadFrame):
            load_protocol(name).read(content, NOW)
        took_s = time.thread_time() - began_s
        if took_s < LIMIT_S:
            break
    assert took_s < LIMIT_S


@pytest.mark.parametrize("name", protocol_names())
def test_no_bytes_crash_a_codec(name: str) -> None:
    frames = seeds(name)

    @settings(max_examples=40, deadline=None)
    @given(st.binary(max_size=300) | broken(frames))
    def run(content: bytes) -> None:
        take(name, content)

    run()


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", protocol_names())
def test_no_bytes_crash_a_codec_for_minutes(name: str) -> None:
    frames = seeds(name)

    @settings(max_examples=8_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.binary(max_size=1200) | broken(frames))
    def run(content: bytes) -> None:
        take(name, content)

    run()
