"""`towerwatch agreements`: what other platforms may read, until when, and what they have read."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from analytics.clocks.working_time import CHINA
from analytics.errors import BadAgreement
from analytics.exchange import agreement_store
from analytics.exchange.agreement import Agreement, AgreementCode, Grant
from analytics.exchange.key import Party, give_key
from ingest.database import in_transaction
from towerwatch.errors import WrongSettings
from towerwatch.reach import database

app = typer.Typer(
    help="Add, list and end agreements by which other platforms read; show what they have read.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

Code = Annotated[str, typer.Argument(help="Code of the agreement: small letters, digits, dashes.")]
By = Annotated[str, typer.Option("--by", help="User name of the person who decides.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
_MOST = 1000


@app.command()
def add(  # noqa: PLR0913 - the clauses of an agreement
    code: Code,
    *,
    party: Annotated[str, typer.Option(help="Who reads, as the paper says.")],
    dataset: Annotated[str, typer.Option(help="orders, alarms, cases, assets or measures.")],
    field: Annotated[list[str], typer.Option(help="A field that is given; several times.")],
    purpose: Annotated[str, typer.Option(help="What it is read for.")],
    basis: Annotated[str, typer.Option(help="Law, rule or order that permits it.")],
    place: Annotated[str, typer.Option(help="Code of the place; nothing outside it is given.")],
    until: Annotated[str, typer.Option(help="Last moment, such as 2027-06-30 or with a time.")],
    by: By,
    unmask: Annotated[
        list[str] | None,
        typer.Option(help="A field with personal data that is given as it is; several times."),
    ] = None,
    since: Annotated[str, typer.Option(help="First moment; now, when it is not given.")] = "",
) -> None:
    """Make an agreement and print its key, this once."""
    now = datetime.now(UTC)
    agreement = Agreement(
        grant=Grant(
            code=AgreementCode(code),
            dataset=dataset,
            fields=tuple(field),
            unmasked=tuple(unmask or ()),
            place_path="",
            begins_at=_moment(since) if since else now,
            ends_at=_moment(until),
        ),
        party=party,
        purpose=purpose,
        legal_basis=basis,
    )
    with database("tw_analytics") as connection, connection.transaction():
        agreement_store.add_agreement(connection, agreement, place, by, now)
        key = give_key(connection, Party(agreement=AgreementCode(code)), by, now)
    typer.echo(key.text)
    typer.echo("The key is shown this once: hand it over by a safe way.", err=True)


@app.command("list")
def list_command(*, as_json: AsJson = False) -> None:
    """Show agreements, the newest first, and how they stand."""
    now = datetime.now(UTC)
    with database("tw_analytics") as connection:
        lines = agreement_store.fetch_agreements(connection, limit=_MOST)
    if as_json:
        found = [
            {
                "code": one.agreement.grant.code,
                "party": one.agreement.party,
                "dataset": one.agreement.grant.dataset,
                "fields": one.agreement.grant.fields,
                "unmasked": one.agreement.grant.unmasked,
                "purpose": one.agreement.purpose,
                "legal_basis": one.agreement.legal_basis,
                "place_path": one.agreement.grant.place_path,
                "begins_at": one.agreement.grant.begins_at.isoformat(),
                "ends_at": one.agreement.grant.ends_at.isoformat(),
                "standing": one.agreement.grant.standing(now),
            }
            for one in lines
        ]
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for one in lines:
        grant = one.agreement.grant
        typer.echo(
            f"{grant.code:20} {grant.standing(now):9} {grant.dataset:9} until"
            f" {grant.ends_at.astimezone(CHINA):%Y-%m-%d %H:%M} {grant.place_path}"
            f" {one.agreement.party}: {one.agreement.purpose}"
        )
    typer.echo(f"{len(lines)} agreements")


@app.command()
def end(
    code: Code,
    *,
    reason: Annotated[str, typer.Option(help="Why it is withdrawn.")],
    by: By,
) -> None:
    """Withdraw an agreement: it gives nothing from now on."""
    now = datetime.now(UTC)
    named = AgreementCode(code)
    with database("tw_analytics") as connection:
        in_transaction(
            connection, lambda held: agreement_store.end_agreement(held, named, by, reason, now)
        )
    typer.echo(f"{code} has ended.")


@app.command()
def key(code: Code, *, by: By) -> None:
    """Make a new key for an agreement and print it, this once; the former key opens nothing."""
    now = datetime.now(UTC)
    with database("tw_analytics") as connection, connection.transaction():
        if not agreement_store.fetch_agreements(connection, code=code, limit=1):
            raise BadAgreement(f"no agreement {code!r}")
        made = give_key(connection, Party(agreement=AgreementCode(code)), by, now)
    typer.echo(made.text)


@app.command()
def log(
    code: Code,
    *,
    limit: Annotated[int, typer.Option(help="Lines at most.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show what was given under an agreement, the newest first."""
    with database("tw_analytics") as connection:
        if not agreement_store.fetch_agreements(connection, code=code, limit=1):
            raise BadAgreement(f"no agreement {code!r}")
        lines = agreement_store.fetch_exports(connection, code, limit=limit)
    if as_json:
        found = [
            {
                "at": one.at.isoformat(),
                "reader": one.reader,
                "format": one.format,
                "rows": one.rows,
                "fields": one.fields,
                "sha256": one.sha256,
            }
            for one in lines
        ]
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for one in lines:
        typer.echo(
            f"{one.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S} {one.reader:32} {one.format:6}"
            f" {one.rows:6} rows {one.sha256[:16]} {','.join(one.fields)}"
        )
    typer.echo(f"{len(lines)} exports")


def _moment(text: str) -> datetime:
    """A moment; a day means its end, and one without a zone is China's."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise WrongSettings(f"{text!r} is no date: such as 2027-06-30") from error
    if len(text) == len("2027-06-30"):
        found = found.replace(hour=23, minute=59, second=59)
    return found if found.tzinfo is not None else found.replace(tzinfo=CHINA)
