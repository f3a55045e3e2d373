"""A backup into an empty home: secrets, then a private server of its own, then the database."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from towerwatch.backup.archive import read_archive
from towerwatch.backup.manifest import HOME, Manifest
from towerwatch.backup.restore import Restored, restore_database
from towerwatch.errors import ServiceFailed, WrongSettings
from towerwatch.home import Home, make_folder, require_reachable, service_user
from towerwatch.platform import DATABASE
from towerwatch.process import free_port, start, stop, wait_until
from towerwatch.progress import step
from towerwatch.runtime.install import require_runtime
from towerwatch.services.database import Server, answers, ensure_database, ensure_roles
from towerwatch.services.postgres import STOP_SIGNAL, PrivatePostgres
from towerwatch.services.secrets import Secrets

_READY_S = 120.0
_STOP_S = 60.0


def restore_home(home: Home, folder: Path, manifest: Manifest) -> Restored:
    """Restore into a home that has neither database nor secrets; nothing runs afterwards.

    The home's lock is held by the caller.

    Raises:
        WrongSettings: the home has data already.
    """
    cluster = home.data / "database"
    if cluster.exists() or (home.secrets.is_dir() and any(home.secrets.iterdir())):
        raise WrongSettings(
            f"{home.root} has data or secrets already: move them away, or choose an empty folder"
            " with TOWERWATCH_HOME."
        )
    user = service_user()
    for part in (home.root, home.data, home.logs):
        make_folder(part)
    require_reachable(home.data, user)
    if (folder / HOME).is_file():
        read_archive(home, folder / HOME)
    postgres = PrivatePostgres(require_runtime(home), cluster, Secrets(home.secrets), user=user)
    with _running(home, postgres) as server:
        ensure_roles(server)
        ensure_database(server, DATABASE)
        url = f"{server.admin_url.rpartition('/')[0]}/{DATABASE}"
        return restore_database(home, url, folder, manifest)


@contextmanager
def _running(home: Home, postgres: PrivatePostgres) -> Iterator[Server]:
    port = free_port()
    with step("starting an empty database server"):
        postgres.prepare(port)
    server = postgres.server(port)
    log = home.logs / "restore.log"
    with log.open("ab") as output:
        process: subprocess.Popen[bytes] = start(postgres.launch(), output=output)
        try:
            url = server.admin_url
            wait_until(lambda: process.poll() is not None or answers(url), within_s=_READY_S)
            if process.poll() is not None:
                raise ServiceFailed("database", "did not start", log)
            yield server
        finally:
            stop(process, sent=signal.Signals(STOP_SIGNAL), grace_s=_STOP_S)
