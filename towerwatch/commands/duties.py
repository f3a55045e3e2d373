"""`towerwatch duties`: the responsibility matrix 权责清单: checked, applied, and asked."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, cast
from zoneinfo import ZoneInfo

import typer

from analytics import duty_check
from analytics.alarm import AssetId
from analytics.duty import Answer, OrganisationId, Surroundings
from analytics.duty_file import default_source, parse_matrix
from analytics.report import PlacePath
from analytics.responsibility import Question, Responsibility, Spot, load_matrix, surroundings
from gateway.catalogue import EVENT_KINDS, event_kind
from ingest.database import Connection, in_transaction, load_queries
from towerwatch.errors import WrongSettings
from towerwatch.reach import database

_QUERIES: Final = load_queries("towerwatch", "duties.sql")
_ZONE: Final = ZoneInfo("Asia/Shanghai")

app = typer.Typer(
    help="Check, apply and ask the responsibility matrix 权责清单.",
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
        bool, typer.Option("--here", help="Also ask whether somebody answers at each compound.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say which events have no line and which lines never win; status 1 when something is wrong."""
    matrix = parse_matrix(_source(file))
    there: list[Surroundings] = []
    if here:
        with database("tw_analytics") as connection:
            there = _compounds(connection)
    findings = duty_check.check(matrix, there)
    if as_json:
        found = [asdict(finding) for finding in findings]
        _print_json({"name": matrix.name, "lines": len(matrix.duties), "findings": found})
        raise typer.Exit(1 if findings else 0)
    for finding in findings:
        typer.echo(f"{finding.fault}: {finding.subject}: {finding.sentence}")
    typer.echo(f"{matrix.name}: {len(matrix.duties)} lines, {len(findings)} findings")
    raise typer.Exit(1 if findings else 0)


@app.command("apply")
def apply_command(file: File = None) -> None:
    """Put a matrix into force from the day that it names."""
    source = _source(file)
    matrix = parse_matrix(source)
    with database("tw_analytics") as connection:
        is_new = in_transaction(connection, lambda held: load_matrix(held, matrix, source))
    word = "applied" if is_new else "is there already"
    typer.echo(f"{matrix.name} ({len(matrix.duties)} lines) {word}.")


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
    kind = event_kind(_known_event(event))
    moment = _moment(at)
    with database("tw_analytics") as connection:
        asked = _asked(connection, place, asset)
        question = Question(kind=kind, asset_class=asked.asset_class, spot=asked.spot)
        answer = Responsibility().who(connection, [question], moment)[0]
        if answer is None:
            typer.echo("null" if as_json else "Nobody: no line of the matrix holds.")
            raise typer.Exit(1)
        names = _names(connection, answer)
    if as_json:
        _print_json(_answer_json(answer, names))
    else:
        typer.echo(_describe(answer, names))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    asset_class: str
    spot: Spot


def _asked(connection: Connection, place: str, asset: str) -> _Asked:
    if asset:
        row = connection.execute(_QUERIES["asset"], {"code": asset}).fetchone()
        if row is None:
            raise WrongSettings(f"There is no asset {asset}.")
        found, asset_class, path = cast("tuple[int, str, str]", row)
        return _Asked(asset_class=asset_class, spot=Spot(AssetId(found), PlacePath(path)))
    row = connection.execute(_QUERIES["place_path"], {"code": place}).fetchone()
    if row is None:
        raise WrongSettings(f"There is no place {place or '(none was given)'}.")
    return _Asked(asset_class="", spot=Spot(None, PlacePath(cast("str", row[0]))))


def _compounds(connection: Connection) -> list[Surroundings]:
    rows = connection.execute(_QUERIES["compounds"]).fetchall()
    spots = [Spot(None, PlacePath(cast("str", row[0]))) for row in rows]
    return list(surroundings(connection, spots, datetime.now(UTC)).values())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """What an organisation is called."""

    code: str
    name_zh: str
    phone: str


_Names = Mapping[OrganisationId, _Named]


def _names(connection: Connection, answer: Answer) -> _Names:
    ids = {answer.responsible, answer.worker, answer.bureau, *answer.joint, *answer.chain}
    rows = connection.execute(
        _QUERIES["organisations"], {"ids": [one for one in ids if one is not None]}
    ).fetchall()
    return {
        OrganisationId(cast("int", found)): _Named(
            code=str(code), name_zh=str(name), phone=str(phone)
        )
        for found, code, name, phone in rows
    }


def _describe(answer: Answer, names: _Names) -> str:
    def name(found: Iterable[OrganisationId | None]) -> str:
        told = [names[one] for one in found if one is not None and one in names]
        words = [f"{one.name_zh} ({one.code}, {one.phone})" for one in told]
        return " -> ".join(words) or "nobody"

    duty = answer.duty
    limits = ", ".join(f"{limit} {_length(length)}" for limit, length in duty.limits.items())
    return "\n".join(
        (
            f"line         {duty.key}: {duty.note.zh} / {duty.note.en}",
            f"responsible  {name([answer.responsible])}",
            f"order to     {name([answer.worker])}",
            f"joint        {', '.join(name([one]) for one in answer.joint) or 'nobody'}",
            f"chain        {name(answer.chain)}",
            f"bureau       {name([answer.bureau]) if duty.tells_bureau else 'is not told'}",
            f"clocks       {limits or 'none'}",
            f"basis        {duty.basis}",
        )
    )


def _answer_json(answer: Answer, names: _Names) -> dict[str, object]:
    def named(found: OrganisationId | None) -> dict[str, str] | None:
        return asdict(names[found]) if found is not None and found in names else None

    duty = answer.duty
    return {
        "line": duty.key,
        "note": asdict(duty.note),
        "responsible": named(answer.responsible),
        "order_to": named(answer.worker) if duty.opens_order else None,
        "joint": [named(one) for one in answer.joint],
        "chain": [named(one) for one in answer.chain],
        "bureau": named(answer.bureau) if duty.tells_bureau else None,
        "limits_s": {limit: length.total_seconds() for limit, length in duty.limits.items()},
        "basis": duty.basis,
    }


def _print_json(answer: object) -> None:
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=1, default=str))


def _length(length: timedelta) -> str:
    return f"{length.total_seconds() / 60:g} min"


def _moment(text: str) -> datetime:
    if not text:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise WrongSettings(f"{text!r} is no time such as 2026-02-17 03:00.") from error
    return found if found.tzinfo else found.replace(tzinfo=_ZONE)


def _known_event(name: str) -> str:
    names = sorted(kind.name for kind in EVENT_KINDS)
    if name not in names:
        raise WrongSettings(f"{name!r} is no event; there are {', '.join(names)}.")
    return name


def _source(file: Path | None) -> str:
    if file is None:
        return default_source()
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSettings(f"{file} cannot be read: {error}") from error
