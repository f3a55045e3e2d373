"""The systemd units: each starts a command that exists, and none runs as root."""

from pathlib import Path

import pytest
import typer.main

from towerwatch.cli import build

UNITS = Path(__file__).parents[2] / "deploy" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
TIMERS = sorted(UNITS.glob("*.timer"))
PROGRAM = "/opt/towerwatch/bin/towerwatch"


def lines_of(path: Path) -> list[tuple[str, str]]:
    text = path.read_text("utf-8")
    parts = (line.partition("=") for line in text.splitlines() if "=" in line and line[0] != "#")
    return [(key, value) for key, _, value in parts]


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_service_starts_a_command_with_options_that_it_has(path: Path) -> None:
    started = [value.split() for key, value in lines_of(path) if key == "ExecStart"]
    assert started
    for program, command, *words in started:
        assert program == PROGRAM
        root = typer.main.get_command(build(command))
        found = root.commands[command]  # type: ignore[attr-defined]  # a group of commands
        if words and hasattr(found, "commands"):
            found = found.commands[words.pop(0)]
        known = {name for option in found.params for name in (*option.opts, *option.secondary_opts)}
        for word in words:
            assert not word.startswith("--") or word in known, (command, word)
        found.make_context(command, list(words))


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_service_has_a_user_and_sees_little_of_the_machine(path: Path) -> None:
    said = dict(lines_of(path))
    assert said["User"] == "towerwatch"
    assert said["NoNewPrivileges"] == "yes"
    assert said["ProtectSystem"] == "strict"
    assert said["ProtectHome"] == "yes"
    assert "/var/lib/towerwatch" in said["ReadWritePaths"]


@pytest.mark.parametrize("path", TIMERS, ids=lambda path: path.name)
def test_a_timer_has_its_service_and_makes_up_for_a_missed_run(path: Path) -> None:
    assert path.with_suffix(".service").is_file()
    said = dict(lines_of(path))
    assert said["OnCalendar"]
    assert said["Persistent"] == "true"
