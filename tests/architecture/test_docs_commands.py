"""Commands and metrics that people are told to use in documents exist, with the options they are given."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from typer import BadParameter
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from towerwatch.cli import COMMANDS, build

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/**/*.md")]
    if path.name not in {"commands.md", "metrics.md"}
)
TEMPLATES = sorted(
    path
    for path in (ROOT / "dashboards" / "console" / "templates").rglob("*.html")
    if "<code>towerwatch " in path.read_text("utf-8")
)
_CALLED = re.compile(r"(?:^|`|bin/|backup )towerwatch ([a-z][^`\n|;#]*)", re.MULTILINE)


@cache
def root_of(name: str) -> TyperCommand | TyperGroup:
    root = get_command(build(name))
    assert isinstance(root, TyperGroup)
    found = root.commands[name]
    assert isinstance(found, TyperCommand | TyperGroup)
    return found


def faults(called: str) -> Iterator[str]:
    """What is wrong with a command as a page writes it; none, when it is right."""
    name, *words = called.split()
    if name not in COMMANDS:
        yield f"{called}: there is no {name}"
        return
    command = root_of(name)
    while isinstance(command, TyperGroup) and words and re.fullmatch("[a-z]+", words[0]):
        if words[0] not in command.commands:
            yield f"{called}: there is no {words[0]}"
            return
        below = command.commands[words.pop(0)]
        assert isinstance(below, TyperCommand | TyperGroup)
        command = below
    known = {"--help"}
    for option in command.params:
        known |= {*option.opts, *option.secondary_opts}
    for word in re.findall(r"(?<=\s)--[a-z-]+", f" {' '.join(words)}"):
        if word not in known and not isinstance(command, TyperGroup):
            yield f"{called}: there is no {word}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_command_of_a_page_exists(path: Path) -> None:
    found = _CALLED.findall(path.read_text("utf-8"))
    assert [fault for called in found for fault in faults(called)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_command_that_the_console_shows_is_whole(path: Path) -> None:
    shown = re.findall(r"<code>towerwatch ([^<]+)</code>", path.read_text("utf-8"))
    plain = [re.sub(r"\{\{.*?\}\}", "X", called) for called in shown]
    assert [fault for called in plain for fault in (*faults(called), *lacking(called))] == []


def lacking(called: str) -> Iterator[str]:
    """What a command as a page shows it still needs before it does anything."""
    name, *words = called.split()
    command = root_of(name)
    while isinstance(command, TyperGroup):
        below = command.commands[words.pop(0)]
        assert isinstance(below, TyperCommand | TyperGroup)
        command = below
    try:
        command.make_context(name, words)
    except BadParameter as error:
        yield f"{called}: {error.format_message()}"


def test_every_metric_of_a_page_exists() -> None:
    known = set(
        re.findall(r"towerwatch_[a-z_]+", (ROOT / "docs" / "metrics.md").read_text("utf-8"))
    )
    for path in PAGES:
        named = re.findall(r"`(towerwatch_[a-z_]+[a-z])`", path.read_text("utf-8"))
        assert set(named) - {"towerwatch_database"} <= known, path


def test_a_command_that_is_not_there_would_be_found() -> None:
    assert list(faults("users add NAME"))
    assert list(faults("user adds NAME"))
    assert list(faults("backup FOLDER --kept 2"))
    assert not list(faults("backup FOLDER --keep 2"))
    assert list(lacking("gateway rotate NAME"))
    assert not list(lacking("gateway rotate NAME FOLDER"))
