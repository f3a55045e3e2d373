"""Generated secrets, each a file that its owner alone can read."""

import os
import re
import secrets
from pathlib import Path

from gateway.secret_file import UnsafeSecret, read_secret_file
from towerwatch.errors import WrongSettings
from towerwatch.home import ServiceUser, make_folder

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,80}")
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody mistakes for one another."""
_RANDOM_BYTES = 24
"""192 bits: nothing that can be guessed, so hashes of it need no stretching."""


def generate() -> str:
    """Return a new secret that needs no quoting in a URL or a configuration file."""
    return secrets.token_hex(_RANDOM_BYTES)


def generate_readable() -> str:
    """Return a new password that a person can type: about 79 bits in four groups."""
    groups = ("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def write_private(path: Path, content: str, *, owner: ServiceUser | None = None) -> None:
    """Write a file that its owner alone can read, replacing the former one at once."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    opened = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        if owner is not None:
            os.fchown(file.fileno(), owner.uid, owner.gid)
    fresh.replace(path)


class Secrets:
    """A folder of secrets; one that is asked for and absent is made."""

    def __init__(self, folder: Path) -> None:
        self._folder = make_folder(folder, mode=0o700)

    def get(self, name: str) -> str:
        """Return a secret by its name.

        Raises:
            WrongSettings: it is short, or other users can read its file.
        """
        path = self.path(name)
        if path.is_file():
            return _read(path)
        made = generate()
        write_private(path, made + "\n")
        return made

    def set(self, name: str, secret: str) -> None:
        """Put another secret in a secret's place."""
        write_private(self.path(name), secret + "\n")

    def path(self, name: str) -> Path:
        """Return the file of a secret.

        Raises:
            WrongSettings: the name could leave the folder.
        """
        if not _NAME.fullmatch(name):
            raise WrongSettings(f"{name!r} is no name for a secret.")
        return self._folder / name


def _read(path: Path) -> str:
    try:
        return read_secret_file(path)
    except UnsafeSecret as error:
        raise WrongSettings(str(error)) from error
