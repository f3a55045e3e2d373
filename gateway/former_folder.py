"""Data folders that were in use before: what waits in one that the file names no more is not forgotten.

The folder in use is noted outside of it: beside the configuration file, and in the service's own
folder where there is one. A gateway that starts on another folder takes along what waits in the
former one; one that is not there, or is empty without our doing (a disk that is not mounted), stays
noted until it is back.
"""

import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from gateway.outbox_file import SQL, outbox_path
from gateway.settings import GatewaySettings
from gateway.topic import Lane

SERVICE_FOLDER: Final = Path("/var/lib/towerwatch-gateway")
"""Folder of the unit `deploy/gateway/towerwatch-gateway.service`."""
_MOST_FOLDERS: Final = 20
_LOG: Final = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """A former data folder.

    Attributes:
        outboxes: The files of it that are there.
    """

    folder: Path
    outboxes: dict[Lane, Path]

    @property
    def sentence(self) -> str:
        """What a person should know of it."""
        if not self.folder.is_dir():
            return f"the former data_folder {self.folder} is not there: what may wait in it is not sent"
        waits = ", ".join(f"{_waiting(path)} in {path.name}" for path in self.outboxes.values())
        return f"the former data_folder {self.folder} has outboxes, messages: {waits}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderNote:
    """Where the folders are noted, the one in use last.

    Attributes:
        files: Each says the same as far as it could be written; the newest is believed.
    """

    files: tuple[Path, ...]

    def former(self, settings: GatewaySettings) -> list[Former]:
        """Former folders that are not the one in use, in which something may wait."""
        current = settings.data_folder.resolve()
        found = [
            Former(folder=folder, outboxes=_outboxes(folder))
            for folder in self._folders()
            if folder != current
        ]
        return [one for one in found if one.outboxes or not one.folder.is_dir()]

    def write(self, settings: GatewaySettings, taken: Collection[Path] = ()) -> bool:
        """Note the folder in use, behind those that may still have something; whether it was noted.

        Args:
            taken: Former folders whose outboxes were taken along: they are forgotten once they are empty.
        """
        current = settings.data_folder.resolve()
        empty = {folder for folder in taken if not _outboxes(folder)}
        former = [one for one in self._folders() if one != current and one not in empty]
        folders = [*former, current][-_MOST_FOLDERS:]
        if list(self._folders()) == folders:
            return True
        written = [_written(file, folders) for file in self.files]
        return any(written)

    def _folders(self) -> Sequence[Path]:
        noted: list[tuple[int, str]] = []
        for file in self.files:
            try:
                noted.append((file.stat().st_mtime_ns, file.read_text(encoding="utf-8")))
            except (OSError, UnicodeDecodeError):
                continue
        # A note of which a power cut left nothing is older than any other.
        text = max(((bool(text), at_ns, text) for at_ns, text in noted), default=(False, 0, ""))[2]
        return [Path(line) for line in text.splitlines() if line.startswith("/")]


def note_of(config: Path, settings: GatewaySettings, service_folder: str = "") -> FolderNote:
    """The note of a gateway.

    Args:
        config: The configuration file.
        service_folder: The service's own folder; empty: that of our unit, where it is there.
    """
    name = f".{settings.gateway}.data-folders"
    return FolderNote(
        files=(
            config.resolve().parent / name,
            Path(service_folder.split(":", maxsplit=1)[0] or SERVICE_FOLDER) / name,
        )
    )


def _outboxes(folder: Path) -> dict[Lane, Path]:
    paths = {lane: outbox_path(folder, lane) for lane in Lane}
    return {lane: path for lane, path in paths.items() if path.is_file()}


def _written(file: Path, folders: Sequence[Path]) -> bool:
    try:
        file.write_text("".join(f"{folder}\n" for folder in folders), encoding="utf-8")
    except OSError as error:
        _LOG.debug("data folder is not noted here", file=str(file), reason=str(error))
        return False
    return True


def _waiting(outbox: Path) -> str:
    """How many messages wait in a file, which is only read."""
    try:
        with closing(sqlite3.connect(f"{outbox.as_uri()}?mode=ro", uri=True)) as database:
            return str(database.execute(SQL["count_messages"]).fetchone()[0])
    except sqlite3.Error as error:
        return f"unknown ({error})"
