"""`towerwatch gateway try`: digits in any form, an answer or an error, and the list."""

import json
import time
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from gateway.drivers.protocol import load_protocol, protocol_names
from gateway.errors import BadFrame, BadSettings
from towerwatch.commands import gateway_try

HEARTBEAT = "4040000001010c3b0c1b0c11672b00000000385b01000000000002b52323"

app = Typer()
app.command()(gateway_try.command)


def run(*words: str, typed: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, words, input=typed)
    return result.exit_code, result.output


@pytest.mark.parametrize(
    "digits",
    [
        HEARTBEAT,
        HEARTBEAT.upper(),
        "0x" + HEARTBEAT,
        " ".join(HEARTBEAT[at : at + 2] for at in range(0, len(HEARTBEAT), 2)),
        ", ".join("0x" + HEARTBEAT[at : at + 2] for at in range(0, len(HEARTBEAT), 2)),
        "\n".join((HEARTBEAT[:20], HEARTBEAT[20:], "")),
    ],
)
def test_digits_are_read_in_any_form(digits: str) -> None:
    assert gateway_try.read_words(digits).hex() == HEARTBEAT


def test_a_frame_is_answered_as_json() -> None:
    status, answer = run("gbt26875", HEARTBEAT, "--json")
    shown = json.loads(answer)
    assert (status, shown["serial"], shown["checksum_ok"]) == (0, 0, True)


def test_a_frame_stands_in_a_file_or_comes_by_stdin(tmp_path: Path) -> None:
    path = tmp_path / "frame.txt"
    path.write_text(f"0x{HEARTBEAT}\n")
    assert run("gbt26875", str(path), "--json") == run("gbt26875", HEARTBEAT, "--json")
    assert run("gbt26875", "-", "--json", typed=HEARTBEAT) == run("gbt26875", HEARTBEAT, "--json")


def test_a_long_line_of_digits_is_no_name_of_a_file(tmp_path: Path) -> None:
    assert len(gateway_try.read_words(HEARTBEAT * 200)) == 200 * len(HEARTBEAT) // 2
    path = tmp_path / "notes.txt"
    path.write_text("no digits")
    for words in ("zz" * 5000, str(path), str(tmp_path)):
        with pytest.raises(BadFrame, match="hexadecimal digits"):
            gateway_try.read_words(words)


def test_joined_frames_are_a_list() -> None:
    status, answer = run("gbt26875", HEARTBEAT * 2, "--json")
    assert (status, len(json.loads(answer))) == (0, 2)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("gbt26875", "40 4z"), "no file, and no hexadecimal digits: 'z' is digit 4"),
        (("gbt26875", "40 4"), "there are 3, and two make a byte"),
        (("gbt26875", "4040"), "end before the frame"),
        (("sparkplug", "4040"), "no payload of Sparkplug"),
        (("gbt26875", HEARTBEAT.replace("b52323", "b62323")), "checksum"),
        (("gbt26875",), "for example"),
        (("nobody", "00"), "there is no protocol"),
    ],
)
def test_what_is_no_frame_is_an_error(words: tuple[str, ...], complaint: str) -> None:
    status, answer = run(*words, "--json")
    assert status == 1
    assert complaint in json.loads(answer)["error"]


def test_a_broken_frame_shows_what_could_be_read() -> None:
    _, answer = run("gbt26875", HEARTBEAT.replace("b52323", "b62323"), "--json")
    shown = json.loads(answer)
    assert (shown["checksum_ok"], shown["source"]) == (False, 11111)


def test_people_read_it_line_by_line() -> None:
    status, answer = run("gbt26875", HEARTBEAT)
    assert status == 0
    assert "command_name: send_data" in answer.splitlines()


def test_without_a_name_the_protocols_are_listed() -> None:
    status, answer = run("--json")
    assert status == 0
    assert [one["name"] for one in json.loads(answer)] == protocol_names()


@pytest.mark.parametrize("name", protocol_names())
def test_every_protocol_reads_its_example(name: str) -> None:
    protocol = load_protocol(name)
    assert protocol.name == name
    assert protocol.read(protocol.example, 1_763_766_001_000)


@pytest.mark.parametrize("name", protocol_names())
def test_nothing_to_read_is_an_error_with_an_example(name: str) -> None:
    for words in ((name,), (name, ""), (name, " \n")):
        status, answer = run(*words, "--json")
        assert status == 1
        assert "for example" in json.loads(answer)["error"]


@pytest.mark.parametrize("name", protocol_names())
@pytest.mark.parametrize("size", [2**14, pytest.param(2**20, marks=pytest.mark.long)])
def test_any_amount_of_anything_is_read_or_refused_soon(
    name: str, size: int, tmp_path: Path
) -> None:
    path = tmp_path / "noise.txt"
    for content in (b"\x00", b"@", load_protocol(name).example):
        path.write_text((content * (size // len(content))).hex())
        began_s = time.process_time()
        status, answer = run(name, str(path), "--json")
        assert status in (0, 1)
        assert json.loads(answer)
        assert time.process_time() - began_s < 20


def test_messages_that_are_text_are_typed_as_they_stand(tmp_path: Path) -> None:
    for name in ("tcp_push", "mqtt_terminal", "chirpstack"):
        words = load_protocol(name).example.decode()
        path = tmp_path / name
        path.write_text(f"{words}\n")
        shown = run(name, words, "--json")
        assert shown[0] == 0
        assert run(name, str(path), "--json")[0] == 0
        assert run(name, words.encode().hex(), "--json")[0] == 0
    status, answer = run("mqtt_terminal", '{"Identification_Number"', "--json")
    assert (status, "no JSON" in answer) == (1, True)


@pytest.mark.parametrize("name", protocol_names())
def test_every_protocol_refuses_what_is_no_frame_with_a_reason(name: str) -> None:
    with pytest.raises(BadFrame, match=r"\w"):
        load_protocol(name).read(b"\xff" * 3, 0)


def test_a_protocol_that_nobody_knows_is_refused() -> None:
    with pytest.raises(BadSettings, match="there is no protocol 'smoke signals'"):
        load_protocol("smoke signals")
