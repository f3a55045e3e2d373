"""Point-in-time recovery with PostgreSQL's own means: base backups, and the log written since.

A base backup is a copy of the whole server while it runs (pg_basebackup). With the archive of the
write-ahead log it becomes the server as of any moment after it.

References:
    PostgreSQL 17 manual, 25.3 "Continuous Archiving and Point-in-Time Recovery".
"""

import json
import re
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from towerwatch.backup.archive import read_archive, write_archive
from towerwatch.backup.manifest import HOME, BrokenBackup
from towerwatch.backup.tool import program, run_program, run_tool
from towerwatch.backup.whole import recover, require_empty
from towerwatch.errors import ServiceFailed, WrongSettings
from towerwatch.home import Home, make_folder, service_user
from towerwatch.progress import step
from towerwatch.runtime.install import require_runtime
from towerwatch.services.postgres import PACKED, archive_settings

BASE: Final = "base.json"
CLUSTER: Final = "cluster"
_PREFIX: Final = "base-"
_UNFINISHED: Final = ".unfinished"
_START: Final = re.compile(r"^START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseBackup:
    """A finished base backup.

    Args:
        folder: Where it is.
        made_at: When it was begun; it can be brought forward to any moment after its end.
        first_segment: The first segment of the log that it needs.
    """

    folder: Path
    made_at: datetime
    first_segment: str


def base_backup(home: Home, url: str, into: Path, now: datetime) -> BaseBackup:
    """Copy the whole server into a folder of its own while everything runs.

    Args:
        home: Whose secrets are kept beside it.
        url: Any database of the server, as a role that may replicate.
        into: Folder of base backups.
        now: Names the backup.
    """
    make_folder(into, mode=0o700)
    folder = into / f"{_PREFIX}{now:%Y%m%dT%H%M%SZ}"
    if folder.exists():
        raise WrongSettings(f"{folder} is there already.")
    fresh = folder.with_name(folder.name + _UNFINISHED)
    shutil.rmtree(fresh, ignore_errors=True)
    make_folder(fresh, mode=0o700)
    words = [f"--pgdata={fresh / CLUSTER}", "--checkpoint=fast", "--wal-method=stream"]
    with step("copying the server"):
        run_tool(program(home, "pg_basebackup"), url, words)
    write_archive(home, fresh / HOME)
    label = (fresh / CLUSTER / "backup_label").read_text("utf-8")
    found = _START.search(label)
    if found is None:
        raise BrokenBackup(f"{fresh} has no start in its backup_label")
    made = BaseBackup(folder=folder, made_at=now, first_segment=found[1])
    content = asdict(made) | {"folder": folder.name, "made_at": now.isoformat()}
    (fresh / BASE).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    fresh.rename(folder)
    return made


def read_base(folder: Path) -> BaseBackup:
    """Read what a base backup says of itself.

    Raises:
        BrokenBackup: The folder is none.
    """
    try:
        found = json.loads((folder / BASE).read_text("utf-8"))
        made_at = datetime.fromisoformat(found["made_at"])
        return BaseBackup(folder=folder, made_at=made_at, first_segment=str(found["first_segment"]))
    except FileNotFoundError as error:
        raise BrokenBackup(
            f"{folder} is no copy of the whole server: restore it without --archive"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BrokenBackup(f"{folder} is no base backup: {error}") from error


def list_bases(into: Path) -> tuple[BaseBackup, ...]:
    """Finished base backups of a folder, oldest first."""
    folders = sorted(path for path in into.glob(f"{_PREFIX}*Z") if (path / BASE).is_file())
    return tuple(read_base(folder) for folder in folders)


def prune_bases(home: Home, into: Path, archive: Path | None, keep: int) -> tuple[str, ...]:
    """Remove base backups beyond the newest few, and the log that none of the rest needs."""
    if keep < 1:
        return ()
    found = list_bases(into)
    for one in found[:-keep]:
        shutil.rmtree(one.folder)
    if archive is not None and found:
        oldest = found[-keep:][0]
        words = ["-x", PACKED, str(archive), oldest.first_segment]
        run_program(program(home, "pg_archivecleanup"), words)
    return tuple(one.folder.name for one in found[:-keep])


def recovery_settings(archive: Path, until: datetime | None) -> str:
    """The lines that make a copied cluster go through the archive, up to a moment.

    Args:
        archive: Folder of the log's segments.
        until: The moment, with a zone; None: to the end of the archive.
    """
    archive_settings(archive)  # the same letters are needed in this command
    kept = f"{archive}/%f{PACKED}"
    lines = [f"restore_command = 'test -f {kept} && gzip -dc {kept} > \"%p\"'"]
    if until is not None:
        moment = until.astimezone(UTC).isoformat(sep=" ")
        lines.append(f"recovery_target_time = '{moment}'")
        lines.append("recovery_target_action = 'promote'")
    return "\n".join(lines) + "\n"


def restore_point(
    home: Home, backup: BaseBackup, archive: Path, until: datetime | None
) -> datetime | None:
    """Bring the server back as of a moment into an empty home; nothing runs afterwards.

    The home's lock is held by the caller.

    Args:
        home: Has neither database nor secrets.
        backup: Made before the moment.
        archive: The log since then.
        until: The moment; None: as late as the archive goes.

    Returns:
        When the last transaction of the log had committed; None: there was none since the copy.

    Raises:
        WrongSettings: The home has data, or the moment lies before the backup.
        BrokenBackup: The copy is not whole.
        ServiceFailed: The archive does not reach that far, or lacks a segment.
    """
    if until is not None and until < backup.made_at:
        raise WrongSettings(f"{backup.folder.name} was made after {until}: take an older one.")
    require_empty(home)
    require_runtime(home)
    user = service_user()
    with step("checking every file of the copy"):
        _verify(home, backup.folder / CLUSTER)
    if (backup.folder / HOME).is_file():
        read_archive(home, backup.folder / HOME)
    cluster = make_folder(home.data / "database", owner=user, mode=0o700) / CLUSTER
    shutil.copytree(backup.folder / CLUSTER, cluster)
    kept = cluster / "postgresql.auto.conf"
    before = kept.read_text("utf-8")
    kept.write_text(before + recovery_settings(archive, until), encoding="utf-8")
    (cluster / "recovery.signal").touch()
    if user is not None:
        for path in (cluster, *cluster.rglob("*")):
            shutil.chown(path, user.uid, user.gid)
    reached = recover(home)
    kept.write_text(before, encoding="utf-8")
    return reached


def _verify(home: Home, cluster: Path) -> None:
    try:
        run_program(program(home, "pg_verifybackup"), ["--no-parse-wal", str(cluster)])
    except ServiceFailed as error:
        raise BrokenBackup(str(error)) from error
