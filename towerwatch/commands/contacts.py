"""`towerwatch contacts`: whom organisations are told through: checked, applied, shown."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, cast

import typer

from analytics.alarms.report import PlacePath
from analytics.duties.matrix import OrganisationId
from analytics.duties.responsibility import Question, Responsibility, Spot
from analytics.notices import contact, message_store
from analytics.notices.contact import Contact, Finding
from analytics.notices.contact_file import parse_contacts, read_addresses, unfit_addresses
from gateway.catalogue import EVENT_KINDS
from ingest.database import Connection, in_transaction, load_queries
from towerwatch.errors import WrongSettings
from towerwatch.named_file import read_text
from towerwatch.reach import database

_QUERIES: Final = load_queries("towerwatch", "duties.sql")

app = typer.Typer(
    help="Check, apply and show whom organisations are told through.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

File = Annotated[Path, typer.Argument(help="YAML file with the contacts.")]
Addresses = Annotated[
    Path | None, typer.Option("--addresses", help="Secret file with their addresses.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


@app.command()
def check(
    file: File,
    *,
    addresses: Addresses = None,
    here: Annotated[
        bool, typer.Option("--here", help="Also ask whether every life-safety chain is called.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with contacts; status 1 when something is."""
    contacts = _read(file)
    chain: list[str] = []
    if here:
        with database("tw_analytics") as connection:
            chain = _life_safety_chain(connection)
    findings = contact.check(contacts, chain)
    unfit = [] if addresses is None else unfit_addresses(contacts, read_addresses(addresses))
    if as_json:
        found = [
            {"fault": one.fault, "organisation": one.organisation, "sentence": one.sentence}
            for one in findings
        ]
        typer.echo(json.dumps({"contacts": len(contacts), "findings": found, "addresses": unfit}))
    else:
        for one in findings:
            typer.echo(_sentence(one))
        for sentence in unfit:
            typer.echo(f"address: {sentence}")
        typer.echo(f"{len(contacts)} contacts, {len(findings) + len(unfit)} findings")
    raise typer.Exit(1 if findings or unfit else 0)


@app.command("apply")
def apply_command(file: File) -> None:
    """Put contacts into force instead of all others; refused when life safety ends in no call."""
    contacts = _read(file)
    findings = contact.check(contacts)
    if findings:
        raise WrongSettings("; ".join(_sentence(one) for one in findings))
    now = datetime.now(UTC)
    with database("tw_analytics") as connection:
        in_transaction(connection, lambda held: message_store.replace_contacts(held, contacts, now))
    typer.echo(f"{len(contacts)} contacts are in force.")


@app.command()
def show() -> None:
    """Show the contacts in force, each organisation in the order in which it is told."""
    with database("tw_analytics") as connection:
        stored = message_store.contacts_of(connection)
    for one in stored:
        told = one.contact
        hears = ",".join(sorted(told.hears))
        typer.echo(
            f"{told.organisation:20} {told.role:20} {told.channel:8} {told.address_key:24}"
            f" after {told.after.total_seconds():g} s x{told.rounds} {told.language} {hears}"
        )
    typer.echo(f"{len(stored)} contacts")


def _read(file: Path) -> tuple[Contact, ...]:
    return parse_contacts(read_text(file))


def _sentence(finding: Finding) -> str:
    return f"{finding.fault}: {finding.organisation}: {finding.sentence}"


def _life_safety_chain(connection: Connection) -> list[str]:
    """Organisations that the matrix in force tells about life safety at any compound.

    The bureau is told by its own endpoint, and so is left out.
    """
    rows = connection.execute(_QUERIES["compounds"]).fetchall()
    spots = [Spot(None, PlacePath(cast("str", row[0]))) for row in rows]
    kinds = [kind for kind in EVENT_KINDS if kind.is_life_safety]
    questions = [Question(kind=kind, asset_class="", spot=spot) for kind in kinds for spot in spots]
    found: set[OrganisationId] = set()
    for answer in Responsibility().who(connection, questions, datetime.now(UTC)):
        if answer is not None:
            found |= {one for one in answer.chain if one != answer.bureau}
    named = connection.execute(_QUERIES["organisations"], {"ids": sorted(found)}).fetchall()
    return sorted(str(row[1]) for row in named)
