"""What the command line says to somebody who asks for the wrong thing: one sentence, status 2."""

from pathlib import Path

import pytest

from analytics.safety.plan import default_plan_source
from towerwatch.cli import run

READERS = (
    ("duties", "check"),
    ("plan", "check"),
    ("contacts", "check"),
    ("technicians", "check"),
    ("evidence", "verify"),
)


def test_it_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("towerwatch 0.")


@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_a_file_that_is_not_there_is_told_in_a_sentence(
    command: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "/nowhere/file"]) == 2
    told = capsys.readouterr().err
    assert told == "/nowhere/file cannot be read: No such file or directory\n"


def test_a_picture_is_no_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "matrix.yaml"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    assert run(["duties", "check", str(picture)]) == 2
    assert capsys.readouterr().err == f"{picture} is not text in UTF-8 (byte 0)\n"


def test_a_file_that_windows_wrote_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["plan", "check"]) == 0
    usual = capsys.readouterr().out
    written = tmp_path / "plan.yaml"
    written.write_bytes(default_plan_source().replace("\n", "\r\n").encode("utf-8-sig"))
    assert run(["plan", "check", str(written)]) == 0
    assert capsys.readouterr().out == usual


@pytest.mark.parametrize("words", [["--help"], ["duties", "--help"], ["gateway", "--help"]])
def test_a_list_of_commands_says_what_each_does_to_the_end(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 0
    _, _, commands = capsys.readouterr().out.partition("Commands:")
    assert commands
    assert [line for line in commands.splitlines() if line.endswith("...")] == []


@pytest.mark.parametrize(
    "option", ["--addresses-file", "--bureau-secret-file", "--case-secrets-file"]
)
def test_a_secret_that_is_not_there_is_told_before_anything_starts(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["up", option, "nowhere.yaml"]) == 2
    assert "nowhere.yaml" in capsys.readouterr().err


def test_a_gateways_file_is_checked_in_the_folder_where_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("alarm", "data"):
        Path(name).touch(0o600)
        Path(name).write_text("0123456789abcdef0123456789abcdef")
    Path("gateway.yaml").write_text(
        "{gateway: gw-box-01, data_folder: outbox, drivers: [{name: fire, driver: gbt26875,"
        " tcp: '127.0.0.1:5100'}], broker: {urls: ['mqtt://127.0.0.1:1883'],"
        " alarm_secret_file: alarm, data_secret_file: data}}"
    )
    assert run(["gateway", "check", "gateway.yaml"]) == 0, capsys.readouterr().err


def test_a_copy_of_the_server_and_a_nights_backup_are_not_mixed_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOWERWATCH_HOME", str(tmp_path / "home"))
    night, copy = tmp_path / "night", tmp_path / "copy"
    for folder in (night, copy):
        folder.mkdir()
    (copy / "base.json").touch()
    assert run(["restore", str(copy)]) == 2
    assert "name its log with --archive" in capsys.readouterr().err
    assert run(["restore", str(night), "--archive", str(tmp_path)]) == 1
    assert "restore it without --archive" in capsys.readouterr().err


def test_the_example_of_technicians_is_good(capsys: pytest.CaptureFixture[str]) -> None:
    example = Path(__file__).parents[3] / "deploy/contacts/technicians.example.yaml"
    assert run(["technicians", "check", str(example)]) == 0
    assert capsys.readouterr().out == "1 technicians\n"


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (["gateway", "show", "/nowhere/gateway.yaml"], "/nowhere/gateway.yaml"),
        (["gateway", "scan", "bus"], "'bus'"),
        (["grafana", "push", "--url", "grafana", "--token", "t"], "'grafana'"),
    ],
)
def test_wrong_settings_are_told_from_what_failed(
    words: list[str], wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    assert wrong in capsys.readouterr().err
