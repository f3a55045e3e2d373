"""Roles, database and schema of a server that somebody else started."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from ingest.migrate import Applied, migrate
from towerwatch.errors import WrongSettings
from towerwatch.process import wait_until
from towerwatch.services.database import ROLES, Server, answers, ensure_database, ensure_roles

WAIT_S = 120.0


def install_schema(admin_url: str, database: str, passwords: Mapping[str, str]) -> list[Applied]:
    """Make roles and database and bring the schema up to date; what was applied.

    Old processes may go on meanwhile: a migration adds first, and removes a release later.

    Args:
        admin_url: A superuser's URL; the server may still be starting.
        database: Its name.
        passwords: Of each role.

    Raises:
        WrongSettings: A password is absent, or nothing answers within two minutes.
    """
    missing = [role for role in ROLES if role not in passwords]
    if missing:
        raise WrongSettings(f"There is no password of {', '.join(missing)}.")
    if not wait_until(lambda: answers(admin_url), within_s=WAIT_S):
        raise WrongSettings(f"The database at {urlsplit(admin_url).hostname} does not answer.")
    server = Server(admin_url=admin_url, passwords=passwords)
    ensure_roles(server)
    ensure_database(server, database)
    owner = server.url("tw_owner", database)
    return list(migrate(owner))
