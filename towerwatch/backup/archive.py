"""The part of a home that a database alone does not bring back: secrets, who may log in, photos."""

import tarfile
from pathlib import Path

from towerwatch.backup.manifest import BrokenBackup
from towerwatch.home import Home, make_folder

_PARTS = ("secrets", "data/broker/users.passwords", "data/photos")
"""Access lists are written anew at each start; the broker's store holds nothing that is needed."""


def write_archive(home: Home, path: Path) -> int:
    """Put secrets, certificates, gateways' hashes and photos into a file; returns how many files."""
    with tarfile.open(path, "x") as archive:
        for part in _PARTS:
            if (home.root / part).exists():
                archive.add(home.root / part, arcname=part)
        count = sum(member.isfile() for member in archive.getmembers())
    path.chmod(0o600)
    return count


def read_archive(home: Home, path: Path) -> int:
    """Put the files back into a home that has none of them; returns how many there were.

    Raises:
        BrokenBackup: the file is no such archive, or names something outside of its parts.
    """
    with tarfile.open(path, "r") as archive:
        members = archive.getmembers()
        for member in members:
            is_known = any(
                member.name == part or member.name.startswith(f"{part}/") for part in _PARTS
            )
            if (
                not is_known
                or ".." in member.name.split("/")
                or not (member.isfile() or member.isdir())
            ):
                raise BrokenBackup(f"{path} holds {member.name}, which no backup of ours does")
        for member in members:
            target = home.root / member.name
            make_folder(target if member.isdir() else target.parent, mode=0o700)
            source = archive.extractfile(member) if member.isfile() else None
            if source is not None:
                target.write_bytes(source.read())
                target.chmod(0o600)
    return sum(member.isfile() for member in members)
