"""What a deployment forgets until it is needed: certificates, closed secrets, backups, the archive.

The first half judges values; `look_at_keeping` reads them from a home and a database.
"""

import json
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, cast

from psycopg.rows import class_row

from gateway.certificate import Certificate, read_certificate
from ingest.database import Connection, load_queries
from towerwatch.doctor.finding import Finding, bad, good, notice
from towerwatch.home import Home
from towerwatch.services.secrets import write_private

RENEW_SOON: Final = timedelta(days=30)
RENEW_NOW: Final = timedelta(days=7)
BACKUP_LATE: Final = timedelta(hours=26)
"""A nightly one, and two hours for it."""
BACKUP_VERY_LATE: Final = timedelta(days=7)
ARCHIVE_LATE: Final = timedelta(minutes=10)
"""A segment goes at least once a minute while anything is written."""
REHEARSAL_LATE: Final = timedelta(days=200)
"""Twice a year, and some days of grace."""
_BACKUP: Final = "last_backup.json"
_REHEARSAL: Final = "last_rehearsal.json"
_QUERIES: Final = load_queries("towerwatch", "doctor.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenDoor:
    """A server of the platform that other machines reach, as it was looked at last.

    Args:
        ends_at: When the certificate it showed ends; None: none was ever seen.
        warn_at: From when on that is an alarm.
        problem: Why it could not be looked at; empty: it was.
    """

    name: str
    ends_at: datetime | None
    warn_at: datetime | None
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Archiver:
    """What the database says of its archive (pg_stat_archiver).

    Args:
        is_on: Whether the log is archived at all.
        copied_at: When a segment was last copied; None: never.
        failed_at: When a copy last failed; None: never.
    """

    is_on: bool
    copied_at: datetime | None
    failed_at: datetime | None


def judge_certificates(found: Sequence[Certificate], now: datetime) -> Finding:
    """Judge the certificate that ends first."""
    if not found:
        return notice(
            "certificates", "there are none yet", "They are made at the first start, or by prepare."
        )
    first = min(found, key=lambda one: one.ends_at)
    left = first.ends_at - now
    says = f"{first.name} ends on {first.ends_at:%Y-%m-%d}, in {max(left.days, 0)} days"
    renew = (
        "Start the platform again, or run `towerwatch deploy prepare`: it renews its own."
        " One given with --tls-cert is renewed by its authority."
    )
    if left < RENEW_NOW:
        return bad("certificates", says, renew)
    if left < RENEW_SOON:
        return notice("certificates", says, renew)
    return good("certificates", says)


def judge_doors(found: Sequence[SeenDoor], now: datetime) -> Finding:
    """Judge what the platform's doors show to other machines."""
    if not found:
        return notice(
            "doors", "nobody has looked at them yet", "`ingest alarm` does, when it runs."
        )
    ending = [one for one in found if one.warn_at is not None and now > one.warn_at]
    if ending:
        says = ", ".join(f"{one.name} until {one.ends_at:%Y-%m-%d %H:%M} UTC" for one in ending)
        return bad("doors", says, "Renew it, and let its server read it (docs/runbook.md).")
    shut = [one.problem for one in found if one.problem]
    if shut:
        return notice(
            "doors", "; ".join(shut), "Does the server run, and is TOWERWATCH_TLS_DOORS right?"
        )
    return good("doors", f"{len(found)} show certificates that last")


def judge_secrets(open_files: Sequence[str]) -> Finding:
    """Judge whether others than their owner may read secrets."""
    if not open_files:
        return good("secrets", "every secret is closed to others")
    named = ", ".join(sorted(open_files)[:5])
    more = f" and {len(open_files) - 5} more" if len(open_files) > 5 else ""
    return bad(
        "secrets",
        f"others may read {named}{more}",
        "chmod 600 the files and 700 the folders; change what may have been read.",
    )


def judge_backup(at: datetime | None, now: datetime) -> Finding:
    """Judge when the last backup was finished."""
    do = "`towerwatch backup FOLDER --keep 14` every night; try a restore twice a year."
    if at is None:
        return notice("backup", "no backup was ever made from here", do)
    age = now - at
    says = f"the last backup was finished {at:%Y-%m-%d %H:%M} UTC"
    if age > BACKUP_VERY_LATE:
        return bad("backup", says, do)
    if age > BACKUP_LATE:
        return notice("backup", says, do)
    return good("backup", says)


def judge_archive(found: Archiver, now: datetime) -> Finding:
    """Judge whether the log since the last base backup is being kept."""
    if not found.is_on:
        return notice(
            "archive",
            "the database's log is not archived: what is written after a backup is in no copy",
            "towerwatch up --archive FOLDER, on another disk (docs/backup.md).",
        )
    failed, copied = found.failed_at, found.copied_at
    if failed is not None and (copied is None or failed > copied):
        return bad(
            "archive",
            f"copies fail since {failed:%Y-%m-%d %H:%M} UTC; the log grows until the disk is full",
            "Is the archive's folder there, writable for the database, and not full?",
        )
    if copied is None or now - copied > ARCHIVE_LATE:
        when = "never" if copied is None else f"{copied:%Y-%m-%d %H:%M} UTC"
        return notice(
            "archive",
            f"a segment was last copied: {when}",
            "Well where nothing is written; otherwise see what the database's log says.",
        )
    return good("archive", f"a segment was last copied {copied:%Y-%m-%d %H:%M} UTC")


def judge_rehearsal(at: datetime | None, now: datetime) -> Finding:
    """Judge when a restore was last tried."""
    do = "`towerwatch restore BACKUP --rehearse`, twice a year."
    if at is None:
        return notice("rehearsal", "nobody ever tried a restore here", do)
    says = f"a restore was last rehearsed {at:%Y-%m-%d}"
    return good("rehearsal", says) if now - at < REHEARSAL_LATE else notice("rehearsal", says, do)


def judge_notices(contacts: int, unknown: Sequence[str]) -> Finding:
    """Judge whether anybody outside the pages is told.

    Args:
        contacts: How many are in force.
        unknown: Names of addresses that messages of the last day did not find in the secret file.
    """
    if not contacts:
        do = "`towerwatch contacts apply FILE`, `towerwatch up --addresses-file FILE` (docs/work.md)."
        return notice("notices", "no contacts: nobody outside the pages is told of an alarm", do)
    if unknown:
        says = f"messages are not sent for want of an address: {', '.join(unknown)}"
        return bad(
            "notices", says, "`towerwatch up --addresses-file FILE`, with these names in it."
        )
    return good("notices", f"{contacts} contacts are in force")


def note_backup(home: Home, at: datetime, folder: Path) -> None:
    """Remember that a backup was finished, for the doctor."""
    _note(home, _BACKUP, at, folder)


def note_rehearsal(home: Home, at: datetime, folder: Path) -> None:
    """Remember that a restore was tried and came back whole."""
    _note(home, _REHEARSAL, at, folder)


def _note(home: Home, name: str, at: datetime, folder: Path) -> None:
    content = json.dumps({"at": at.isoformat(), "folder": str(folder)}) + "\n"
    home.root.mkdir(parents=True, exist_ok=True)
    write_private(home.root / name, content)


def look_at_keeping(home: Home, now: datetime) -> list[Finding]:
    """Look at what stands in the home."""
    return [
        judge_certificates(_certificates(_certificate_files(home)), now),
        judge_secrets(_open_files(home.secrets)),
        judge_backup(_noted(home, _BACKUP), now),
        judge_rehearsal(_noted(home, _REHEARSAL), now),
    ]


def look_at_archive(connection: Connection) -> Finding:
    """Ask the database about its archive."""
    row = connection.execute(_QUERIES["archiver"]).fetchone()
    assert row is not None
    is_on, copied_at, failed_at = cast("tuple[bool, datetime | None, datetime | None]", row)
    found = Archiver(is_on=is_on, copied_at=copied_at, failed_at=failed_at)
    return judge_archive(found, datetime.now(UTC))


def look_at_notices(connection: Connection) -> Finding:
    """Ask the database whom alarms are told to."""
    row = connection.execute(_QUERIES["has_contacts"]).fetchone()
    if row is None or not row[0]:
        return judge_notices(0, ())
    found = connection.execute(_QUERIES["contacts"]).fetchone()
    assert found is not None
    contacts, unknown = cast("tuple[int, list[str]]", found)
    return judge_notices(contacts, unknown)


def look_at_doors(connection: Connection) -> Finding:
    """Ask the database what the platform's doors have shown."""
    row = connection.execute(_QUERIES["has_doors"]).fetchone()
    if row is None or not row[0]:
        return judge_doors([], datetime.now(UTC))
    with connection.cursor(row_factory=class_row(SeenDoor)) as cursor:
        return judge_doors(cursor.execute(_QUERIES["doors"]).fetchall(), datetime.now(UTC))


def _certificate_files(home: Home) -> list[Path]:
    """Those that are made here, and an operator's own that the doors to other machines show."""
    files = sorted((home.secrets / "tls").glob("*.crt"))
    shown = home.data / "broker" / "outside.crt"
    # The authority is kept only while a certificate of one's own is shown.
    is_shown = (home.secrets / "outside_ca.crt").is_file() and shown.is_file()
    return [*files, shown] if is_shown else files


def _certificates(files: Iterable[Path]) -> list[Certificate]:
    return [read_certificate(path.name, path) for path in files]


def _open_files(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    paths = (path for path in (folder, *folder.rglob("*")) if not path.is_symlink())
    return [path.name for path in paths if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]


def _noted(home: Home, name: str) -> datetime | None:
    try:
        found = json.loads((home.root / name).read_text("utf-8"))
        return datetime.fromisoformat(found["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
