"""How a command reaches the platform that runs: the chosen servers, or the private ones."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

from ingest.database import Connection, connect
from towerwatch.errors import NotRunning
from towerwatch.home import Home, current_home
from towerwatch.options import existing_servers
from towerwatch.platform import DATABASE
from towerwatch.services.database import ADMIN, OWNER, ROLES, Server, private_server
from towerwatch.services.secrets import Secrets
from towerwatch.supervise.state import State, read_state


def running_home() -> tuple[Home, State]:
    """Return the home in which a platform runs, the demonstration's when only that does.

    Raises:
        NotRunning: neither runs.
    """
    home = current_home()
    for one in (home, home.demo):
        state = read_state(one)
        if state is not None and state.is_alive:
            return one, state
    raise NotRunning(
        f"Nothing runs in {home.root}: start it with `towerwatch up`, or name an existing server"
        " with TOWERWATCH_DATABASE_URL."
    )


def database_url(role: str = OWNER) -> str:
    """Return how this command reaches the database as a role.

    Raises:
        NotRunning: no existing server is named and no private one runs.
    """
    chosen = existing_servers(os.environ).database_url
    return chosen or _private().url(role, DATABASE)


def admin_url() -> str:
    """Return how this command reaches the database as its administrator, for a backup.

    Raises:
        NotRunning: no existing server is named and no private one runs.
    """
    chosen = existing_servers(os.environ).database_url
    return chosen or _private().url(ADMIN, DATABASE)


def home_of_database() -> Home:
    """Return the home whose platform uses the database."""
    is_chosen = bool(existing_servers(os.environ).database_url)
    return current_home() if is_chosen else running_home()[0]


def _private() -> Server:
    home, state = running_home()
    secrets = Secrets(home.secrets)
    passwords = {name: secrets.get(f"database.{name}") for name in (ADMIN, *ROLES)}
    return private_server(state.ports["database"], passwords)


@contextmanager
def database(role: str = OWNER) -> Iterator[Connection]:
    """Connect to the platform's database as a role."""
    with closing(connect(database_url(role), application="towerwatch command")) as connection:
        yield connection
