"""Frames of GB/T 26875.3-2011 beside what they say, or beside the error they must cause.

The frames were written from the standard's tables, not recorded: each flag, each rule about odd
frames, each way to be broken.
"""

import json
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.driver import DriverSettings
from gateway.drivers.gbt26875.centre import open_driver
from gateway.drivers.gbt26875.frame import encode_frame, read_frame
from gateway.drivers.gbt26875.trial import read
from gateway.drivers.gbt26875.type_flag import TypeFlag
from gateway.drivers.gbt26875.unit import decode_unit, encode_unit
from gateway.errors import BadFrame, OutboxUnusable
from tests.contract.drivers.notebook import Notebook

FOLDER = Path(__file__).parent / "cases" / "gbt26875"
CASES = sorted(FOLDER.iterdir())
GOOD = [case for case in CASES if (case / "expected.json").exists()]
NOW = 1_763_706_625_000
"""Five seconds after the frames were sent by their own clock."""


def data_of(case: Path) -> bytes:
    return bytes.fromhex((case / "frame.hex").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_frame_says_what_it_says(case: Path) -> None:
    error = case / "error.txt"
    if error.exists():
        with pytest.raises(BadFrame) as raised:
            read(data_of(case), NOW)
        assert str(raised.value) == error.read_text().strip()
        return
    (shown,) = read(data_of(case), NOW)
    found: dict[str, Any] = msgspec.to_builtins(shown)
    wanted = json.loads((case / "expected.json").read_text())
    events = [
        [one.asset, one.event, one.state, one.code, one.text, one.at - NOW] for one in shown.events
    ]
    assert events[-len(wanted["events"]) :] == wanted.pop("events")
    assert [list(one.values()) for one in shown.readings] == wanted.pop("readings")
    for one, want in zip(
        shown.objects[-len(wanted["objects"]) :], wanted.pop("objects"), strict=False
    ):
        assert want.items() <= one.items()
    assert {name: found[name] for name in wanted} == wanted


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_a_frame_that_is_read_and_written_is_the_same(case: Path) -> None:
    data = data_of(case)
    frame = read_frame(data)
    assert encode_frame(frame) == data
    assert encode_unit(decode_unit(frame.unit)) == frame.unit


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_a_fire_is_told_with_its_bytes(case: Path) -> None:
    (shown,) = read(data_of(case), NOW)
    for event in shown.events:
        if event.event in {"fire_alarm", "manual_fire_alarm", "gas_alarm", "unknown_event"}:
            assert event.raw
            assert bytes.fromhex(event.raw)[2:] in data_of(case)


def test_every_type_flag_has_its_case() -> None:
    flags = {read(data_of(case), NOW)[0].type for case in GOOD}
    assert set(TypeFlag) <= flags


class Unreadable(Notebook):
    """A sink whose notes are on a disk that gives nothing back."""

    def notes(self) -> list[tuple[str, str]]:
        raise OutboxUnusable("disk I/O error")


def test_a_centre_listens_though_its_notes_cannot_be_read() -> None:
    options = {"udp": "127.0.0.1:0"}
    centre = open_driver(DriverSettings(name="fire", driver="gbt26875", options=options))
    ended = threading.Event()
    ended.set()
    centre.run(Unreadable(), ended)
