"""Who stands at the command line: a person of the console, by name and password."""

from typing import Annotated, Final, cast

import typer

from analytics.act import ActResult, Person, submit
from analytics.act.safety_kind import SafetyAct
from analytics.duties.matrix import OrganisationId
from analytics.errors import NoAnswer
from dashboards.console.password import is_password
from ingest.database import Connection, load_queries
from towerwatch.errors import WrongSettings

_QUERIES: Final = load_queries("towerwatch", "safety.sql")
_SAY_AFTER_S: Final = 2.0

Name = Annotated[str, typer.Option("--as", help="Log-in name of the person who asks.")]
Password = Annotated[
    str,
    typer.Option(
        prompt=True,
        hide_input=True,
        envvar="TOWERWATCH_PASSWORD",
        help="The person's password; asked for when it is not given.",
    ),
]


def person_of(connection: Connection, name: str, password: str) -> Person:
    """The person with that name and password.

    Two people agree to a drill: whoever types a name proves to be that person.

    Raises:
        WrongSettings: There is no such enabled person, or the password is another.
    """
    row = connection.execute(_QUERIES["person"], {"name": name}).fetchone()
    stored = None if row is None else str(row[3])
    if not is_password(stored, password) or row is None:
        raise WrongSettings("Wrong name or password.")
    role, scope, organisation, _ = row
    return Person(
        name=name,
        role=str(role),
        scope=tuple(cast("list[str]", scope)),
        organisation=cast("OrganisationId | None", organisation),
    )


def ask(connection: Connection, act: SafetyAct) -> None:
    """Ask for an act and say how it ended; status 1 when it was refused.

    Raises:
        NoAnswer: The alarm process did not answer; the act still waits.
    """
    try:
        result: ActResult = submit(connection, act, limit_s=_SAY_AFTER_S)
    except NoAnswer:
        typer.echo("已提交，尚未处理，请等待 / taken, not yet done: waiting", err=True)
        result = submit(connection, act)
    typer.echo(f"{result.message.zh} / {result.message.en}")
    if not result.is_done:
        raise typer.Exit(1)
