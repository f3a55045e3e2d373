"""Secrets in files: read only when they are worth the name."""

import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

LEAST_LETTERS: Final = 16
"""Ours are generated with 48; a shorter one than this was typed by somebody."""


class UnsafeSecret(ValueError):
    """A secret that is absent, short, or open to every user of the machine."""


def read_secret_file(path: Path, *, least: int = LEAST_LETTERS) -> str:
    """The secret in a file, without the white space around it.

    Args:
        path: The file.
        least: Fewest letters of a secret that is good enough.

    Raises:
        UnsafeSecret: The file cannot be read, every user can read it, or the secret is short.
    """
    require_closed(path)
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UnsafeSecret(f"{path}: the secret cannot be read: {error}") from error
    if not secret:
        raise UnsafeSecret(f"{path}: the secret is empty")
    if len(secret) < least:
        raise UnsafeSecret(f"{path}: the secret has {len(secret)} letters; {least} are the least")
    return secret


def secrets_folder(environ: Mapping[str, str]) -> Path | None:
    """Where settings that are secrets stand as files named like their variables, if anywhere.

    TOWERWATCH_SECRETS_FOLDER (containers: /run/secrets), else what systemd gives a service with
    LoadCredential (systemd.exec(5), CREDENTIALS_DIRECTORY).
    """
    for name in ("TOWERWATCH_SECRETS_FOLDER", "CREDENTIALS_DIRECTORY"):
        folder = Path(environ.get(name, "").strip() or "/nonexistent")
        if folder.is_dir():
            return folder
    return None


def require_closed(path: Path) -> None:
    """Refuse a file that every user of the machine can read.

    Raises:
        UnsafeSecret: So it is, or the file is not there.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise UnsafeSecret(f"{path}: the secret cannot be read: {error}") from error
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        raise UnsafeSecret(f"{path}: every user can read the secret: chmod 600 {path}")
