"""`towerwatch user`: the people who may log in at the console."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from dashboards.console.role import Role
from dashboards.console.store.user import end_sessions, fetch_open_sessions
from dashboards.console.users import add_user, change_password, disable_user, users_of_all
from towerwatch.reach import database
from towerwatch.services.secrets import generate_readable

app = typer.Typer(
    help="Make, change and disable the people who may log in.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(help="Log-in name: 2 to 40 of a-z, 0-9, dot, _ and -.")]


@app.command()
def add(  # noqa: PLR0913 - the options of a command
    name: Name,
    role: Annotated[str, typer.Argument(help=f"One of {', '.join(Role)}.")],
    *,
    title: Annotated[str, typer.Option(help="How pages name the person.")] = "",
    place: Annotated[
        list[str] | None,
        typer.Option(help="Code of a place whose subtree is seen; * is everywhere; several."),
    ] = None,
    organisation: Annotated[str, typer.Option(help="Code of the person's organisation.")] = "",
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
) -> None:
    """Make a person, or give the one of that name these properties; prints a new password."""
    password = _chosen_password()
    with database("tw_console") as connection:
        is_new = add_user(
            connection,
            name=name,
            role=role,
            display_name=title or name,
            places=place or (),
            password=password,
            organisation=organisation or None,
            language=language,
        )
    typer.echo(f"{name} ({role}) {'made' if is_new else 'changed'}. Password: {password}")


@app.command()
def password(name: Name) -> None:
    """Give a person a new password, print it, and end the sessions."""
    chosen = _chosen_password()
    with database("tw_console") as connection:
        change_password(connection, name, chosen)
    typer.echo(f"Password of {name}: {chosen}")


@app.command()
def disable(name: Name) -> None:
    """Take a person's access away and end the sessions."""
    with database("tw_console") as connection:
        disable_user(connection, name, datetime.now(UTC))
    typer.echo(f"{name} may log in no more.")


@app.command("list")
def list_command() -> None:
    """Show everybody who has or had access."""
    with database("tw_console") as connection:
        found = users_of_all(connection)
    for one in found:
        state = f"停用 shut out {one.disabled_at:%Y-%m-%d}" if one.disabled_at else ""
        scope = " ".join(path or "*" for path in one.scope)
        typer.echo(f"{one.name:20} {one.role:22} {one.display_name} {scope} {state}".rstrip())
    typer.echo(f"{len(found)} users")


@app.command()
def sessions() -> None:
    """Show open sessions of the console, the one used last first."""
    with database("tw_console") as connection:
        found = fetch_open_sessions(connection, datetime.now(UTC))
    for one in found:
        typer.echo(
            f"{one.user_name:20} begun {one.created_at:%Y-%m-%d %H:%M} used"
            f" {one.seen_at:%Y-%m-%d %H:%M} ends {one.expires_at:%Y-%m-%d %H:%M} UTC"
        )
    typer.echo(f"{len(found)} sessions")


@app.command()
def end(name: Name) -> None:
    """End every session of a person; the person may log in again."""
    with database("tw_console") as connection:
        ended = end_sessions(connection, name)
    typer.echo(f"{ended} sessions of {name} ended.")


def _chosen_password() -> str:
    """Return what stands on standard input, or a generated password when a person types."""
    if not sys.stdin.isatty():
        given = sys.stdin.readline().strip()
        if given:
            return given
    return generate_readable()
