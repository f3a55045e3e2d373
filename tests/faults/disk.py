"""Disks that are small and can be filled: a tmpfs each, where the machine allows mounting."""

import errno
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

_PIECE = 64 * 1024


@contextmanager
def small_disk(folder: Path, mebibytes: int) -> Iterator[Path]:
    """A disk of a given size, for the time of a block.

    Raises:
        OSError: This machine does not allow it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=755", "tmpfs", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(errno.EPERM, done.stderr.strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@cache
def may_mount() -> bool:
    """Whether this machine allows small disks."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        try:
            with small_disk(Path(folder), 1):
                return True
        except OSError:
            return False


def fill(disk: Path, leave: int = 0) -> Path:
    """Fill a disk up to what is left free [B]; answers the file to remove."""
    filler = disk / "filler"
    with filler.open("ab", buffering=0) as file:
        try:
            while (free := shutil.disk_usage(disk).free - leave) > 0:
                file.write(b"\0" * min(_PIECE, free))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
    return filler
