"""The simulators' own page has a line for every option, kind, stage, command and scenario."""

from pathlib import Path

import msgspec
import pytest

import simulators
from simulators.__main__ import app
from simulators.driver import Options
from simulators.faults import FaultKind, Stage
from simulators.scenario import scenario_names

PAGE = (Path(simulators.__file__).parent / "README.md").read_text(encoding="utf-8")
COMMANDS = [c.callback.__name__ for c in app.registered_commands if c.callback is not None]
OPTIONS = [field.name for field in msgspec.structs.fields(Options)]


@pytest.mark.parametrize("word", [*OPTIONS, *FaultKind, *Stage, *scenario_names()])
def test_every_word_has_its_place(word: str) -> None:
    assert f"`{word}`" in PAGE


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_line(command: str) -> None:
    assert f"| `python -m simulators {command}" in PAGE
