"""`towerwatch models`: models of early warning 预警 as rows: trained, compared, switched."""

import json
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from analytics.features.table import FEATURES
from analytics.models import store
from analytics.models.record import Record, fetch_records
from analytics.models.store import ModelId, ModelLine
from analytics.warnings import day_store
from analytics.warnings.verdict import Verdict
from analytics.warnings.warning import Settlement, WarningId
from dashboards.console.role import Role
from ingest.database import in_transaction
from towerwatch.errors import WrongSettings
from towerwatch.person import Name, Password, person_of
from towerwatch.reach import database

ROLE: Final = "tw_analytics"
_SETTLED: Final = {
    "true": Settlement.HIT,
    "false": Settlement.FALSE,
}
_SWITCHERS: Final = frozenset({Role.ADMIN})
_WITNESSES: Final = frozenset(
    {Role.ADMIN, Role.OPERATOR, Role.PROJECT_MANAGER, Role.MAINTENANCE_DISPATCHER}
)

app = typer.Typer(
    help="Train, list, compare, activate and roll back models of early warning 预警.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

OfClass = Annotated[str, typer.Option("--class", help="Asset class, such as lift.")]
Number = Annotated[int, typer.Argument(help="Number of a model, from `models list`.")]
Why = Annotated[str, typer.Option("--why", help="The reason, kept with the switch.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


@app.command("list")
def list_command(*, of_class: OfClass = "", as_json: AsJson = False) -> None:
    """List models with what they were trained on, their scores, and how their warnings turned out."""
    with database(ROLE) as connection:
        lines = store.list_models(connection, of_class or None)
        records = fetch_records(connection)
    if as_json:
        typer.echo(json.dumps(_json(lines, records), ensure_ascii=False, indent=2, default=str))
        return
    if not lines:
        typer.echo("没有模型,只按限值和趋势预警 / no model: limits and trends alone")
    for line in lines:
        typer.echo(_text(line))
    for record in records:
        typer.echo(_record(record))


@app.command()
def train(
    *,
    of_class: OfClass = "lift",
    days: Annotated[int, typer.Option("--days", min=60, help="Days of history.")] = 180,
    simulated: Annotated[
        int, typer.Option("--simulated", help="Learn from so many simulated assets instead.")
    ] = 0,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes that play.")] = 2,
    by: Annotated[str, typer.Option("--by", help="Who trains it, for the record.")] = "engineer",
) -> None:
    """Train a model on the platform's history, judge it on its newest third, and keep it.

    It is in force only after `models activate`.
    """
    # Imported here: the arrays take a second that `models list` need not wait.
    from towerwatch.backtest.training import from_history, from_simulator

    if of_class not in FEATURES:
        raise WrongSettings(f"No features of {of_class}: there are {', '.join(FEATURES)}.")
    trained = (
        from_simulator(of_class, simulated, days, workers, by)
        if simulated
        else from_history(of_class, days, by)
    )
    now = datetime.now(UTC)
    with database(ROLE) as connection:
        number = in_transaction(
            connection,
            lambda held: store.add_model(held, trained.model, trained.origin, trained.scores, now),
        )
        line = next(line for line in store.list_models(connection) if line.id == number)
    typer.echo(_text(line))


@app.command()
def activate(model: Number, *, name: Name, password: Password, why: Why) -> None:
    """Put a model in force; its artefact is checked first."""
    actor = _actor(name, password, _SWITCHERS)
    with database(ROLE) as connection:
        now = datetime.now(UTC)
        in_transaction(
            connection, lambda held: store.activate(held, ModelId(model), actor, why, now)
        )
    typer.echo(f"{model} 已启用 / in force")


@app.command()
def rollback(*, name: Name, password: Password, why: Why, of_class: OfClass = "lift") -> None:
    """Go back to the model that was in force before; without one, limits and trends go on alone."""
    actor = _actor(name, password, _SWITCHERS)
    with database(ROLE) as connection:
        now = datetime.now(UTC)
        former = in_transaction(
            connection, lambda held: store.roll_back(held, of_class, actor, why, now)
        )
    if former is None:
        typer.echo("已停用模型,只按限值和趋势预警 / no model in force: limits and trends alone")
    else:
        typer.echo(f"{former} 已恢复 / in force again")


@app.command()
def compare(
    first: Number,
    second: Number,
    *,
    days: Annotated[int, typer.Option("--days", min=30, help="Newest days of history.")] = 120,
    as_json: AsJson = False,
) -> None:
    """Ask two models about the same newest days: what each would have warned of."""
    from towerwatch.backtest.training import both_on_history

    found = both_on_history(ModelId(first), ModelId(second), days)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for number, figures in found.items():
        told = ", ".join(f"{name} {_number(value)}" for name, value in figures.items())
        typer.echo(f"{number}: {told}")


@app.command()
def history(*, of_class: OfClass = "") -> None:
    """Show which model was in force since when, who said so and why."""
    with database(ROLE) as connection:
        for switch in store.list_switches(connection, of_class or None):
            model = switch.model if switch.model is not None else "-"
            typer.echo(
                f"{switch.at:%Y-%m-%d %H:%M} {switch.asset_class} {switch.kind} {model}"
                f" {switch.actor}: {switch.why}"
            )


@app.command()
def settle(
    warning: Annotated[int, typer.Argument(help="Number of an open warning.")],
    verdict: Annotated[str, typer.Argument(help="true or false.")],
    *,
    name: Name,
    password: Password,
    why: Why,
) -> None:
    """Say how a model's warning turned out; the person's word stands in the record."""
    if verdict not in _SETTLED:
        raise WrongSettings(f"{verdict!r} is neither true nor false.")
    actor = _actor(name, password, _WITNESSES)
    with database(ROLE) as connection:
        now = datetime.now(UTC)
        settlement = _SETTLED[verdict]
        told = Verdict(
            settlement=settlement,
            failed_at=now if settlement is Settlement.HIT else None,
            by=actor,
            why=why,
        )
        in_transaction(
            connection,
            lambda held: day_store.settle_by_word(held, WarningId(warning), told, now),
        )
    typer.echo(f"{warning}: {settlement}")


def _actor(name: str, password: str, roles: frozenset[Role]) -> str:
    """The name of a person who may do this.

    Raises:
        WrongSettings: Wrong name or password, or a role that may not.
    """
    with database("tw_console") as connection:
        person = person_of(connection, name, password)
    if person.role not in roles:
        raise WrongSettings(
            f"{name} is {person.role}: only {', '.join(sorted(roles))} may do this."
        )
    return person.name


def _text(line: ModelLine) -> str:
    scores, origin = line.validation, line.origin
    state = (
        "在用 in force" if line.is_active else "停用 rejected" if line.rejected_why else "备用 kept"
    )
    told = [
        f"{line.id} {line.asset_class} {line.family} {state}, {line.digest.hex()[:12]}",
        (
            f"  {origin.source}, {origin.first} .. {origin.last}, {origin.assets} assets,"
            f" {line.trained_at:%Y-%m-%d %H:%M} by {origin.by}"
        ),
        (
            f"  held back: {scores.warnings} warnings, precision {_number(scores.precision)},"
            f" >= 3 days ahead {_number(scores.warned_3_days_ahead_share)} of {scores.faults} faults,"
            f" lead {_number(scores.median_lead_days)} d,"
            f" false per 100 asset-days {_number(scores.false_per_100_days)}"
        ),
    ]
    if line.newest_day is not None:
        told.append(
            f"  newest day {line.newest_day}: {'fit' if line.is_fit else 'unfit'},"
            f" {line.newest_assets} assets, drift {_number(line.drift)}"
        )
    if line.rejected_why is not None:
        told.append(f"  rejected: {line.rejected_why}")
    return "\n".join(told)


def _record(record: Record) -> str:
    who = f"model {record.model}" if record.model is not None else record.detector
    return (
        f"{who} {record.asset_class}: {record.raised} warnings, {record.open} open,"
        f" {record.hit} hit, {record.early} early, {record.late} late, {record.false} false,"
        f" {record.withdrawn} withdrawn; precision {_number(record.precision)},"
        f" lead {_number(record.median_lead_days)} d,"
        f" false per 100 asset-days {_number(record.false_per_100_days)}"
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def _json(lines: list[ModelLine], records: list[Record]) -> dict[str, object]:
    return {
        "models": [
            {
                "id": line.id,
                "class": line.asset_class,
                "family": line.family,
                "digest": line.digest.hex(),
                "source": line.origin.source,
                "trained_at": line.trained_at,
                "trained_by": line.origin.by,
                "first_day": line.origin.first,
                "last_day": line.origin.last,
                "assets": line.origin.assets,
                "is_active": line.is_active,
                "rejected_why": line.rejected_why,
                "drift": line.drift,
                "validation": {
                    name: getattr(line.validation, name)
                    for name in line.validation.__struct_fields__
                },
            }
            for line in lines
        ],
        "records": [
            {name: getattr(record, name) for name in Record.__slots__} for record in records
        ],
    }
