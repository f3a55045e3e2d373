"""The archive's command as the server's shell runs it: packed, whole, once, and the same again is well."""

import gzip
import subprocess
from pathlib import Path

import pytest

from towerwatch.backup.base import recovery_settings
from towerwatch.services.postgres import archive_settings

SEGMENT = "000000010000000000000007"
LOG = b"what was written" + bytes(1024 * 1024)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    made = tmp_path / "archive"
    made.mkdir()
    return made


def run(command: str, path: Path, name: str = SEGMENT) -> int:
    words = command.replace("%p", str(path)).replace("%f", name)
    return subprocess.run(["/bin/sh", "-c", words], check=False, capture_output=True).returncode


def write(folder: Path, content: bytes) -> Path:
    path = folder / SEGMENT
    path.write_bytes(content)
    return path


def test_a_segment_is_packed_and_a_quiet_minute_is_small(archive: Path, tmp_path: Path) -> None:
    command = archive_settings(archive)["archive_command"]
    assert run(command, write(tmp_path, LOG)) == 0
    assert [path.name for path in archive.iterdir()] == [f"{SEGMENT}.gz"]
    kept = (archive / f"{SEGMENT}.gz").read_bytes()
    assert gzip.decompress(kept) == LOG
    assert len(kept) * 100 < len(LOG)


def test_the_same_segment_again_is_well_and_another_one_is_refused(
    archive: Path, tmp_path: Path
) -> None:
    command = archive_settings(archive)["archive_command"]
    path = write(tmp_path, LOG)
    assert [run(command, path), run(command, path)] == [0, 0]
    assert run(command, write(tmp_path, LOG + b"!")) != 0
    assert gzip.decompress((archive / f"{SEGMENT}.gz").read_bytes()) == LOG


def test_a_folder_that_is_away_is_a_failure(archive: Path, tmp_path: Path) -> None:
    command = archive_settings(archive / "gone")["archive_command"]
    assert run(command, write(tmp_path, LOG)) != 0


def test_recovery_unpacks_what_is_there_and_fails_for_what_is_not(
    archive: Path, tmp_path: Path
) -> None:
    assert run(archive_settings(archive)["archive_command"], write(tmp_path, LOG)) == 0
    line = recovery_settings(archive, None).splitlines()[0]
    command = line.removeprefix("restore_command = '").removesuffix("'")
    back = tmp_path / "back"
    assert run(command, back) == 0
    assert back.read_bytes() == LOG
    assert run(command, tmp_path / "none", "000000010000000000000008") != 0
