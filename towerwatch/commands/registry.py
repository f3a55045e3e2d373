"""`towerwatch registry`: check, apply, merge, split and show places, organisations and assets."""

import getpass
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ingest.database import Connection, connect
from ingest.registry import (
    Act,
    Part,
    Plan,
    Problem,
    Report,
    apply,
    check,
    management_at,
    merge_places,
    place_history,
    plan,
    responsible_at,
    split_place,
    subtree,
)
from ingest.registry.model import Management, ResponsiblePerson
from ingest.registry.step import Action, Step, Turn
from ingest.registry.store import PlaceChange, PlaceLine
from towerwatch.errors import NotRunning, WrongSettings
from towerwatch.home import current_home
from towerwatch.services.database import ROLES, private_server
from towerwatch.services.secrets import Secrets
from towerwatch.supervise.state import read_state

app = typer.Typer(
    help="Check, apply, merge, split and show places, organisations and assets.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

SHOWN = 40
SHOWN_PATHS = 4
"""Lines of a plan that are shown unless all are asked for."""

Files = Annotated[Path, typer.Argument(help="Folder with places.csv and the like, or one YAML.")]
Database = Annotated[
    str,
    typer.Option(
        "--database",
        envvar="TOWERWATCH_DATABASE_URL",
        help="libpq URL; unless given, the platform that runs here.",
        show_envvar=False,
    ),
]
Demo = Annotated[bool, typer.Option("--demo", help="The demonstration instead of the platform.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
Reason = Annotated[str, typer.Option(help="Why, for the history.")]
Actor = Annotated[str, typer.Option(help="Who; unless given, the user of this machine.")]


@app.command("check")
def check_command(files: Files, *, as_json: AsJson = False) -> None:
    """Say everything that is wrong with the files; status 1 when it keeps them from use."""
    report = check(files)
    if as_json:
        _print_json({"is_good": not report.errors, "problems": _problems_json(report)})
    else:
        _print_report(report)
    raise typer.Exit(1 if report.errors else 0)


@app.command("apply")
def apply_command(  # noqa: PLR0913 - the options of a command
    files: Files,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show it, write nothing.")] = False,
    at: Annotated[str, typer.Option(help="When changes take effect; unless given, now.")] = "",
    show_all: Annotated[bool, typer.Option("--all", help="Show every line.")] = False,
    actor: Actor = "",
    reason: Reason = "registry",
    database: Database = "",
    demo: Demo = False,
    as_json: AsJson = False,
) -> None:
    """Bring the database to what the files say, in one transaction; a second time does nothing."""
    report = check(files)
    if report.registry is None:
        _fail_check(report, as_json=as_json)
    assert report.registry is not None
    with _database(database, demo=demo) as connection:
        found = plan(connection, report.registry, _time(at))
        can_write = not dry_run and not found.refusals
        written = apply(connection, found, _who(actor), reason=reason) if can_write else 0
    if as_json:
        _print_json({"written": written, "problems": _problems_json(report)} | _plan_json(found))
    else:
        _print_report(report)
        _print_plan(found, limit=None if show_all else SHOWN)
        typer.echo(_verdict(found, written, dry_run=dry_run))
    raise typer.Exit(1 if found.refusals else 0)


@app.command("merge")
def merge_command(  # noqa: PLR0913 - the options of a command
    sources: Annotated[list[str], typer.Argument(help="Codes of the places that go.")],
    *,
    into: Annotated[str, typer.Option(help="Code of the place that takes them.")],
    reason: Reason,
    at: Annotated[str, typer.Option(help="When; unless given, now.")] = "",
    actor: Actor = "",
    database: Database = "",
    demo: Demo = False,
) -> None:
    """Merge places into another of their level; history and alarms keep the old paths."""
    with _database(database, demo=demo) as connection:
        merge_places(connection, sources, into, Act(actor=_who(actor), reason=reason, at=_time(at)))
    typer.echo(f"已并入 {into}: {', '.join(sources)} (merged)")


@app.command("split")
def split_command(  # noqa: PLR0913 - the options of a command
    source: Annotated[str, typer.Argument(help="Code of the place that is split.")],
    *,
    parts: Annotated[
        list[str],
        typer.Option("--part", help="CODE:NAME:CHILD,CHILD - a new place and what goes with it."),
    ],
    reason: Reason,
    at: Annotated[str, typer.Option(help="When; unless given, now.")] = "",
    actor: Actor = "",
    database: Database = "",
    demo: Demo = False,
) -> None:
    """Split new places off a place; each keeps who is responsible."""
    wanted = [parse_part(text) for text in parts]
    with _database(database, demo=demo) as connection:
        split_place(connection, source, wanted, Act(actor=_who(actor), reason=reason, at=_time(at)))
    typer.echo(f"已拆分 {source}: {', '.join(part.code for part in wanted)} (split)")


@app.command("show")
def show_command(
    place: Annotated[str, typer.Argument(help="Code of a place; unless given, the roots.")] = "",
    *,
    at: Annotated[str, typer.Option(help="Who was responsible then; unless given, now.")] = "",
    database: Database = "",
    demo: Demo = False,
    as_json: AsJson = False,
) -> None:
    """Show a place, what stands below it, who runs it, who is responsible and its history."""
    with _database(database, demo=demo) as connection:
        view = _view(connection, place, _time(at))
    if as_json:
        _print_json(asdict(view))
        return
    for line in _view_lines(view):
        typer.echo(line)


def parse_part(text: str) -> Part:
    """A part of a split as the command line takes it: `CODE:NAME:CHILD,CHILD`.

    Raises:
        WrongSettings: It has no code or no name.
    """
    code, _, rest = text.partition(":")
    name, _, takes = rest.partition(":")
    if not code or not name:
        raise WrongSettings(f"--part {text!r} is not CODE:NAME:CHILD,CHILD")
    return Part(code=code, name_zh=name, takes=tuple(filter(None, takes.split(","))))


def masked(person: ResponsiblePerson) -> dict[str, str]:
    """A person as a listing may show one: one letter of the name, four digits of the phone."""
    return {
        "place": person.place,
        "role": person.role,
        "name": person.name[:1] + "*" * max(len(person.name) - 1, 0),
        "phone": "*" * max(len(person.phone) - 4, 0) + person.phone[-4:],
    }


@contextmanager
def _database(url: str, *, demo: bool) -> Iterator[Connection]:
    chosen = url or _chosen_url(demo=demo) or _running_url(demo=demo)
    with closing(connect(chosen, application="towerwatch registry")) as connection:
        yield connection


def _chosen_url(*, demo: bool) -> str:
    """The existing server of the environment or its folder of secrets, as other commands take it."""
    from towerwatch.options import existing_servers

    return "" if demo else existing_servers(os.environ).database_url


def _running_url(*, demo: bool) -> str:
    home = current_home().demo if demo else current_home()
    state = read_state(home)
    if state is None or not state.is_alive or "database" not in state.ports:
        shown = read_state(home.demo)
        hint = " The demonstration runs: --demo reaches it." if shown and shown.is_alive else ""
        raise NotRunning(
            f"Nothing runs in {home.root}: start it with `towerwatch up`, or name a database with"
            f" TOWERWATCH_DATABASE_URL.{hint}"
        )
    from towerwatch.platform import DATABASE

    secrets = Secrets(home.secrets)
    passwords = {role: secrets.get(f"database.{role}") for role in ("tw_admin", *ROLES)}
    return private_server(state.ports["database"], passwords).url("tw_ingest", DATABASE)


def _time(text: str) -> datetime:
    if not text:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise WrongSettings(f"--at {text!r} is no time: write 2026-03-01T08:00+08:00") from error
    if found.tzinfo is None:
        raise WrongSettings(f"--at {text!r} has no time zone: write 2026-03-01T08:00+08:00")
    return found.astimezone(UTC)


def _who(actor: str) -> str:
    return actor or getpass.getuser()


def _print_json(answer: object) -> None:
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=1, default=str))


def _fail_check(report: Report, *, as_json: bool) -> None:
    if as_json:
        _print_json({"written": 0, "problems": _problems_json(report)})
    else:
        _print_report(report)
    raise typer.Exit(1)


def _print_report(report: Report) -> None:
    for problem in report.problems:
        typer.echo(f"{problem.sentence()}\n    {problem.message.en}")
    errors, warnings = len(report.errors), len(report.warnings)
    if errors or warnings:
        typer.echo(f"{errors} 个错误，{warnings} 个提醒 ({errors} errors, {warnings} warnings)")
    else:
        typer.echo("文件无误 (the files are good)")


def _problems_json(report: Report) -> list[dict[str, object]]:
    return [_problem_json(problem) for problem in report.problems]


def _problem_json(problem: Problem) -> dict[str, object]:
    return {
        "file": problem.file,
        "line": problem.line,
        "rule": problem.rule,
        "is_error": problem.is_error,
        "zh": problem.message.zh,
        "en": problem.message.en,
    }


_SIGNS = {
    Action.CREATE: "+",
    Action.CHANGE: "~",
    Action.MOVE: ">",
    Action.REOPEN: "^",
    Action.RETIRE: "-",
}


def _print_plan(found: Plan, *, limit: int | None) -> None:
    lines = [_step_line(step) for step in found.steps] + [_turn_line(turn) for turn in found.turns]
    for line in lines[:limit]:
        typer.echo(line)
    if limit is not None and len(lines) > limit:
        typer.echo(f"... {len(lines) - limit} 行未显示，加 --all 查看 (more with --all)")
    for note in found.notes:
        typer.echo(f"提醒: {note.zh}\n    {note.en}")
    for refusal in found.refusals:
        typer.echo(f"拒绝: {refusal.zh}\n    {refusal.en}")


def _step_line(step: Step) -> str:
    moved = f" {step.before} -> {step.path}" if step.before and step.path != step.before else ""
    changes = ", ".join(f"{one.name}: {one.before!r} -> {one.after!r}" for one in step.changes)
    return f"{_SIGNS[step.action]} {step.table} {step.code}{moved} {changes}".rstrip()


def _turn_line(turn: Turn) -> str:
    value = " ".join(part for part in turn.change.value if part)
    begin, end = turn.change.during.begin, turn.change.during.end
    return f"| {turn.table} {' '.join(turn.key)} {turn.change.move}: {value} [{begin} .. {end})"


def _verdict(found: Plan, written: int, *, dry_run: bool) -> str:
    if found.refusals:
        return "未写入 (nothing was written)"
    if found.is_empty:
        return "数据库已是最新,无需更改 (nothing to change)"
    counts = Counter(step.action for step in found.steps)
    words = ", ".join(f"{action} {count}" for action, count in sorted(counts.items()))
    words = f"{words}; timelines {len(found.turns)}".lstrip("; ")
    if dry_run:
        return f"试运行,未写入 (dry run): {words}"
    return f"已写入 {written} 项 (written): {words}"


def _plan_json(found: Plan) -> dict[str, object]:
    return {
        "at": found.at,
        "steps": [
            {
                "table": step.table,
                "action": step.action,
                "code": step.code,
                "path": step.path,
                "before": step.before,
                "changes": {one.name: [one.before, one.after] for one in step.changes},
            }
            for step in found.steps
        ],
        "turns": [
            {
                "table": turn.table,
                "key": turn.key,
                "move": turn.change.move,
                "value": turn.change.value,
                "begin": turn.change.during.begin,
                "end": turn.change.during.end,
            }
            for turn in found.turns
        ],
        "notes": [{"zh": note.zh, "en": note.en} for note in found.notes],
        "refusals": [{"zh": text.zh, "en": text.en} for text in found.refusals],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """What is shown of one place; `responsible` is masked."""

    places: list[PlaceLine]
    management: Management | None
    responsible: list[dict[str, str]]
    history: list[PlaceChange]


def _view(connection: Connection, place: str, at: datetime) -> _View:
    tree = subtree(connection, place or None)
    if place and not tree:
        raise WrongSettings(f"没有开放的地点 {place!r} (no such open place)")
    if not place:
        return _View(places=tree, management=None, responsible=[], history=[])
    return _View(
        places=tree,
        management=management_at(connection, place, at),
        responsible=[masked(person) for person in responsible_at(connection, place, at)],
        history=place_history(connection, place),
    )


def _view_lines(view: _View) -> Iterator[str]:
    top = view.places[0].path.count(".") if view.places else 0
    for line in view.places:
        indent = "  " * (line.path.count(".") - top)
        yield f"{indent}{line.code}  {line.name_zh}  {line.level}  设备 {line.assets}"
    if view.management is not None:
        who = view.management.organisation or ""
        yield f"管理 (management): {view.management.compound} {view.management.kind} {who}".rstrip()
    for person in view.responsible:
        yield "责任人 (responsible): " + " ".join(person.values())
    for change in view.history:
        paths = f"{_some(change.from_paths)} -> {_some(change.to_paths)}"
        when = change.changed_at.strftime("%Y-%m-%d %H:%M")
        yield f"沿革 (history): {when} {change.kind} {paths} {change.actor} {change.reason}"


def _some(paths: Sequence[str]) -> str:
    """The first places of a change: an import names hundreds."""
    more = f" … +{len(paths) - SHOWN_PATHS}" if len(paths) > SHOWN_PATHS else ""
    return ", ".join(paths[:SHOWN_PATHS]) + more
