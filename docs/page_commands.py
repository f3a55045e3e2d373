"""The page of the command line: every command with what it takes."""  # noqa: INP001

from collections.abc import Iterator
from typing import Final

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from towerwatch.cli import COMMANDS, build

Command = TyperCommand | TyperGroup

_HEAD: Final = """\
# The command line

Written from the code by `python docs/generate.py`.

Every command has `--help`. Where a script reads, there is `--json`. Status 0: done; 1: it failed, or the
answer is "no"; 2: the arguments or settings are wrong. A failure that a person can act on is one sentence.

Processes have commands of their own, which the supervisor calls: `python -m gateway run FILE`,
`python -m ingest alarm|data|intake`, `python -m analytics alarms|messages|orders|warnings`,
`python -m dashboards.console`, `python -m dashboards.feeds`.
Each has `settings`, which prints what is in force.
"""


def commands_page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(line for name in COMMANDS for line in _section(name))])


def _section(name: str) -> Iterator[str]:
    root = get_command(build(name))
    assert isinstance(root, TyperGroup)
    command = root.commands[name]
    assert isinstance(command, Command)
    yield f"## towerwatch {name}\n"
    yield f"{COMMANDS[name][1]}\n"
    leaves = list(_leaves(f"towerwatch {name}", command))
    yield "| command | what it does |"
    yield "|---|---|"
    for words, leaf in leaves:
        yield f"| `{words}{_arguments(leaf)}` | {_sentence(leaf)} |"
    yield ""
    options = [line for words, leaf in leaves for line in _options(words, leaf)]
    if options:
        yield "| option | of | meaning |"
        yield "|---|---|---|"
        yield from options
        yield ""


def _leaves(words: str, command: Command) -> Iterator[tuple[str, Command]]:
    if isinstance(command, TyperGroup):
        for name, below in sorted(command.commands.items()):
            assert isinstance(below, Command)
            yield from _leaves(f"{words} {name}", below)
    else:
        yield words, command


def _arguments(command: Command) -> str:
    names = [
        (parameter.name or "").upper()
        for parameter in command.params
        if isinstance(parameter, TyperArgument)
    ]
    return "".join(f" {name}" for name in names)


def _options(words: str, command: Command) -> Iterator[str]:
    for parameter in command.params:
        if isinstance(parameter, TyperOption) and "--help" not in parameter.opts:
            text = (parameter.help or "").replace("|", "\\|")
            yield f"| `{', '.join(parameter.opts)}` | `{words}` | {text} |"


def _sentence(command: Command) -> str:
    return " ".join((command.help or "").split("\n\n")[0].split())
