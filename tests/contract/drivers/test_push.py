"""Pushed streams beside what they say, however they are cut."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import clock
from gateway.driver import DriverSettings, Sink
from gateway.drivers.once import AGAIN_S
from gateway.drivers.tcp_push.cutter import MOST_BYTES, Cut, Cutter
from gateway.drivers.tcp_push.link import TcpPush, open_driver
from gateway.drivers.telling import Teller
from gateway.drivers.terminal_message import Reader, Reading
from gateway.errors import BadSettings
from tests.contract.drivers.notebook import Notebook

CASES = sorted((Path(__file__).parent / "cases" / "tcp_push").iterdir())
ASSET = {"code": "L-0007", "class": "lift", "address": "T7"}
SET: dict[str, Any] = {"rule_sets": ["gbt24476"]}


def driver(options: dict[str, Any]) -> TcpPush:
    settings = DriverSettings(
        name="terminals",
        driver="tcp_push",
        options={"listen": "127.0.0.1:0", "assets": [ASSET], **options},
    )
    made = open_driver(settings)
    assert isinstance(made, TcpPush)
    return made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_stream_says_what_it_says(case: Path) -> None:
    one, sink = driver(json.loads((case / "options.json").read_text())), Notebook()
    cutter = Cutter(b"#10#", b"#13#")
    for piece in (case / "input.txt").read_bytes().decode().removesuffix("\n").split("\n"):
        one.take(cutter, piece.encode(), sink)
    wanted = json.loads((case / "expected.json").read_text())
    assert [[s.asset, s.at_ms, s.values] for s, _ in sink.samples] == wanted["samples"]
    assert cutter.noise == wanted["noise"]
    found = [
        {
            "asset": event.asset,
            "event": event.event,
            "state": event.state,
            "code": event.code,
            "evidence": bool(event.raw),
        }
        for event in sink.events
    ]
    assert found == wanted["events"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"listen": "nowhere", **SET}, "listen"),
        ({}, "there is no rule"),
        ({**SET, "end": "#10#"}, "two different marks"),
        ({"rule_sets": ["nobody"]}, "there are gbt24476"),
        ({"rules": [{"class": "lift"}]}, "neither metrics nor events"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadSettings, match=complaint):
        driver(options)


messages = st.lists(st.binary(max_size=20).filter(lambda one: b"#" not in one), max_size=6)


@settings(max_examples=200, deadline=None)
@given(messages, st.data())
def test_however_a_stream_is_cut_the_messages_are_the_same(
    wanted: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(b"#10#" + one + b"#13#" for one in wanted)
    places = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    cutter, found = Cutter(b"#10#", b"#13#"), list[bytes]()
    for begin, end in zip([0, *places], [*places, len(stream)], strict=True):
        found += [cut.content for cut in cutter.feed(stream[begin:end])]
    assert found == wanted


ANY = driver(SET)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=60) | st.sampled_from([b"#10#", b"#13#", b"#1", b"{}"])))
def test_any_bytes_are_read_to_their_end(pieces: list[bytes]) -> None:
    cutter, sink = Cutter(b"#10#", b"#13#"), Notebook()
    for piece in pieces:
        ANY.take(cutter, piece, sink)


def test_a_message_that_cannot_be_taken_is_kept_and_the_next_is_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, cutter, sink, told = driver(SET), Cutter(b"#10#", b"#13#"), Notebook(), list[str]()

    def tell(_teller: Teller, _reader: Reader, _reading: Reading, _sink: Sink) -> None:
        told.append("told")
        if len(told) == 1:
            raise KeyError("a mistake of ours")

    monkeypatch.setattr(Teller, "tell", tell)
    assert one.take(cutter, b"#10#{}#13##10#{}#13#", sink) == 2
    assert len(told) == 2
    assert [(one.event, one.raw) for one in sink.events] == [("unknown_event", b"{}".hex())]


def test_no_stream_holds_more_than_the_longest_message() -> None:
    cutter = Cutter(b"#10#", b"#13#")
    cutter.feed(b"#10#")
    cuts = [cut for _ in range(100) for cut in cutter.feed(b"y" * 1000)]
    assert [len(cut.content) <= MOST_BYTES + 1000 for cut in cuts] == [True]
    assert cutter.end_of_stream() is None


def test_a_message_that_its_connection_cuts_is_an_event_with_evidence() -> None:
    cutter = Cutter(b"#10#", b"#13#")
    assert cutter.feed(b'#10#{"a": 1}#13#noise#10#{"Message_Code": [5') == [
        Cut(content=b'{"a": 1}')
    ]
    cut = cutter.end_of_stream()
    assert cut is not None
    assert cut.content == b'{"Message_Code": [5'
    assert cutter.end_of_stream() is None
    one, sink = driver(SET), Notebook()
    one.tell(cut, sink)
    assert sink.said() == [("terminals", "unknown_event", "raise")]
    assert sink.events[0].raw == cut.content.hex()


def test_an_unknown_kind_is_told_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """The alarm of the first may have been closed long ago."""
    rule = {
        "class": "lift",
        "asset_path": "id",
        "when": {"path": "kind", "words": ["live"]},
        "metrics": {"speed": {"path": "v"}},
    }
    one, sink = driver({"rules": [rule], "kind_path": "kind"}), Notebook()
    message = b'#10#{"kind": "x"}#13#'
    for at_s in (0.0, 60.0, AGAIN_S, AGAIN_S + 60.0):
        monkeypatch.setattr(clock, "steady_s", lambda at_s=at_s: 1000.0 + at_s)
        one.take(Cutter(b"#10#", b"#13#"), message, sink)
    assert len(sink.events) == 2
