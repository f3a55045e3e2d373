"""Look at the dashboards on the database in force, or on a server of one's own with a made-up city."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from dashboards.grafana.build import models
from dashboards.grafana.layout import problems_of
from dashboards.grafana.words import Language
from ingest.database import connect
from ingest.migrate import migrate
from towerwatch.errors import NotRunning, ServiceFailed
from towerwatch.grafana.ask import Asked, Failed, Reader, look
from towerwatch.grafana.sample import SMALL, let_see, write_sample
from towerwatch.home import current_home, service_user
from towerwatch.options import existing_servers
from towerwatch.process import free_port, last_lines, start, stop, wait_until
from towerwatch.reach import database_url
from towerwatch.runtime.install import require_runtime
from towerwatch.services.database import (
    DatabaseUrls,
    Server,
    answers,
    ensure_database,
    ensure_roles,
    urls_of,
)
from towerwatch.services.postgres import STOP_SIGNAL, PrivatePostgres
from towerwatch.services.secrets import Secrets

__all__ = ["Asked", "Failed", "look_at", "look_everywhere", "own_city"]

ROLE: Final = "tw_grafana"
_DATABASE: Final = "sample"
_ANYWHERE: Final = "https://console.example"
_READY_S: Final = 60.0
_STOP_S: Final = 10.0


def look_everywhere(now: datetime, url: str = "") -> list[Asked | Failed]:
    """Every panel in both languages, in the database in force or else in a city of one's own.

    Args:
        url: How a reader reaches a database; empty for the platform's own reader.

    Raises:
        ServiceFailed: The server of one's own does not start.
    """
    try:
        return [*_layout(), *look_at(url or _reader_url(), now)]
    except NotRunning:
        with own_city(now) as urls:
            return [*_layout(), *look_at(urls.grafana_url, now)]


def _reader_url() -> str:
    """How the platform's own reader reaches the database, and never its owner, who sees all."""
    chosen = existing_servers(os.environ).database_url
    if not chosen:
        return database_url(ROLE)
    password = Secrets(current_home().secrets).get(f"database.{ROLE}")
    name = urlsplit(chosen).path.strip("/")
    return Server(admin_url=chosen, passwords={ROLE: password}).url(ROLE, name)


def look_at(url: str, now: datetime) -> list[Asked | Failed]:
    """Every panel in both languages, as the reader of this address."""
    with closing(connect(url, application="towerwatch grafana check")) as connection:
        return [found for language in Language for found in look(Reader(connection, language, now))]


def _layout() -> list[Failed]:
    """What is wrong with the dashboards as Grafana would load them."""
    return [
        Failed(dashboard=uid, panel="layout", problem=problem)
        for boards in models(_ANYWHERE).values()
        for uid, _, problem in (found.partition(": ") for found in problems_of(boards))
    ]


@contextmanager
def own_city(now: datetime) -> Iterator[DatabaseUrls]:
    """A database server in a folder of its own with a made-up city; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="tw-grafana-"))
    folder.chmod(0o755)
    try:
        with _server(folder) as urls:
            migrate(urls.owner_url)
            with closing(connect(urls.owner_url, application="towerwatch grafana check")) as owner:
                write_sample(owner, SMALL, now)
                let_see(owner, ROLE, "city")
            yield urls
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _server(folder: Path) -> Iterator[DatabaseUrls]:
    postgres = PrivatePostgres(
        require_runtime(current_home()),
        folder / "database",
        Secrets(folder / "secrets"),
        user=service_user(),
        is_durable=False,
    )
    port, log = free_port(), folder / "database.log"
    postgres.prepare(port)
    server = postgres.server(port)
    with log.open("ab") as output:
        process = start(postgres.launch(), output=output)
        try:
            is_up = wait_until(
                lambda: process.poll() is not None or answers(server.admin_url), within_s=_READY_S
            )
            if not is_up or process.poll() is not None:
                raise ServiceFailed("database", f"did not start:\n{last_lines(log)}", log)
            ensure_roles(server)
            ensure_database(server, _DATABASE)
            yield urls_of(server, _DATABASE)
        finally:
            stop(process, sent=STOP_SIGNAL, grace_s=_STOP_S)
