"""Photos of reports: files named by what is in them, so that none can be exchanged later."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final

from dashboards.console.errors import BadRequest

MOST_BYTES: Final = 5 * 1024 * 1024
MOST_PHOTOS: Final = 6
_SIGNS: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
)
_WEBP_HEAD: Final = 12


def media_type(content: bytes) -> str | None:
    """What a file is by its first bytes, whatever its name says; None: nothing we take."""
    for sign, name in _SIGNS:
        if content.startswith(sign):
            return name
    is_webp = content[:4] == b"RIFF" and content[8:_WEBP_HEAD] == b"WEBP"
    return "image/webp" if is_webp else None


def keep(folder: Path | None, content: bytes) -> str:
    """Store a photo and return its SHA-256; the same photo again is the same file.

    Raises:
        BadRequest: It is no photo, too large, or no photos are taken in.
    """
    if folder is None or media_type(content) is None or len(content) > MOST_BYTES:
        raise BadRequest("照片格式不支持或超过大小限制 (JPEG, PNG, WebP; 5 MB)")
    digest = hashlib.sha256(content).hexdigest()
    target = path_of(folder, digest)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        _write(target, content)
    return digest


def _write(target: Path, content: bytes) -> None:
    """A file that is either whole or absent, also after a power cut."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def path_of(folder: Path, digest: str) -> Path:
    """Where the photo of a digest lies."""
    return folder / digest[:2] / digest


def read(folder: Path | None, digest: str) -> bytes | None:
    """A photo that is still what it was; None where it is not there or was changed."""
    if folder is None:
        return None
    try:
        content = path_of(folder, digest).read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == digest else None
