"""`towerwatch duties`: the responsibility matrix 权责清单: checked, compared, applied, and asked."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from analytics.duties import check as duty_check
from analytics.duties import diff as duty_diff
from analytics.duties import store as duty_store
from analytics.duties.calendar import CHINA
from analytics.duties.check import Registered, every_event
from analytics.duties.file import default_source, parse_matrix
from analytics.duties.lookup import LineFinder
from analytics.duties.matrix import Matrix
from analytics.duties.replay import rehearse_period
from analytics.duties.responsibility import Question, Responsibility
from analytics.duties.store import VersionId, load_matrix, matrix_in_force
from analytics.errors import NoDuties
from gateway.catalogue import EVENT_KINDS, EventKind, event_kind
from ingest.database import in_transaction
from ingest.errors import StoreUnavailable
from towerwatch.duty import history, registered, words
from towerwatch.errors import NotRunning, WrongSettings
from towerwatch.named_file import read_text
from towerwatch.reach import database

ROLE: Final = "tw_analytics"
VERSION_HELP: Final = "A file, a number from `duties list`, `now` (in force) or `default`."

app = typer.Typer(
    help="Check, compare, rehearse, apply and ask the responsibility matrix 权责清单.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
File = Annotated[Path | None, typer.Argument(help="YAML file; without it the product's own.")]


@app.command()
def check(
    file: File = None,
    *,
    here: Annotated[
        bool | None,
        typer.Option(
            "--here/--file-only",
            help="Ask at each compound who answers; when neither is given: if a platform runs.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find gaps, overlaps and duties that end at nobody; status 1 when there is one."""
    matrix = parse_matrix(source(file))
    compounds = None if here is False else _registered(is_needed=here is True)
    findings = duty_check.check(matrix, compounds)
    if as_json:
        words.print_json(words.findings_json(findings))
    else:
        count = (
            "没有查各小区 compounds not asked"
            if compounds is None
            else (f"{len(compounds.compounds)} 个小区 compounds asked")
        )
        typer.echo(f"{matrix.name}: {len(matrix.duties)} 条 lines, {count}")
        typer.echo(words.findings_text(findings))
    _say_unpublished(matrix)
    raise typer.Exit(1 if findings else 0)


def _registered(*, is_needed: bool) -> Registered | None:
    try:
        with database(ROLE) as connection:
            return registered.registered(connection, datetime.now(UTC))
    except (NotRunning, StoreUnavailable) as error:
        if is_needed:
            raise
        typer.echo(f"各小区未核对 compounds were not asked: {error}", err=True)
        return None


def _say_unpublished(matrix: Matrix) -> None:
    today = datetime.now(CHINA).date()
    for year in duty_check.unpublished_years(matrix, today):
        typer.echo(
            f"{year}年节假日安排未知,只按周末计算; the holidays of {year} are not known here,"
            " weekends only: add them under `holidays` when they are published",
            err=True,
        )


@app.command("apply")
def apply_command(
    file: File = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")
    ] = False,
) -> None:
    """Put a matrix into force from the moment that it names; one that is wrong is refused.

    Where somebody is missing in the registry the matrix is not to blame: that is only said.
    """
    text = source(file)
    matrix = parse_matrix(text)
    now = datetime.now(UTC)
    with database(ROLE) as connection:
        findings = duty_check.check(matrix, registered.registered(connection, now))
        if findings:
            typer.echo(words.findings_text(findings), err=True)
        if any(finding.is_of_file for finding in findings):
            raise typer.Exit(1)
        since = _when(matrix.valid_from, now)
        lines = f"{matrix.name} ({len(matrix.duties)} 条 lines)"
        if dry_run:
            typer.echo(f"{lines}: {since} (预演,未写入 dry run, nothing written)")
            return
        is_new = in_transaction(
            connection, lambda held: load_matrix(held, matrix, text, actor=registered.operator())
        )
    typer.echo(f"{lines}: {since if is_new else '已存在 is there already'}")


def _when(valid_from: datetime, now: datetime) -> str:
    local = valid_from.astimezone(CHINA).isoformat(sep=" ", timespec="minutes")
    if valid_from > now:
        return f"将于 {local} 自动生效 comes into force by itself then"
    return f"立即生效(生效日期 {local} 已过)in force at once"


@app.command("list")
def list_command(*, as_json: AsJson = False) -> None:
    """List the versions: past, in force, to come, withdrawn."""
    now = datetime.now(UTC)
    with database(ROLE) as connection:
        found = duty_store.versions(connection)
        in_force = duty_store.version_in_force(connection, now)
    told = history.states(found, None if in_force is None else in_force[0], now)
    if as_json:
        words.print_json(history.versions_json(told))
    else:
        typer.echo(history.versions_text(told))


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help=VERSION_HELP)],
    after: Annotated[str, typer.Argument(help=VERSION_HELP)],
    *,
    as_json: AsJson = False,
) -> None:
    """Say what changes between two versions, for which events, where and when."""
    found = duty_diff.compare(matrix_of(before), matrix_of(after))
    if as_json:
        words.print_json(history.difference_json(found))
    else:
        typer.echo(history.difference_text(found))


@app.command()
def rehearse(
    version: Annotated[str, typer.Argument(help=VERSION_HELP)],
    *,
    days: Annotated[int, typer.Option(help="How far to look back.", min=1, max=3660)] = 90,
    as_json: AsJson = False,
) -> None:
    """Run a version over the alarms that have been, and say what would have been otherwise."""
    matrix, now = matrix_of(version), datetime.now(UTC)
    with database(ROLE) as connection:
        found = rehearse_period(connection, matrix, now - timedelta(days=days), now)
        names = registered.names_of(connection, found.desks)
    if as_json:
        words.print_json(history.rehearsal_json(found, names, days))
    else:
        typer.echo(history.rehearsal_text(found, names, days))


@app.command()
def withdraw(version: Annotated[int, typer.Argument(help="Number, from `duties list`.")]) -> None:
    """Take back a version that has not come into force yet."""
    now = datetime.now(UTC)
    with database(ROLE) as connection:
        is_done = in_transaction(
            connection,
            lambda held: duty_store.withdraw(held, VersionId(version), registered.operator(), now),
        )
    if not is_done:
        raise WrongSettings(
            f"没有待生效的版本 {version} (no version {version} is waiting to come into force)."
        )
    typer.echo(f"版本 {version} 已撤回 withdrawn.")


@app.command()
def who(
    *,
    event: Annotated[str, typer.Option(help="Wire name of an event, such as entrapment.")],
    place: Annotated[str, typer.Option(help="Code of a place.")] = "",
    asset: Annotated[str, typer.Option(help="Code of an asset; it knows its place.")] = "",
    at: Annotated[str, typer.Option(help='When, such as "2026-02-17 03:00"; else now.')] = "",
    as_json: AsJson = False,
) -> None:
    """Say who answers, who works, who takes part and which clocks run."""
    kind = event_kind(known_event(event))
    when = moment(at)
    with database(ROLE) as connection:
        there = registered.asked(connection, place, asset)
        of_class = there.asset_class or _only_class(kind)
        question = Question(kind=kind, asset_class=of_class, spot=there.spot)
        answer = Responsibility().who(connection, [question], when)[0]
        if answer is None:
            typer.echo("null" if as_json else "没有适用的条目 no line of the matrix holds.")
            raise typer.Exit(1)
        ids = (answer.responsible, answer.worker, answer.bureau, *answer.joint, *answer.chain)
        names = registered.names_of(connection, ids)
        finder = LineFinder(matrix_in_force(connection, when))
    local = finder.moment(there.spot.place_path, when)
    if as_json:
        words.print_json(words.as_json(answer, names, local))
    else:
        typer.echo(words.described(answer, names, local))


def _only_class(kind: EventKind) -> str:
    """The class of an event that happens on one class alone; a place has no class of its own."""
    classes = {found.name for one, found in every_event() if one.name == kind.name}
    return classes.pop() if len(classes) == 1 else ""


def matrix_of(named: str) -> Matrix:
    """A matrix by a file, a version's number, `default`, or `now` for the one in force.

    Raises:
        WrongSettings: There is none.
    """
    if named == "default":
        return parse_matrix(default_source())
    if named == "now" or named.isdigit():
        with database(ROLE) as connection:
            if named == "now":
                try:
                    return matrix_in_force(connection, datetime.now(UTC))
                except NoDuties as error:
                    raise WrongSettings(str(error)) from error
            text = duty_store.source_of(connection, VersionId(int(named)))
        if text is None:
            raise WrongSettings(f"没有版本 {named} (there is no version {named}).")
        return parse_matrix(text)
    return parse_matrix(source(Path(named)))


def moment(text: str) -> datetime:
    """A time that an operator wrote; without a zone it is time in China.

    Raises:
        WrongSettings: It is none.
    """
    if not text:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise WrongSettings(f"{text!r} is no time such as 2026-02-17 03:00.") from error
    return found if found.tzinfo else found.replace(tzinfo=CHINA)


def known_event(name: str) -> str:
    """The name of an event that exists.

    Raises:
        WrongSettings: There is none.
    """
    names = sorted(kind.name for kind in EVENT_KINDS)
    if name not in names:
        raise WrongSettings(f"{name!r} is no event; there are {', '.join(names)}.")
    return name


def source(file: Path | None) -> str:
    """The text of a matrix.

    Raises:
        WrongSettings: The file cannot be read.
    """
    return default_source() if file is None else read_text(file)
