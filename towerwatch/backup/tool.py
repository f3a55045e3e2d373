"""PostgreSQL's own dump and restore programs, from the private runtime or the machine."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from towerwatch.errors import ServiceFailed, WrongSettings
from towerwatch.home import Home
from towerwatch.runtime.install import find_runtime
from towerwatch.runtime.unpack import clean_environment

_MOST_SAID = 600


def program(home: Home, name: str) -> Path:
    """Return one of PostgreSQL's programs, such as `pg_dump`.

    Raises:
        WrongSettings: neither the runtime nor the machine has it.
    """
    runtime = find_runtime(home)
    if runtime is not None:
        return runtime.postgres_bin / name
    found = shutil.which(name)
    if found is None:
        raise WrongSettings(f"There is no {name} here: `towerwatch runtime install` brings it.")
    return Path(found)


def run_tool(path: Path, url: str, words: Sequence[str]) -> None:
    """Run a program against a database; the password goes by the environment.

    Raises:
        ServiceFailed: it ended with another status than 0.
    """
    parts = urlsplit(url)
    bare = parts._replace(netloc=f"{parts.username}@{parts.hostname}:{parts.port or 5432}")
    run_program(path, [f"--dbname={urlunsplit(bare)}", *words], unquote(parts.password or ""))


def run_program(path: Path, words: Sequence[str], password: str = "") -> None:
    """Run one of PostgreSQL's programs.

    Raises:
        ServiceFailed: it ended with another status than 0.
    """
    done = subprocess.run(
        [str(path), *words],
        env=clean_environment() | {"PGPASSWORD": password, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.strip()[-_MOST_SAID:]
        raise ServiceFailed(path.name, f"ended with status {done.returncode}: {said}")
