"""`towerwatch demo` for real: a recording goes through the whole line and is all accounted for."""

import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from towerwatch.demo.compound import Play
from towerwatch.errors import WrongSettings
from towerwatch.home import current_home
from towerwatch.runtime.install import require_runtime

_ROOT = Path(__file__).parents[3]
_RECORDING = _ROOT / "tests/data/pump_recording.csv"
_NOT_METRICS = ("datetime", "anomaly", "changepoint")


@pytest.fixture
def folder() -> Iterator[Path]:
    require_runtime(current_home())
    made = Path(tempfile.mkdtemp(prefix="tw-demo-"))
    made.chmod(0o755)
    (made / "runtime").symlink_to(current_home().runtime)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _demo(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "towerwatch", "demo", *words],
        env={**os.environ, "TOWERWATCH_HOME": str(folder)},
        cwd=_ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=200,
    )


def _values_of(recording: Path) -> int:
    """How many cells of a recording hold a measured value."""
    with recording.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    cells = [cell for row in rows for name, cell in row.items() if name not in _NOT_METRICS]
    return sum(cell not in {"", "nan"} for cell in cells)


@pytest.mark.timeout(400)
def test_a_recording_goes_through_the_line_and_is_all_accounted_for(folder: Path) -> None:
    values = _values_of(_RECORDING)
    words = ("--for", "8", "--replay", str(_RECORDING))
    first = _demo(folder, *words)
    assert first.returncode == 0, first.stderr
    assert f"samples stored     {values}\n" in first.stderr
    assert "Nothing lost, nothing crashed." in first.stderr
    assert re.search(r"console +http://127\.0\.0\.1:\d+/", first.stderr)
    assert re.search(r"operator +\S{4}-\S{4}-\S{4}-\S{4} ", first.stderr)


@pytest.mark.long
@pytest.mark.timeout(400)
def test_a_demo_that_keeps_its_data_adds_to_it(folder: Path) -> None:
    values = _values_of(_RECORDING)
    words = ("--for", "8", "--replay", str(_RECORDING))
    for times in (1, 2):
        done = _demo(folder, *words, *(["--keep"] if times > 1 else []))
        assert done.returncode == 0, done.stderr
        assert f"samples stored     {times * values}\n" in done.stderr


def test_a_recording_that_is_not_there_is_refused_before_anything_starts(folder: Path) -> None:
    answer = _demo(folder, "--replay", "/nowhere.csv")
    assert answer.returncode == 2
    assert answer.stderr == "/nowhere.csv is not there: REPLAY names a recorded CSV file.\n"
    assert not (folder / "demo").exists()


def test_the_same_play_needs_no_recording() -> None:
    assert Play(seed=3).driver(Path("/data"))["seed"] == 3
    with pytest.raises(WrongSettings):
        Play(recording=Path("/nowhere.csv"))
