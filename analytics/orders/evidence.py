"""An evidence pack: one archive whose every part is chained, so that a changed byte shows.

Files in the order of their names; each link is SHA-256 over the link before, the name and the
file's own SHA-256. The last link is the pack's seal: note it elsewhere, and nobody can make another
pack of the same name without its showing. Lines of history carry the digest that was written when
they happened; it is computed again.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec

from analytics.digest import digest_of

MANIFEST: Final = "manifest.json"
FORMAT: Final = "towerwatch-evidence-1"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""Oldest time that an archive can hold: the same pack is the same bytes."""


class _File(msgspec.Struct):
    name: str
    bytes: int
    sha256: str
    link: str


class _Manifest(msgspec.Struct):
    format: str
    made_at: datetime
    subject: str
    software: str
    files: list[_File]
    seal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a pack is about."""

    subject: str
    made_at: datetime
    software: str


def pack(parts: Mapping[str, bytes], about: About) -> bytes:
    """The archive; the same parts make the same bytes."""
    files, link = [], _first_link(about)
    for name in sorted(parts):
        digest = hashlib.sha256(parts[name]).hexdigest()
        link = _next_link(link, name, digest)
        files.append(_File(name=name, bytes=len(parts[name]), sha256=digest, link=link))
    manifest = _Manifest(
        format=FORMAT,
        made_at=about.made_at,
        subject=about.subject,
        software=about.software,
        files=files,
        seal=link,
    )
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(parts):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), parts[name])
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        archive.writestr(zipfile.ZipInfo(MANIFEST, _EPOCH), text)
    return written.getvalue()


def _first_link(about: About) -> str:
    made_at = about.made_at.astimezone(UTC).isoformat(timespec="microseconds")
    words = f"{FORMAT}\n{about.subject}\n{made_at}\n{about.software}"
    return hashlib.sha256(words.encode()).hexdigest()


def _next_link(link: str, name: str, digest: str) -> str:
    return hashlib.sha256(f"{link}\n{name}\n{digest}".encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a look at a pack found.

    Attributes:
        seal: The last link, as it was computed; empty: the pack cannot be read.
        faults: What is wrong, in words; empty: nothing.
        unsealed: Lines of history that no seal of the audit chain covered when it was made.
    """

    subject: str
    seal: str
    faults: tuple[str, ...]
    unsealed: int = 0


def check(archive: bytes) -> Checked:
    """Compute every digest and link of a pack again."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            names = opened.namelist()
            parts = {name: opened.read(name) for name in names}
        manifest = msgspec.json.decode(parts.pop(MANIFEST), type=_Manifest)
    except (zipfile.BadZipFile, KeyError, msgspec.DecodeError, OSError, EOFError) as error:
        return Checked(subject="", seal="", faults=(f"it is no evidence pack: {error}",))
    except Exception as error:  # noqa: BLE001 - the edge of the archive: zlib has its own errors
        return Checked(subject="", seal="", faults=(f"it cannot be unpacked: {error}",))
    faults = [f"{name} stands twice" for name in sorted(set(names)) if names.count(name) > 1]
    faults += _faults_of_files(parts, manifest)
    about = About(subject=manifest.subject, made_at=manifest.made_at, software=manifest.software)
    link = _first_link(about)
    for file in manifest.files:
        link = _next_link(link, file.name, hashlib.sha256(parts.get(file.name, b"")).hexdigest())
        if link != file.link:
            faults.append(f"the chain breaks at {file.name}")
            break
    if link != manifest.seal:
        faults.append("the seal is another")
    faults += _faults_of_lines(parts)
    return Checked(
        subject=manifest.subject, seal=link, faults=tuple(faults), unsealed=_unsealed(parts)
    )


def _faults_of_files(parts: Mapping[str, bytes], manifest: _Manifest) -> list[str]:
    faults = []
    named = {file.name for file in manifest.files}
    if manifest.format != FORMAT:
        faults.append(f"its format is {manifest.format}")
    faults += [f"{name} is not in the manifest" for name in sorted(set(parts) - named)]
    for file in manifest.files:
        content = parts.get(file.name)
        if content is None:
            faults.append(f"{file.name} is missing")
        elif hashlib.sha256(content).hexdigest() != file.sha256 or len(content) != file.bytes:
            faults.append(f"{file.name} was changed")
    return faults


_ALARM_FIELDS: Final = (
    "alarm_id", "at", "trigger", "from_state", "to_state", "version", "actor", "actor_role",
    "reason", "event_id",
)  # fmt: skip
_ORDER_FIELDS: Final = (
    "order_id", "at", "trigger", "from_state", "to_state", "version", "actor", "actor_role", "note",
)  # fmt: skip
HISTORY: Final = {"alarm_steps.jsonl": _ALARM_FIELDS, "order_steps.jsonl": _ORDER_FIELDS}
"""Files whose lines carry a digest, with the fields that it is over, in their order."""


def _faults_of_lines(parts: Mapping[str, bytes]) -> list[str]:
    faults = []
    for name, fields in HISTORY.items():
        for number, line in enumerate(parts.get(name, b"").splitlines(), start=1):
            try:
                row = json.loads(line)
                values = [_field(field, row[field]) for field in fields]
                is_true = digest_of(*values).hex() == row["digest"]
            except (ValueError, KeyError, TypeError):
                is_true = False
            if not is_true:
                faults.append(f"{name} line {number} is not what was written when it happened")
    return faults


def _field(name: str, value: str | int | None) -> str | int | datetime | None:
    return datetime.fromisoformat(value) if name == "at" and isinstance(value, str) else value


def _unsealed(parts: Mapping[str, bytes]) -> int:
    lines = [line for name in HISTORY for line in parts.get(name, b"").splitlines()]
    return sum(b'"seal": null' in line for line in lines)
